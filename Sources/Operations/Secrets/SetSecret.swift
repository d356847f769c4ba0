package import Access
private import Delivery
private import Sealing
private import Sodium
package import VaultModel
package import VaultStore

/// `vault secret set`: stores a value as the current version of a secret, which is made if it is
/// new.
///
/// The value comes as the request's secret, never as a field. It is bound to the destinations of
/// the connections that refer to the secret now.
package struct SetSecret: OperationRequest {
    package typealias Response = SecretSummary
    package static let operation = OperationName.secretSet

    /// The secret's name.
    package var name: ResourceName
    /// What it is used for, when it is new.
    package var kind: SecretKind?
    /// What it is for, when it is new.
    package var description: String?
    /// Write only if this is the current version; 0 means that there is none.
    package var ifVersion: Int64?
    /// Where the value is kept instead: `env://…`, `file://…` or `openbao://…`; the request then
    /// carries no value.
    package var reference: String?
    /// How and when it is to be rotated.
    package var policy: PolicyChange?

    /// Asks for a value of `name`.
    package init(
        name: ResourceName, kind: SecretKind? = nil, description: String? = nil,
        ifVersion: Int64? = nil, reference: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.description = description
        self.ifVersion = ifVersion
        self.reference = reference
    }

    package var object: AccessObject { .secret(name) }
    package var auditObject: String { "secret/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<SecretSummary> {
        try context.requireMayName(policy?.hook)
        let (value, reference) = try context.requireValue(keptAt: reference)
        let (tenant, rotations) = (context.tenant, context.vault.rotations)
        let summary = try await context.commit { transaction in
            guard let value = value.take() else { throw OperationContext.noValue }
            var secret: SecretRecord
            if let existing = try transaction.secret(named: name, in: tenant) {
                secret = existing
                try transaction.requireSettled(secret, rotations)
            } else {
                secret = SecretRecord(
                    tenant: tenant, name: name,
                    nameIndex: try transaction.nameIndex(name, "secret.name", in: tenant),
                    kind: kind ?? .password, description: description ?? "")
                try transaction.insert(secret)
            }
            let versions = try transaction.versions(of: secret)
            let current = versions.first { $0.state == .current }
            if let ifVersion, ifVersion != current?.number ?? 0 {
                throw VaultError(
                    .conflict, "stale-version",
                    "secret '\(name)' is at version \(current?.number ?? 0), not \(ifVersion)",
                    "look at it again, then retry")
            }
            let users = try transaction.connections(using: secret)
            let version = try transaction.addVersion(
                value, to: secret, state: .pending,
                destinations: DestinationList(
                    try users.map { try transaction.destination(of: $0) }),
                reference: reference, username: current?.content.username)
            try transaction.promote(version, of: secret, graceUntil: nil)
            if let policy { secret = try transaction.apply(policy, to: secret) }
            return try transaction.summary(of: secret, rotations)
        }
        return OperationReply(summary)
    }
}

extension OperationContext {
    static let noValue = VaultError.invalid(
        "no value was given", "give it with --stdin, --from-file or --generate")

    /// What a version holds: the text of a reference that whoever asks may use, with their right
    /// to it, or else the request's secret.
    func requireValue(
        keptAt reference: String?
    ) throws -> (SecretParcel, ExternalReferenceRight?) {
        guard let reference else { return (try requireSecretValue(), nil) }
        let right: ExternalReferenceRight =
            principal.authority == .localOperator ? .operator : .settings
        try vault.delivery.check(reference: reference, isApproved: right == .operator)
        let bytes = Array(reference.utf8)
        return (SecretParcel(try SecretBytes(copying: bytes.span)), right)
    }

    /// The request's secret, checked for size without taking it.
    func requireSecretValue() throws -> SecretParcel {
        guard let parcel = secret, let value = parcel.take() else { throw Self.noValue }
        guard value.count > 0 else {
            throw VaultError.invalid("the value is empty", "give at least one byte")
        }
        guard value.count <= VaultLimits.secretBytes else {
            throw VaultError.invalid(
                "the value has \(value.count) bytes", "give at most \(VaultLimits.secretBytes)")
        }
        return SecretParcel(value)
    }
}
