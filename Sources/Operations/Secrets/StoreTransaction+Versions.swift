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
        reference: ExternalReferenceRight? = nil
    ) throws -> SecretVersionRecord {
        let versions = try versions(of: secret)
        for version in versions where version.state == .pending {
            try destroy(version, as: .failed, note: "given up")
        }
        let number = (versions.last?.number ?? 0) + 1
        let place = SecretPlace(
            tenant: secret.tenant, secret: secret.id, version: number, destinations: destinations)
        let version = SecretVersionRecord(
            tenant: secret.tenant, secret: secret.id, number: number, state: state,
            sealed: try keys.seal(value, at: place), destinations: destinations, rotation: rotation,
            reference: reference)
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
            for pending in try versions(of: secret) where pending.state == .pending {
                try destroy(pending, as: .failed, note: "given up")
            }
            version.state = .pending
            version = try update(version)
        }
        let others = try versions(of: secret).filter { $0.id != version.id }
        for previous in others where previous.state == .previous {
            try destroy(previous, as: .retired, note: "")
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
