import VaultModel
import VaultStore

/// An audit log of a size that is wanted, and how fast it is verified.
enum AuditLog {
    /// Appends entries as sends make them until there are `count`.
    static func fill(_ store: VaultStore, to count: Int) async throws {
        let tenant = try await store.read { try Sample.defaultTenant($0) }
        var left = Int64(count) - store.durableSequence
        while left > 0 {
            let part = min(left, 2_000)
            try await store.transaction { transaction in
                for number in 0..<part {
                    try transaction.audit(
                        AuditEntry(
                            tenant: tenant, actor: "token:benchmarkxyz", action: "message.intent",
                            object: "connection/connection-\(number)@production",
                            outcome: .allowed, request: RequestID()))
                }
            }
            left -= part
        }
    }

    /// The entries a second of one verification: every code with the vault's keys and, with
    /// `isCompared`, the tree against a checkpoint of all of them.
    static func verify(_ store: VaultStore, isCompared: Bool) async throws -> Int {
        let checkpoints = isCompared ? [store.signCheckpoint().checkpoint] : []
        let clock = ContinuousClock()
        let start = clock.now
        let verdict = try await store.verifyAudit(checkpoints: checkpoints)
        let elapsed = clock.now - start
        guard verdict.ok, isCompared == (verdict.checkpoint != nil) else {
            throw StoreError.tampered(what: "the audit log")
        }
        return Int(Double(verdict.entries) / (elapsed / .seconds(1)))
    }
}
