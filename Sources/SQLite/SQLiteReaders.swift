private import Locking

/// Read-only connections on threads of their own, beside the writer.
///
/// Each job sees one state of the database: everything committed before it began, nothing later.
package final class SQLiteReaders: Sendable {
    private let queue: JobQueue

    /// Opens `count` connections (1 to `SQLiteLimits.readers`) to an existing database.
    package init(
        path: String, count: Int, options: SQLiteOptions = SQLiteOptions(),
        queueLimit: Int = SQLiteLimits.queuedJobs
    ) throws(SQLiteError) {
        let count = min(max(1, count), SQLiteLimits.readers)
        var readers: [Reader] = []
        let queue = JobQueue(limit: queueLimit, threads: count)
        for _ in 0..<count {
            let connection = try SQLiteConnection(path: path, mode: .readOnly, options: options)
            readers.append(Reader(connection: connection, queue: queue))
        }
        for (index, reader) in readers.enumerated() {
            guard WorkerThread.start(named: "sqlite-reader", { reader.run() }) else {
                for _ in index..<count { queue.threadEnded() }
                queue.close {}
                throw .outOfResources
            }
        }
        self.queue = queue
    }

    deinit { queue.close {} }

    /// Runs `body` on the next free connection.
    ///
    /// - Throws: What `body` throws; `.readOnly` when it writes; `.overloaded` and `.closed`.
    package func read<R: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws -> R {
        try await queue.perform(.read, body)
    }

    /// `read` for a caller without a task.
    ///
    /// Called from a job of the same readers, it could wait for itself.
    package func readNow<R: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) throws -> R {
        try queue.performNow(.read, body)
    }

    /// Refuses new jobs, finishes those that wait, closes the connections, then returns.
    package func close() async {
        await withCheckedContinuation { continuation in queue.close { continuation.resume() } }
    }
}

/// One reading thread.
// Safe: the connection is used on the reader's thread alone, once `run` has begun there.
private final class Reader: @unchecked Sendable {
    private let connection: SQLiteConnection
    private let queue: JobQueue

    init(connection: sending SQLiteConnection, queue: JobQueue) {
        self.connection = connection
        self.queue = queue
    }

    func run() {
        while let jobs = queue.take(atMost: 1) {
            for job in jobs { SingleJob.run(job, on: connection) }
        }
        connection.close()
        queue.threadEnded()
    }
}
