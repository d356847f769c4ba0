internal import Sodium

/// The generations of one scope's key: the newest seals, all of them open.
struct ScopeRing: Sendable {
    /// Those that rows may be sealed under.
    private(set) var open: [UInt32: ScopeKeys] = [:]
    /// What is left of those that no row is sealed under any more: the keys of audit entries.
    private(set) var auditOnly: [UInt32: SecretKey] = [:]

    /// The generation that seals.
    var newest: ScopeKeys? { open.max { $0.key < $1.key }?.value }

    /// Every generation's number, of which the last seals.
    var generations: [UInt32] { open.keys.sorted() }

    /// The key of the audit entries of a generation.
    func auditKey(_ generation: UInt32) -> SecretKey? {
        open[generation]?.auditDetail ?? auditOnly[generation]
    }

    mutating func hold(_ keys: ScopeKeys) { open[keys.generation] = keys }

    mutating func hold(auditKey key: SecretKey, generation: UInt32) {
        open[generation] = nil
        auditOnly[generation] = key
    }
}
