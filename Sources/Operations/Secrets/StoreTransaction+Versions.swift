internal import Sealing
internal import Sodium
internal import VaultModel
internal import VaultStore

/// The life of a version, each arrow in the transaction of its caller (`docs/rotation.md`).
extension StoreTransaction {
    /// Seals `value` as a new version, after giving up a pending one that nobody finished.
    func addVersion(
        _ value: borrowing SecretBytes, to secret: SecretRecord, state: SecretVersionState,
        destinations: DestinationList, rotation: RotationID? = nil,
        reference: ExternalReferenceRight? = nil, username: String? = nil,
        expires: Timestamp? = nil
    ) throws -> SecretVersionRecord {
        try giveUpPending(of: secret)
        let versions = try versions(of: secret)
        let number = (versions.last?.number ?? 0) + 1
        let place = SecretPlace(
            tenant: secret.tenant, secret: secret.id, version: number, destinations: destinations)
        var version = SecretVersionRecord(
            tenant: secret.tenant, secret: secret.id, number: number, state: state,
            sealed: try keys.seal(value, at: place), destinations: destinations, kind: secret.kind,
            rotation: rotation, reference: reference)
        version.content.username = username
        version.content.expires = expires
        try insert(version)
        return version
    }

    /// Makes a version current: the current one becomes previous, the previous one is destroyed.
    func promote(
        _ version: SecretVersionRecord, of secret: SecretRecord, graceUntil: Timestamp?
    ) throws {
        var version = version
        if version.state == .previous {
            // It passes through `pending`, of which there is one: a rotation that was cut off gives way.
            try giveUpPending(of: secret)
            version.state = .pending
            version = try update(version)
        }
        let others = try versions(of: secret).filter { $0.id != version.id }
        for previous in others where previous.state == .previous {
            try destroy(previous, as: .retired, note: "")
        }
        if let before = try rotationInGrace(of: secret.id, in: secret.tenant) {
            try end(before, by: version.number == before.content.fromVersion ? .rollBack : .retire)
        }
        for var current in others where current.state == .current {
            current.state = .previous
            current.content.changed = .now
            current.content.graceUntil = graceUntil
            try update(current)
        }
        version.state = .current
        version.content.changed = .now
        version.content.graceUntil = nil
        version.content.refused = nil
        try update(version)
    }

    /// Gives up the pending version of a secret, and the rotation that was to prove it.
    func giveUpPending(of secret: SecretRecord) throws {
        if let rotation = try unfinishedRotation(of: secret.id, in: secret.tenant) {
            try end(rotation, by: .abort, note: "given up for a newer one")
        }
        for version in try versions(of: secret) where version.state == .pending {
            try destroy(version, as: .failed, note: "given up")
        }
    }

    /// Ends a rotation that another change has overtaken.
    private func end(
        _ rotation: RotationRecord, by event: RotationEvent, note: String = ""
    ) throws {
        guard let state = rotation.state.after(event) else {
            throw StoreError.stale(what: "the rotation")
        }
        var rotation = rotation
        rotation.state = state
        rotation.due = nil
        rotation.content.note = note
        rotation.content.changed = .now
        try update(rotation)
    }

    /// Destroys a version's value by dropping its data key and payload.
    func destroy(
        _ version: SecretVersionRecord, as state: SecretVersionState, note: String
    ) throws {
        var version = version
        version.state = state
        version.sealed = nil
        version.content.note = note
        version.content.changed = .now
        try update(version)
    }

    /// Seals the live versions of a secret anew, for other destinations.
    func rebind(_ secret: SecretRecord, to destinations: (DestinationList) -> DestinationList)
        throws
    {
        for var version in try versions(of: secret) {
            guard let sealed = version.sealed else { continue }
            let value = try keys.open(sealed, at: version.place)
            version.content.destinations = destinations(version.content.destinations)
            version.sealed = try keys.seal(value, at: version.place)
            try update(version)
        }
    }
}
