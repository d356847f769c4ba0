/// A few threads for work that blocks; they come with work and go with it.
///
/// The shared pool of tasks has a thread for each core: a hash of a second, or a command that is
/// waited for, would hold up everything else there.
package final class WorkerPool: Sendable {
    private struct State: Sendable {
        var running = 0
        var waiting: [Job] = []
    }

    /// What a thread runs, and what is told to whoever waits when no thread will.
    private struct Job: Sendable {
        let run: @Sendable () -> Void
        let refuse: @Sendable () -> Void
    }

    private let name: String
    private let threads: Int
    private let waiting: Int
    private let state = Locked(State())

    /// Makes a pool of at most `threads` threads called `name`, for which at most `waiting` wait.
    package init(name: String, threads: Int, waiting: Int) {
        self.name = name
        self.threads = threads
        self.waiting = waiting
    }

    /// Runs `body` when a thread is free; `nil` when too many wait, or there is no thread.
    package func run<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R? {
        // ThreadSanitizer sees a lock pass the result on, and does not see a continuation do it.
        let outcome = Locked<R?>(nil)
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            start(
                Job(
                    run: {
                        let result = body()
                        outcome.withLock { $0 = result }
                        continuation.resume()
                    }, refuse: { continuation.resume() }))
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
        case .refuse: job.refuse()
        case .start:
            guard !WorkerThread.start(named: name, { self.work(job) }) else { return }
            refuseAll(with: job)
        }
    }

    /// Runs one job after the other until none waits.
    private func work(_ first: Job) {
        var job = first
        while true {
            job.run()
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
    private func refuseAll(with job: Job) {
        let stranded = state.withLock { state -> [Job] in
            state.running -= 1
            guard state.running == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        job.refuse()
        for job in stranded { job.refuse() }
    }
}
