package import VaultModel
internal import VaultStore

/// Whether a secret needs somebody.
package enum SecretHealth: String, Sendable, Hashable, Codable, CaseIterable {
    /// It does not.
    case ok
    /// Its policy wants it rotated.
    case due
    /// Its old value could not be revoked at the provider.
    case unrevoked
    /// A rotation was begun, and nobody works on it.
    case interrupted
    /// The server refused it last.
    case refused
    /// Its value has ended at its provider.
    case expired
}

/// What the age of a secret comes to.
struct SecretAgeing: Sendable {
    let secret: SecretRecord
    let current: SecretVersionRecord?
    /// The newest rotation.
    let rotation: RotationRecord?
    /// Whether a rotation is being worked on.
    let isBusy: Bool

    /// When its policy wants the secret rotated.
    var next: Timestamp? {
        guard let current else { return nil }
        return secret.content.policy.due(
            rotated: current.content.changed, expires: current.content.expires)
    }

    /// The worst that is to be told at `time`.
    func health(at time: Timestamp) -> SecretHealth {
        if let end = current?.content.expires, end <= time { return .expired }
        if current?.content.refused != nil { return .refused }
        if let rotation, rotation.state.isUnfinished, !isBusy { return .interrupted }
        if let rotation, rotation.state == .grace, rotation.content.unrevoked != nil {
            return .unrevoked
        }
        if let next, next <= time { return .due }
        return .ok
    }
}

/// A secret that needs somebody, as `vault status` tells.
package struct SecretAlert: Sendable, Codable {
    /// The secret.
    package var secret: ResourceName
    /// What is the matter.
    package var health: SecretHealth
    /// Since when, where that is known.
    package var since: Timestamp?
    /// What to do.
    package var action: String
}

extension StoreTransaction {
    /// The age of every secret of a tenant, by name, in a few scans.
    func ageing(in tenant: TenantID, _ leases: RotationLeases) throws -> [SecretAgeing] {
        var current: [SecretID: SecretVersionRecord] = [:]
        for version in try currentVersions(in: tenant) { current[version.secret] = version }
        var newest: [SecretID: RotationRecord] = [:]
        for rotation in try rotations(in: tenant) { newest[rotation.secret] = rotation }
        return try secrets(in: tenant).map { secret in
            SecretAgeing(
                secret: secret, current: current[secret.id], rotation: newest[secret.id],
                isBusy: leases.isTaken(secret.id))
        }
    }
}

extension SecretAgeing {
    /// What is the matter at `time`; `nil` when nothing is.
    func alert(at time: Timestamp) -> SecretAlert? {
        let name = secret.content.name
        let health = health(at: time)
        switch health {
        case .ok: return nil
        case .due:
            return SecretAlert(
                secret: name, health: health, since: next,
                action: secret.content.policy.isAutomatic
                    ? "vault rotate --due" : "vault rotate \(name)")
        case .expired:
            return SecretAlert(
                secret: name, health: health, since: current?.content.expires,
                action: "vault rotate \(name)")
        case .refused:
            return SecretAlert(
                secret: name, health: health, since: current?.content.refused,
                action: "vault rotate \(name), or vault connection test")
        case .interrupted:
            return SecretAlert(
                secret: name, health: health, since: rotation?.content.changed,
                action: rotation.map { "vault rotate --resume \($0.id)" } ?? "")
        case .unrevoked:
            return SecretAlert(
                secret: name, health: health, since: rotation?.content.unrevoked,
                action: "revoke the old value at the provider, then vault rotate --due")
        }
    }
}
