internal import Glibc
internal import Locking
internal import SQLite

/// Tells waiting tasks when the file changes, whichever process changes it.
///
/// Commits of this process are announced; those of others are found by asking SQLite for its
/// `data_version` while, and only while, somebody waits.
// Safe: `connection` is used on the watching thread alone, once `run` has begun there.
final class ChangeWatch: @unchecked Sendable {
    /// Why a wait is over.
    enum Outcome: Sendable {
        case changed, timedOut, cancelled, closed
    }

    @safe private struct Waiter: Sendable {
        let continuation: UnsafeContinuation<Outcome, Never>
        let deadline: ContinuousClock.Instant
    }

    private struct State: Sendable {
        var generation: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        var nextTicket: UInt64 = 0
        var isStarted = false
        var isClosed = false
    }

    private let state = Monitor(State())
    private let connection: SQLiteConnection
    /// The state of the file before anyone has read it.
    private let firstVersion: SQLiteValue?

    init(connection: sending SQLiteConnection) {
        firstVersion = Self.version(connection)
        self.connection = connection
    }

    /// Counts the changes; a wait begins from the count that its caller has dealt with.
    var generation: UInt64 { state.withLock { $0.generation } }

    /// Announces a change.
    func advance() { finishAll(.changed) }

    /// Suspends the task until there is a change after `generation`.
    func wait(
        after generation: UInt64, until deadline: ContinuousClock.Instant
    ) async throws(SandboxError) -> Outcome {
        let ticket = try state.withLock { state throws(SandboxError) in
            guard state.waiters.count < SandboxLimits.waiters else { throw .tooManyWaiters }
            state.nextTicket += 1
            return state.nextTicket
        }
        return await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                let (answer, starts) = begin(
                    ticket, unsafe Waiter(continuation: continuation, deadline: deadline),
                    after: generation)
                if let answer { unsafe continuation.resume(returning: answer) }
                if starts { start() }
                state.wakeOne()
            }
        } onCancel: {
            finish(ticket, .cancelled)
        }
    }

    /// Ends every wait, now and later, and the thread.
    func close() {
        let wasStarted = state.withLock { state in
            state.isClosed = true
            return state.isStarted
        }
        finishAll(.closed)
        if wasStarted { state.wakeAll() } else { connection.close() }
    }

    private func begin(
        _ ticket: UInt64, _ waiter: Waiter, after generation: UInt64
    ) -> (answer: Outcome?, startsThread: Bool) {
        state.withLock { state in
            if state.isClosed { return (.closed, false) }
            if Task.isCancelled { return (.cancelled, false) }
            if state.generation != generation { return (.changed, false) }
            state.waiters[ticket] = waiter
            defer { state.isStarted = true }
            return (nil, !state.isStarted)
        }
    }

    private func finish(_ ticket: UInt64, _ outcome: Outcome) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: ticket) }
        if let waiter { unsafe waiter.continuation.resume(returning: outcome) }
    }

    private func finishAll(_ outcome: Outcome) {
        let waiters = state.withLock { state in
            state.generation &+= 1
            defer { if !state.waiters.isEmpty { state.waiters = [:] } }
            return state.waiters
        }
        for waiter in waiters.values { unsafe waiter.continuation.resume(returning: outcome) }
    }

    // MARK: The thread

    private func start() {
        // Without a thread, commits of this process still end the waits.
        _ = WorkerThread.start(named: "sandbox-watch") { self.run() }
    }

    private func run() {
        var version = firstVersion
        while waitForWaiters() {
            usleep(UInt32(SandboxLimits.pollMilliseconds) * 1_000)
            let now = Self.version(connection)
            if now != version { finishAll(.changed) }
            version = now
            finishExpired()
        }
        connection.close()
    }

    private func waitForWaiters() -> Bool {
        state.wait { state in
            if state.isClosed { return false }
            return state.waiters.isEmpty ? nil : true
        }
    }

    private func finishExpired() {
        let now = ContinuousClock.now
        let expired = state.withLock { state in
            let expired = state.waiters.filter { $0.value.deadline <= now }
            for ticket in expired.keys { state.waiters[ticket] = nil }
            return expired
        }
        for waiter in expired.values { unsafe waiter.continuation.resume(returning: .timedOut) }
    }

    /// SQLite's count of the commits that other connections have made; `nil` when it fails.
    private static func version(_ connection: SQLiteConnection) -> SQLiteValue? {
        try? connection.first("PRAGMA data_version")?[0]
    }
}
