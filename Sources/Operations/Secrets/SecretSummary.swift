package import VaultModel
package import VaultStore

/// What may be told of a secret: everything but its value.
package struct SecretSummary: Sendable, Codable {
    /// The secret's name.
    package var name: ResourceName
    /// What it is used for.
    package var kind: SecretKind
    /// What it is for.
    package var description: String
    /// The version in use, if there is one.
    package var currentVersion: Int64?
    /// How many versions there have been.
    package var versions: Int
    /// Connections that refer to it, as `NAME@ENVIRONMENT`.
    package var usedBy: [String]
    /// When it was made.
    package var created: Timestamp
    /// When its current version became so.
    package var rotated: Timestamp?
}

/// What may be told of a version.
package struct SecretVersionSummary: Sendable, Codable {
    /// 1 for the first.
    package var version: Int64
    /// Where it stands.
    package var state: SecretVersionState
    /// When it was made.
    package var created: Timestamp
    /// When its state last changed.
    package var changed: Timestamp
    /// Whether the value is kept elsewhere.
    package var external: Bool
    /// Why it failed, if it did.
    package var note: String

    init(_ record: SecretVersionRecord) {
        version = record.number
        state = record.state
        created = record.created
        changed = record.content.changed
        external = record.content.reference != nil
        note = record.content.note
    }
}

extension StoreTransaction {
    /// The secret of a name, or the error that says there is none.
    func requireSecret(_ name: ResourceName, in tenant: TenantID) throws -> SecretRecord {
        guard let secret = try secret(named: name, in: tenant) else {
            throw VaultError.notFound("secret", name.text)
        }
        return secret
    }

    func summary(of secret: SecretRecord) throws -> SecretSummary {
        let versions = try versions(of: secret)
        let current = versions.first { $0.state == .current }
        return SecretSummary(
            name: secret.content.name, kind: secret.kind, description: secret.content.description,
            currentVersion: current?.number, versions: versions.count,
            usedBy: try connections(using: secret).map(\.reference.description),
            created: secret.content.created, rotated: current?.content.changed)
    }
}
