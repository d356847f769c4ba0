internal import Locking
internal import SASL

/// A few threads that derive the keys of SCRAM, which would hold the loop up.
final class DerivationPool: Sendable {
    /// The pool that all sessions of the process share.
    static let shared = DerivationPool()

    typealias Derive = @Sendable (SCRAMDerivation) throws(SASLError) -> SCRAMKeys

    private let pool: WorkerPool
    private let derive: Derive

    /// Makes a pool without threads; they come with work and go with it.
    init(
        threads: Int = SMTPClientLimits.derivations,
        waiting: Int = SMTPClientLimits.waitingDerivations,
        derive: @escaping Derive = { (derivation) throws(SASLError) in try derivation.run() }
    ) {
        self.derive = derive
        pool = WorkerPool(name: "scram", threads: threads, waiting: waiting)
    }

    /// Derives the keys when a thread is free; `nil` when too many wait, or there is no thread.
    func run(_ derivation: SCRAMDerivation) async -> Result<SCRAMKeys, SASLError>? {
        await pool.run { [derive] in Result { () throws(SASLError) in try derive(derivation) } }
    }
}
