package import Access
private import Sealing
internal import Sodium
package import VaultModel
internal import VaultStore

/// What may be told of a session: everything but its token.
package struct SessionSummary: Sendable, Codable {
    /// The token's public part.
    package var accessor: String
    /// Who logged in.
    package var principal: ResourceName
    /// The roles that count now; they are looked up again for each request.
    package var roles: [String]
    /// When it ends.
    package var expiresAt: Timestamp
}

/// `vault login --principal NAME`: a token for whoever knows the password, and the code if there
/// is one.
///
/// The request's secret is the password, then, after a line end, the code. An unknown name, a wrong
/// password and a wrong code take as long and are answered alike.
package struct OpenSession: OperationRequest {
    package typealias Response = SessionSummary
    package static let operation = OperationName.sessionOpen

    /// The name as typed.
    package var name: String
    /// How long the session lasts, in seconds; `nil` for the default.
    package var seconds: Int64?

    /// Asks for a session.
    package init(name: String, seconds: Int64? = nil) {
        self.name = name
        self.seconds = seconds
    }

    /// The one spelling under which a name's failures count, whatever its case and blanks.
    private var canonical: String {
        let blank: (Character) -> Bool = { $0.isWhitespace }
        let trimmed = name.drop(while: blank).reversed().drop(while: blank).reversed()
        return String(trimmed).lowercased()
    }

    package var auditObject: String {
        "principal/\((try? ResourceName(canonical))?.text ?? "malformed")"
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<SessionSummary> {
        let seconds = seconds ?? AccessLimits.sessionSeconds
        guard (1...AccessLimits.sessionLimitSeconds).contains(seconds) else {
            throw VaultError.invalid("a session lasts at most 7 days", "give --expires 7d or less")
        }
        let tenant = context.tenant
        let name = try? ResourceName(canonical)
        let account = "\(tenant)/\(name?.text ?? "malformed")"
        let source = context.principal.name
        let desk = context.vault.logins
        let lines = try context.secret?.lines(atMost: 2) ?? []
        guard let password = lines.first else {
            throw VaultError(wrapping: PasswordError.missing)
        }
        let code = lines.count > 1 ? lines[1] : nil
        do {
            return try await desk.attempt(account: account, source: source) {
                let record = try await context.vault.store.read { transaction in
                    try name.flatMap { try transaction.principal(named: $0, in: tenant) }
                }
                let isRight = try await desk.passwords.check(
                    password, against: record?.content.password)
                guard isRight, let record else {
                    throw WrongCredential(reason: record == nil ? "unknown-principal" : "password")
                }
                guard record.state == .active else { throw WrongCredential(reason: "disabled") }
                return try await context.openSession(of: record, code, seconds: seconds)
            }
        } catch let wrong as WrongCredential {
            throw try await context.refuse(wrong.reason)
        }
    }
}

/// `vault logout`: ends the session whose token is in use.
package struct CloseSession: OperationRequest {
    package typealias Response = TokenSummary
    package static let operation = OperationName.sessionClose

    /// Asks to end the session.
    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TokenSummary> {
        guard let id = context.principal.token else {
            throw VaultError(
                .conflict, "no-session", "the local operator has no session to end",
                "give the session's token with --token-file or SIGNET_TOKEN")
        }
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                guard var record = try transaction.find(TokenRecord.self, id, in: tenant) else {
                    throw VaultError.unauthenticated
                }
                record.state = .revoked
                return TokenSummary(try transaction.update(record))
            })
    }
}

extension StoreTransaction {
    /// A principal as it is now, which may still log in with the password that `known` has; others of
    /// its logins may have come between.
    func requireUnchanged(_ known: PrincipalRecord) throws -> PrincipalRecord {
        guard let current = try find(PrincipalRecord.self, known.id, in: known.tenant),
            current.state == .active, current.content.password == known.content.password
        else {
            throw VaultError(
                .conflict, "stale-revision", "the password was changed meanwhile", "log in again")
        }
        return current
    }

    /// The step of a right code that was not used before.
    ///
    /// - Throws: ``WrongCredential`` when the code is wrong, is missing, or was used before.
    func acceptedStep(
        _ code: SecretParcel?, of principal: PrincipalRecord
    ) throws -> Int64 {
        guard let code = code?.take(), let secret = try openCode(of: principal),
            let step = OneTimePassword.accept(
                code, of: secret, at: Timestamp.now.seconds, after: principal.content.lastStep)
        else { throw WrongCredential(reason: "code") }
        return step
    }
}

extension OperationContext {
    /// What every refused login is answered; the audit log tells `reason`.
    func refuse(_ reason: String) async throws -> VaultError {
        try await vault.record(entry("session.refuse", .denied, reason: reason))
        return VaultError(
            .denied, "login-failed", "name, password or code is wrong",
            "try again; after \(AccessLimits.failures) failures there is a wait")
    }

    /// Opens a session of somebody whose password is right, unless they lack a code that they need.
    fileprivate func openSession(
        of known: PrincipalRecord, _ code: SecretParcel?, seconds: Int64
    ) async throws -> OperationReply<SessionSummary> {
        let text = try TokenText.create()
        let token = try sessionToken(text, for: known, seconds: seconds)
        let detail = ["accessor": token.accessor, "principal": known.auditName]
        let summary = try await commit(detail: detail) { transaction in
            var record = try transaction.requireUnchanged(known)
            if record.content.hasCode {
                record.content.lastStep = try transaction.acceptedStep(code, of: record)
            }
            record.content.lastLogin = .now
            try transaction.update(record)
            try transaction.insert(token)
            return SessionSummary(
                accessor: token.accessor, principal: record.content.name,
                roles: Set(try transaction.authority(of: record).bindings.map(\.role)).sorted(),
                expiresAt: Timestamp.now.adding(seconds: seconds))
        }
        return OperationReply(summary, secret: SecretParcel(text))
    }

    /// The record of a session's token.
    func sessionToken(
        _ text: borrowing SecretBytes, for principal: PrincipalRecord, seconds: Int64
    ) throws -> TokenRecord {
        guard let accessor = TokenText.accessor(of: text) else { throw SodiumError.notStarted }
        let pepper = try vault.store.keys.keys(for: .system).tokenPepper()
        return TokenRecord(
            tenant: principal.tenant, accessor: accessor,
            hash: try TokenText.hash(text, accessor: accessor, pepper: pepper),
            expires: Timestamp.now.adding(seconds: seconds), kind: .session,
            principal: principal.id,
            content: TokenRecord.Content(
                scopes: [], label: "session", issuer: principal.auditName))
    }
}
