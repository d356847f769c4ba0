internal import Locking
internal import SASL

/// A few threads that derive the keys of SCRAM, which would hold the loop up.
final class DerivationPool: Sendable {
    /// The pool that all sessions of the process share.
    static let shared = DerivationPool()

    typealias Derive = @Sendable (SCRAMDerivation) throws(SASLError) -> SCRAMKeys

    private struct Job: Sendable {
        let derivation: SCRAMDerivation
        let finish: @Sendable (Result<SCRAMKeys, SASLError>?) -> Void
    }

    private struct State: Sendable {
        var running = 0
        var waiting: [Job] = []
    }

    private let threads: Int
    private let waiting: Int
    private let derive: Derive
    private let state = Locked(State())

    /// Makes a pool without threads; they come with work and go with it.
    init(
        threads: Int = SMTPClientLimits.derivations,
        waiting: Int = SMTPClientLimits.waitingDerivations,
        derive: @escaping Derive = { (derivation) throws(SASLError) in try derivation.run() }
    ) {
        self.threads = threads
        self.waiting = waiting
        self.derive = derive
    }

    /// Derives the keys when a thread is free; `nil` when too many wait, or there is no thread.
    func run(_ derivation: SCRAMDerivation) async -> Result<SCRAMKeys, SASLError>? {
        // ThreadSanitizer sees a lock pass the keys on, and does not see a continuation do it.
        let outcome = Locked<Result<SCRAMKeys, SASLError>?>(nil)
        await withCheckedContinuation { continuation in
            start(
                Job(derivation: derivation) { result in
                    outcome.withLock { $0 = result }
                    continuation.resume()
                })
        }
        return outcome.withLock { $0 }
    }

    private enum Decision {
        case wait
        case start
        case refuse
    }

    private func start(_ job: Job) {
        let decision = state.withLock { state -> Decision in
            guard state.running >= threads else {
                state.running += 1
                return .start
            }
            guard state.waiting.count < waiting else { return .refuse }
            state.waiting.append(job)
            return .wait
        }
        switch decision {
        case .wait: break
        case .refuse: job.finish(nil)
        case .start:
            guard !WorkerThread.start(named: "scram", { self.work(job) }) else { return }
            finishAll(with: job)
        }
    }

    /// Runs one job after the other until none waits.
    private func work(_ first: Job) {
        var job = first
        while true {
            job.finish(Result { () throws(SASLError) in try derive(job.derivation) })
            let next = state.withLock { state -> Job? in
                guard !state.waiting.isEmpty else {
                    state.running -= 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
            guard let next else { return }
            job = next
        }
    }

    /// There is no thread for `job`; if none runs, nobody would come for those that wait either.
    private func finishAll(with job: Job) {
        let stranded = state.withLock { state -> [Job] in
            state.running -= 1
            guard state.running == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        job.finish(nil)
        for job in stranded { job.finish(nil) }
    }
}
