private import Locking

/// The one writer of a database: its own thread, which commits the jobs that wait in groups.
///
/// A job runs in a savepoint; when it throws, its changes alone are undone. It is answered after
/// the COMMIT that holds it is on the disk. Jobs that arrive during that COMMIT form the next
/// group. A job that is queued runs even when the task that waits for it is cancelled.
package final class SQLiteWriter: Sendable {
    private let queue: JobQueue
    private let thread: WorkerIdentity

    /// Takes over `connection` and starts the thread.
    ///
    /// - Parameter readers: A pool on the same database, kept away while the log is emptied.
    /// - Throws: `.outOfResources` when there is no thread, `.misuse` for a read-only connection.
    package init(
        connection: sending SQLiteConnection, observer: (any SQLiteGroupObserver)? = nil,
        readers: SQLiteReaderPool? = nil, queueLimit: Int = SQLiteLimits.queuedJobs
    ) throws(SQLiteError) {
        guard connection.mode != .readOnly else { throw .misuse("a writer needs to write") }
        try connection.takeOverCheckpoints()
        let queue = JobQueue(limit: queueLimit, threads: 1)
        let thread = WorkerIdentity()
        let committer = GroupCommitter(
            connection: connection, observer: observer, queue: queue, readers: readers)
        let started = WorkerThread.start(named: "sqlite-writer") {
            thread.set()
            committer.run()
        }
        guard started else { throw .outOfResources }
        self.queue = queue
        self.thread = thread
    }

    deinit { queue.close {} }

    /// Runs `body` in the next group and returns once its COMMIT is durable.
    ///
    /// - Throws: What `body` throws, after its changes are undone; what the COMMIT of the group
    ///   throws; `.overloaded` and `.closed` before anything ran.
    package func transaction<R: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws -> R {
        try await perform(.transaction, body)
    }

    /// The same for a caller without a task; it blocks its thread.
    ///
    /// Calling it from a job of the same writer is a programmer's mistake.
    package func transactionNow<R: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) throws -> R {
        try performNow(.transaction, body)
    }

    /// The same with a callback: `completion` runs on the writer's thread, must be short, and is
    /// called exactly once unless this throws.
    package func submit<R: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R,
        completion: @escaping @Sendable (Result<R, any Error>) -> Void
    ) throws(SQLiteError) {
        try queue.add(TypedJob(.transaction, body, completion: completion))
    }

    /// Runs `body` between two groups: it sees every transaction queued before it, and one state.
    ///
    /// - Throws: What `body` throws; `.misuse` when it writes, and nothing of that stays.
    package func read<R: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws -> R {
        try await perform(.read, body)
    }

    /// `read` for a caller without a task.
    package func readNow<R: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) throws -> R {
        try performNow(.read, body)
    }

    /// Runs `body` between two groups without a transaction: checkpoints, checks, backups, VACUUM.
    package func exclusively<R: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws -> R {
        try await perform(.bare, body)
    }

    /// `exclusively` for a caller without a task.
    package func exclusivelyNow<R: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) throws -> R {
        try performNow(.bare, body)
    }

    /// How many jobs wait now, those of the open group excepted.
    package var queuedJobs: Int { queue.count }

    /// Refuses new jobs, finishes those that wait, closes the connection, then returns.
    package func close() async {
        await withCheckedContinuation { continuation in queue.close { continuation.resume() } }
    }

    /// `close` for a caller without a task.
    package func closeNow() {
        precondition(!thread.isCurrent, "a job cannot wait for its own writer")
        let done = Monitor(false)
        queue.close {
            done.withLock { $0 = true }
            done.wakeAll()
        }
        done.wait { $0 ? () : nil }
    }

    private func perform<R: Sendable>(
        _ kind: Job.Kind, _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws -> R {
        try await queue.perform(kind, body)
    }

    private func performNow<R: Sendable>(
        _ kind: Job.Kind, _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) throws -> R {
        precondition(!thread.isCurrent, "a job cannot wait for its own writer")
        return try queue.performNow(kind, body)
    }
}

/// Remembers which thread a worker is, to notice a job that would wait for itself.
private final class WorkerIdentity: Sendable {
    private let id = Locked<WorkerThread.ID?>(nil)

    func set() { id.withLock { $0 = WorkerThread.current } }

    var isCurrent: Bool { id.withLock { $0 } == WorkerThread.current }
}
