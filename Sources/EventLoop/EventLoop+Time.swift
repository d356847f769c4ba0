extension EventLoop {
    /// Suspends the task for `duration`, rounded up to a millisecond.
    ///
    /// - Throws: `.cancelled` or `.stopped`.
    package func sleep(for duration: Duration) async throws(EventLoopError) {
        preconditionOnLoop()
        let pending = Pending<Void>()
        let timer = try ActionTimer(loop: self) { pending.finish(.success(())) }
        timer.whenClosed = { pending.finish(.failure($0)) }
        defer { timer.close() }
        try await pending.wait(on: self) { timer.set(due: now() + duration.timerMilliseconds) }
    }

    /// Runs `body` as a child task that is cancelled when the time is over.
    ///
    /// It closes nothing itself and returns only when `body` has ended, so `body` must heed
    /// cancellation, as everything on the loop does.
    /// - Throws: `EventLoopError.timedOut` when the time ran out first, otherwise what `body`
    /// throws.
    package func withDeadline<R: Sendable>(
        _ duration: Duration, _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        try await withThrowingTaskGroup(of: Race<R>.self) { group in
            group.addTask(executorPreference: self) { .done(try await body()) }
            group.addTask(executorPreference: self) {
                do { try await self.sleep(for: duration) } catch { return .disturbed }
                return .over
            }
            defer { group.cancelAll() }
            var isOver = false
            while let result = await group.nextResult() {
                switch result {
                case .success(.done(let value)): return value
                case .success(.disturbed): break
                case .success(.over):
                    isOver = true
                    group.cancelAll()
                case .failure(let error): throw isOver ? EventLoopError.timedOut : error
                }
            }
            throw EventLoopError.cancelled
        }
    }

    /// A timer set to `deadline` from now, or none.
    func timer(
        _ deadline: Duration?, action: @escaping () -> Void
    ) throws(EventLoopError) -> LoopTimer? {
        guard let deadline else { return nil }
        let timer = try ActionTimer(loop: self, action: action)
        timer.set(due: now() + deadline.timerMilliseconds)
        return timer
    }
}

/// How a race of work against time goes on.
private enum Race<Value: Sendable>: Sendable {
    case done(Value)
    case over
    /// The clock gave up: the task was cancelled or the loop stops, and the work learns it too.
    case disturbed
}
