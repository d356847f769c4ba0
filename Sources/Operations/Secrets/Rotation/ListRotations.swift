package import Access
package import VaultModel
internal import VaultStore

/// Whether a rotation needs somebody.
package enum RotationStanding: String, Sendable, Hashable, Codable, CaseIterable {
    /// It was begun and nobody works on it, its new value is refused, or its old one could not be
    /// revoked.
    case attention
    /// Somebody works on it now.
    case running
    /// Its new value is current, and the one before still a fallback.
    case grace
    /// Nothing can happen any more.
    case over
}

/// One rotation, as `vault rotate --list` tells.
package struct RotationListing: Sendable, Codable {
    /// Its identity, for `--resume` and `--abort`.
    package var id: RotationID
    /// The secret whose value is replaced.
    package var secret: ResourceName
    /// Whether it needs somebody.
    package var standing: RotationStanding
    /// Where it stands.
    package var state: RotationState
    /// How the provider treats two passwords.
    package var strategy: RotationStrategy
    /// The version that was current before; `nil` for a first value.
    package var fromVersion: Int64?
    /// The version that is to be, or became, current.
    package var newVersion: Int64
    /// Who asked for it, as the audit log names them.
    package var actor: String
    /// When it began.
    package var created: Timestamp
    /// When its state last changed.
    package var changed: Timestamp
    /// When its grace period ends and the version before is destroyed.
    package var graceUntil: Timestamp?
    /// Why it ended as it did, or why it is undecided.
    package var note: String
    /// What to do; empty when nothing is to be done.
    package var action: String
}

/// `vault rotate --list [--all]`: the rotations of a tenant that are not over, those that need
/// somebody first, then the newest first.
package struct ListRotations: OperationRequest {
    package typealias Response = [RotationListing]
    package static let operation = OperationName.rotationList

    /// Tells those that are over too, as far as they are kept.
    package var all: Bool

    /// Asks for the rotations.
    package init(all: Bool = false) { self.all = all }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[RotationListing]> {
        let (tenant, leases) = (context.tenant, context.vault.rotations)
        let order = RotationStanding.allCases
        return OperationReply(
            try await context.commit { transaction in
                let listed = try transaction.rotations(in: tenant).reversed()
                    .filter { all || !$0.state.isOver }
                    .map { try transaction.listing(of: $0, isBusy: leases.isTaken($0.secret)) }
                return order.flatMap { standing in listed.filter { $0.standing == standing } }
            })
    }
}

extension StoreTransaction {
    fileprivate func listing(
        of rotation: RotationRecord, isBusy: Bool
    ) throws -> RotationListing {
        guard let secret = try find(SecretRecord.self, rotation.secret, in: rotation.tenant) else {
            throw StoreError.tampered(what: "a rotation")
        }
        let content = rotation.content
        let name = secret.content.name
        let (standing, action) = rotation.standing(of: name, isBusy: isBusy)
        return RotationListing(
            id: rotation.id, secret: name, standing: standing, state: rotation.state,
            strategy: content.strategy, fromVersion: content.fromVersion,
            newVersion: content.newVersion, actor: content.actor, created: rotation.created,
            changed: content.changed, graceUntil: rotation.due, note: content.note, action: action)
    }
}

extension RotationRecord {
    /// Whether it needs somebody, and for what.
    fileprivate func standing(
        of name: ResourceName, isBusy: Bool
    ) -> (RotationStanding, action: String) {
        if state.isOver { return (.over, "") }
        if isBusy { return (.running, "") }
        if state.isUnfinished {
            return (.attention, "vault rotate --resume \(id), or --abort \(id)")
        }
        if content.unrevoked != nil {
            return (.attention, "revoke the old value at the provider, then vault rotate --due")
        }
        if content.alerted != nil { return (.attention, "vault rotate \(name) --rollback") }
        return (.grace, "")
    }
}
