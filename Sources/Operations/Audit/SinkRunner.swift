private import Locking

/// A thread for one sink, so that nobody waits for it longer than told.
final class SinkRunner: Sendable {
    private struct State: Sendable {
        var job: (@Sendable () -> SinkFailure?)?
        var isRunning = false
        var result: SinkFailure??
        var hasThread = false
        var isClosed = false
    }

    private let name: String
    private let state = Monitor(State())

    init(name: String) { self.name = name }

    deinit { close() }

    /// Ends the thread once it has nothing to do.
    func close() {
        state.withLock { $0.isClosed = true }
        state.wakeAll()
    }

    /// Begins `job` on the thread; `false` when an earlier one still hangs.
    func begin(_ job: @escaping @Sendable () -> SinkFailure?) -> Bool {
        let start: Bool? = state.withLock { state in
            guard state.job == nil, !state.isRunning, !state.isClosed else { return nil }
            state.job = job
            state.result = nil
            defer { state.hasThread = true }
            return !state.hasThread
        }
        guard let start else { return false }
        if start {
            let monitor = self.state
            guard WorkerThread.start(named: "audit-sink", { Self.work(monitor) }) else {
                state.withLock {
                    $0.job = nil
                    $0.hasThread = false
                }
                return false
            }
        }
        state.wakeAll()
        return true
    }

    /// What the job that was begun came to, or that it takes longer than `patience`.
    func result(within patience: Duration) -> SinkFailure? {
        let result = state.wait(atMost: patience) { state -> SinkFailure?? in
            state.result
        }
        return result ?? hung
    }

    /// What is said of a sink that does not come back.
    var hung: SinkFailure {
        SinkFailure("the audit sink \(name) hangs", "see what holds its file system up")
    }

    private static func work(_ state: Monitor<State>) {
        while true {
            let job = state.wait { state -> (@Sendable () -> SinkFailure?)?? in
                if let job = state.job.take() {
                    state.isRunning = true
                    return job
                }
                return state.isClosed ? .some(nil) : nil
            }
            guard let job else { return }
            let failure = job()
            state.withLock {
                $0.isRunning = false
                $0.result = .some(failure)
            }
            state.wakeAll()
        }
    }
}
