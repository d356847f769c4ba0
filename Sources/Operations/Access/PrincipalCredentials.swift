package import Access
private import Sealing
internal import Sodium
package import VaultModel
internal import VaultStore

/// `vault principal set-password NAME`: the password comes as the request's secret.
///
/// Sessions that began with the one before end.
package struct SetPrincipalPassword: OperationRequest {
    package typealias Response = PrincipalSummary
    package static let operation = OperationName.principalSetPassword

    /// The person's name.
    package var name: ResourceName

    /// Asks for another password.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "principal/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<PrincipalSummary> {
        try context.requireNoToken()
        let asker = context.principal
        guard let password = try await context.hashedPassword() else {
            throw VaultError(wrapping: PasswordError.missing)
        }
        return try await context.change(name) { principal, transaction in
            try principal.requirePerson()
            try transaction.requireCover(of: principal, by: asker)
            principal.content.password = password
            try transaction.endSessions(of: principal)
        }
    }
}

/// `vault principal totp NAME [--disable]`: from now on logging in takes a code too; what an
/// authenticator needs comes back as a secret, once.
package struct SetPrincipalCode: OperationRequest {
    package typealias Response = PrincipalSummary
    package static let operation = OperationName.principalSetCode

    /// The person's name.
    package var name: ResourceName
    /// Whether logging in takes a code; a code that there is already is replaced.
    package var enabled: Bool

    /// Asks for codes, or for none.
    package init(name: ResourceName, enabled: Bool) {
        self.name = name
        self.enabled = enabled
    }

    package var auditObject: String { "principal/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<PrincipalSummary> {
        try context.requireNoToken()
        let tenant = context.tenant
        let asker = context.principal
        let secret =
            enabled ? SecretParcel(try SecretBytes(random: OneTimePassword.secretBytes)) : nil
        let (summary, link) = try await context.commit(detail: ["enabled": "\(enabled)"]) {
            transaction -> (PrincipalSummary, SecretParcel?) in
            var record = try transaction.requirePrincipal(name, in: tenant)
            try record.requirePerson()
            try transaction.requireCover(of: record, by: asker)
            try transaction.deleteCode(of: record)
            var link: SecretParcel?
            if let secret = secret?.take() {
                try transaction.storeCode(secret, of: record)
                link = SecretParcel(
                    try OneTimePassword.link(secret, account: record.content.name.text))
            }
            record.content.hasCode = enabled
            record.content.lastStep = 0
            return (try transaction.summary(of: transaction.update(record)), link)
        }
        try await context.vault.store.truncateLog()
        return OperationReply(summary, secret: link)
    }
}

extension OperationContext {
    /// The hash of the password that came with the request; `nil` when none came.
    func hashedPassword() async throws -> PasswordHash? {
        guard let secret else { return nil }
        return try await vault.logins.passwords.hash(secret.fit())
    }
}

extension PrincipalRecord {
    /// Checks that it is a person, since a service does not log in.
    func requirePerson() throws(VaultError) {
        guard kind == .person else {
            throw VaultError.invalid(
                "'\(content.name)' is a service, which does not log in",
                "make it a token with vault principal token")
        }
    }
}

extension StoreTransaction {
    // MARK: Codes

    // The secret of a person's codes is a secret version that belongs to the person: it has a data
    // key of its own, and is rewrapped, proven and destroyed with all the others.

    /// Keeps the secret of a person's codes.
    fileprivate func storeCode(
        _ secret: borrowing SecretBytes, of principal: PrincipalRecord
    ) throws {
        let destinations = DestinationList([])
        let owner = try codeOwner(principal)
        let place = SecretPlace(
            tenant: principal.tenant, secret: owner, version: 1, destinations: destinations)
        try insert(
            SecretVersionRecord(
                tenant: principal.tenant, secret: owner, number: 1, state: .current,
                sealed: try keys.seal(secret, at: place), destinations: destinations))
    }

    /// Opens the secret of a person's codes.
    func openCode(of principal: PrincipalRecord) throws -> SecretBytes? {
        guard let version = try codeVersions(of: principal).first,
            let sealed = version.sealed
        else { return nil }
        return try keys.open(sealed, at: version.place)
    }

    /// Removes the secret of a person's codes.
    func deleteCode(of principal: PrincipalRecord) throws {
        for version in try codeVersions(of: principal) { try delete(version) }
    }

    private func codeVersions(of principal: PrincipalRecord) throws -> [SecretVersionRecord] {
        try versions(of: codeOwner(principal), in: principal.tenant)
    }

    private func codeOwner(_ principal: PrincipalRecord) throws -> SecretID {
        guard let id = SecretID(bytes: principal.id.bytes) else {
            throw StoreError.tampered(what: "a principal")
        }
        return id
    }
}
