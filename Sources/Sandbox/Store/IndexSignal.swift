internal import Locking

/// What the indexer is told, and who waits for it.
final class IndexSignal: Sendable {
    /// Somebody who needs every message up to `number` in the index.
    @safe private struct Waiter: Sendable {
        let number: Int64
        let continuation: UnsafeContinuation<SandboxError?, Never>
    }

    /// Somebody who waits for the end of the thread.
    @safe private struct Closer: Sendable {
        let continuation: UnsafeContinuation<Void, Never>
    }

    private struct State: Sendable {
        /// Something was committed since the indexer last looked.
        var hasNews = false
        var lastNews: ContinuousClock.Instant?
        var indexed: Int64 = 0
        var waiters: [Waiter] = []
        var isClosed = false
        var hasEnded = false
        var closers: [Closer] = []
    }

    private let state = Monitor(State())

    /// Notes a COMMIT of this process; called once for each group.
    func committed() {
        let wasAsleep = state.withLock { state in
            defer {
                state.hasNews = true
                state.lastNews = .now
            }
            return !state.hasNews
        }
        if wasAsleep { state.wakeOne() }
    }

    /// Suspends the task until the index holds every message up to `number`.
    func wait(for number: Int64) async throws(SandboxError) {
        let error = await unsafe withUnsafeContinuation { continuation in
            let answer: SandboxError?? = state.withLock { state in
                if state.isClosed { return .some(.closed) }
                if state.indexed >= number { return .some(nil) }
                state.waiters.append(unsafe Waiter(number: number, continuation: continuation))
                return nil
            }
            if let answer {
                unsafe continuation.resume(returning: answer)
            } else {
                self.state.wakeOne()
            }
        }
        if let error { throw error }
    }

    // MARK: The indexer's side

    /// Sleeps until there is something to do; `false` once closed.
    func waitForWork() -> Bool {
        state.wait { state in
            if state.isClosed { return false }
            guard state.hasNews || !state.waiters.isEmpty else { return nil }
            state.hasNews = false
            return true
        }
    }

    /// Whether the indexer should go on at once rather than rest.
    var isUrgent: Bool { state.withLock { $0.isClosed || !$0.waiters.isEmpty } }

    /// Whether mail arrived within the last moment.
    var isBusy: Bool {
        state.withLock { state in
            guard let last = state.lastNews else { return false }
            return ContinuousClock.now - last < SandboxLimits.quiet
        }
    }

    /// Whether the end was asked for.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Tells those who waited for messages up to `number` that they are in the index.
    func reached(_ number: Int64) {
        let due = state.withLock { state in
            state.indexed = max(state.indexed, number)
            let due = state.waiters.filter { $0.number <= number }
            if !due.isEmpty { state.waiters.removeAll { $0.number <= number } }
            return due
        }
        for waiter in due { unsafe waiter.continuation.resume(returning: nil) }
    }

    /// Tells everyone who waits why it cannot go on.
    func failed(_ error: SandboxError) {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { unsafe waiter.continuation.resume(returning: error) }
    }

    /// Notes that the thread is gone.
    func ended() {
        let closers = state.withLock { state in
            state.hasEnded = true
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { unsafe closer.continuation.resume() }
    }

    /// Asks the thread to end and returns when it has.
    func close() async {
        failed(.closed)
        await unsafe withUnsafeContinuation { continuation in
            let hasEnded = state.withLock { state in
                state.isClosed = true
                if !state.hasEnded {
                    state.closers.append(unsafe Closer(continuation: continuation))
                }
                return state.hasEnded
            }
            state.wakeAll()
            if hasEnded { unsafe continuation.resume() }
        }
        failed(.closed)
    }
}
