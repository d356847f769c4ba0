internal import Sealing
internal import Sodium
internal import VaultModel

/// The open epoch of the audit chain: its number, where it began, and its key.
struct AuditEpoch: Sendable {
    /// How many entries one key authenticates at most.
    static let entryLimit: Int64 = 4096
    /// How long one key authenticates entries, in milliseconds.
    static let lifetime: Int64 = 3_600_000

    /// Counts the keys there were before.
    let number: Int64
    /// The number of its first entry.
    let first: Int64
    /// When it began, in milliseconds since 1970.
    let started: Int64
    /// Authenticates its entries.
    let key: SecretKey

    /// Whether another entry, the one after `sequence`, belongs to the next epoch.
    ///
    /// An epoch without an entry goes on: there is nothing that its key could forge.
    func isOver(after sequence: Int64, at now: Timestamp) -> Bool {
        sequence >= first
            && (sequence - first + 1 >= Self.entryLimit
                || now.milliseconds - started >= Self.lifetime)
    }

    /// The epoch that follows; the key of this one cannot be found from it.
    func next(first: Int64, at now: Timestamp) throws(SodiumError) -> AuditEpoch {
        AuditEpoch(
            number: number + 1, first: first, started: now.milliseconds,
            key: try Self.evolve(key))
    }

    /// `AK[e+1] = BLAKE2b-256(key: AK[e], "sgEvolve")`.
    static func evolve(_ key: SecretKey) throws(SodiumError) -> SecretKey {
        let label = Array("sgEvolve".utf8)
        return try Blake2b.deriveKey(label.span, key: key)
    }
}
