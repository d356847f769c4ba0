internal import Sealing
internal import VaultModel
internal import VaultStore

// What the steps of a rotation change, each in the transaction of its caller.
extension StoreTransaction {
    /// The pending version of a rotation.
    func requirePending(_ number: Int64, of rotation: RotationRecord) throws -> SecretVersionRecord
    {
        let pending = try version(number, of: rotation)
        guard let pending, pending.state == .pending else { throw VaultError.superseded }
        return pending
    }

    /// Destroys the pending version of a rotation, if it is still there.
    func destroyPending(_ number: Int64, of rotation: RotationRecord, note: String) throws {
        guard let pending = try version(number, of: rotation), pending.state == .pending else {
            return
        }
        try destroy(pending, as: .failed, note: note)
    }

    /// Ends a rotation whose new value is current: the version before is destroyed.
    func retire(_ rotation: inout RotationRecord) throws {
        guard let state = rotation.state.after(.retire) else { throw VaultError.superseded }
        if let number = rotation.content.fromVersion,
            let previous = try version(number, of: rotation), previous.state == .previous
        {
            try destroy(previous, as: .retired, note: "")
        }
        rotation.state = state
        rotation.due = nil
        rotation.content.changed = .now
    }

    /// Tells of a current version that its server refused while the one before was taken, once for
    /// each rotation, and goes back to that one if the rotation says so.
    func noticeFallback(
        _ fallback: CandidateSessions.Fallback, _ leases: RotationLeases, request: RequestID
    ) throws {
        let current = fallback.refused
        guard
            let secret = try find(SecretRecord.self, current.secret, in: current.tenant),
            var rotation = try rotationInGrace(of: secret.id, in: secret.tenant),
            rotation.content.newVersion == current.number,
            rotation.content.fromVersion == fallback.taken.number
        else { return }
        let detail = [
            "rotation": "\(rotation.id)", "version": "\(current.number)",
            "taken": "\(fallback.taken.number)",
        ]
        if rotation.content.alerted == nil {
            rotation.content.alerted = .now
            rotation = try update(rotation)
            try audit(
                AuditEntry(
                    tenant: secret.tenant, actor: "system", action: "rotation.alert",
                    object: "secret/\(secret.content.name)", outcome: .failed,
                    reason: "current-refused", detail: detail, request: request))
        }
        // The provider may be revoking that version now, and a newer rotation that is under way
        // decides by itself.
        guard rotation.content.autoRollback, !leases.isTaken(secret.id),
            try unfinishedRotation(of: secret.id, in: secret.tenant) == nil,
            let previous = try version(fallback.taken.number, of: rotation),
            previous.state == .previous
        else { return }
        try promote(previous, of: secret, graceUntil: nil)
        try audit(
            AuditEntry(
                tenant: secret.tenant, actor: "system", action: "rotation.auto-rollback",
                object: "secret/\(secret.content.name)", outcome: .allowed, detail: detail,
                request: request))
    }

    /// Refuses a change of a secret that is being rotated, and one that would give up a pending value
    /// which the provider may have.
    func requireSettled(_ secret: SecretRecord, _ leases: RotationLeases) throws {
        try leases.requireFree(secret)
        guard let rotation = try unfinishedRotation(of: secret.id, in: secret.tenant),
            rotation.content.hook != nil, rotation.state != .created
        else { return }
        throw VaultError(
            .conflict, "rotation-unsettled",
            "the rotation \(rotation.id) is unfinished, and the server may have its value",
            "finish it with vault rotate --resume \(rotation.id), or --abort \(rotation.id)")
    }

    /// Removes the oldest rotations of a secret that are over, so that a new one has room.
    func pruneRotations(of secret: SecretRecord) throws {
        let over = try rotations(of: secret.id, in: secret.tenant).filter(\.state.isOver)
        for rotation in over.dropFirst(VaultLimits.rotations - 1) { try delete(rotation) }
    }
}
