package import Sodium
private import VaultModel

/// A passphrase that opens a slot through Argon2id; no key is at rest.
///
/// A hash takes about a second and 256 MiB: run it off the event loop and bound how many run.
package enum PassphraseProtector {
    /// Makes the key of a new slot.
    ///
    /// - Throws: `.passphraseLength` outside `SealingLimits.passphraseBytes`.
    package static func create(
        _ passphrase: borrowing SecretBytes, cost: Argon2id.Cost = Argon2id.moderate
    ) throws(SealingError) -> SlotKey {
        guard SealingLimits.passphraseBytes.contains(passphrase.count) else {
            throw .passphraseLength
        }
        return try derive(
            passphrase, cost: cost, salt: Random.bytes(Argon2id.saltBytes), slot: SlotID())
    }

    /// The key of `slot`, or of another if the passphrase is wrong: its check value tells.
    package static func read(
        _ passphrase: borrowing SecretBytes, slot: RootKeySlot
    ) throws(SealingError) -> SlotKey {
        guard case .passphrase(let cost, let salt) = slot.parameters else { throw .wrongKey }
        guard passphrase.count <= SealingLimits.passphraseBytes.upperBound else {
            throw .passphraseLength
        }
        return try derive(passphrase, cost: cost, salt: salt, slot: slot.id)
    }

    private static func derive(
        _ passphrase: borrowing SecretBytes, cost: Argon2id.Cost, salt: [UInt8], slot: SlotID
    ) throws(SealingError) -> SlotKey {
        do {
            let derived = try passphrase.withSpan { (span) throws(SodiumError) in
                try Argon2id.derive(span, salt: salt, cost: cost)
            }
            return SlotKey(
                id: slot, parameters: .passphrase(cost: cost, salt: salt),
                key: try SecretKey(derived))
        } catch {
            throw .sodium(error)
        }
    }
}
