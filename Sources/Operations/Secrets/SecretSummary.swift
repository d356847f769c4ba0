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
    /// When a message went out with it last, to the minute.
    package var lastUsed: Timestamp?
    /// When a server took it in a test last.
    package var lastTested: Timestamp?
    /// When it is to be rotated by its policy.
    package var nextRotation: Timestamp?
    /// When its current value ends at its provider.
    package var expires: Timestamp?
    /// `ok`, `due`, `unrevoked`, `interrupted`, `refused` or `expired`.
    package var health: SecretHealth
    /// How and when it is rotated, if that is decided.
    package var policy: RotationPolicy?
    /// The newest rotation.
    package var rotation: RotationSummary?
}

/// What may be told of a rotation in short.
package struct RotationSummary: Sendable, Codable {
    /// Its identity, for `--resume` and `--abort`.
    package var id: RotationID
    /// Where it stands.
    package var state: RotationState
    /// When that last changed.
    package var changed: Timestamp
    /// Why it ended as it did, or why it is undecided.
    package var note: String
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
    /// When a message went out with it last, to the minute.
    package var lastUsed: Timestamp?
    /// When a server took it in a test last.
    package var lastTested: Timestamp?
    /// When it ends at its provider.
    package var expires: Timestamp?

    init(_ record: SecretVersionRecord) {
        version = record.number
        state = record.state
        created = record.created
        changed = record.content.changed
        external = record.content.reference != nil
        note = record.content.note
        lastUsed = record.content.used
        lastTested = record.content.tested
        expires = record.content.expires
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

    func summary(of secret: SecretRecord, _ leases: RotationLeases) throws -> SecretSummary {
        let versions = try versions(of: secret)
        let current = versions.first { $0.state == .current }
        let rotation = try rotations(of: secret.id, in: secret.tenant).first
        let ageing = SecretAgeing(
            secret: secret, current: current, rotation: rotation,
            isBusy: leases.isTaken(secret.id))
        return SecretSummary(
            name: secret.content.name, kind: secret.kind, description: secret.content.description,
            currentVersion: current?.number, versions: versions.count,
            usedBy: try connections(using: secret).map(\.reference.description),
            created: secret.content.created, rotated: current?.content.changed,
            lastUsed: versions.compactMap(\.content.used).max(),
            lastTested: versions.compactMap(\.content.tested).max(),
            nextRotation: ageing.next, expires: current?.content.expires,
            health: ageing.health(at: .now),
            policy: secret.content.policy.isEmpty ? nil : secret.content.policy,
            rotation: rotation.map { rotation in
                RotationSummary(
                    id: rotation.id, state: rotation.state, changed: rotation.content.changed,
                    note: rotation.content.note)
            })
    }
}
