private import Glibc
private import Locking

/// Read-only connections for callers who read on their own thread, beside the writer.
///
/// A connection is opened when it is first needed and lent to one caller at a time. Nobody waits for
/// one, so that short reads cost no change of threads; for long ones there is ``SQLiteReaders``.
package final class SQLiteReaderPool: Sendable {
    private let path: String
    private let options: SQLiteOptions
    private let file: FileIdentity?
    private let state: Monitor<State>

    /// A connection that nobody uses.
    // Safe: it leaves the pool's state under its lock, to one caller, and comes back the same way.
    private struct Idle: @unchecked Sendable {
        let connection: SQLiteConnection
    }

    private struct State: Sendable {
        var idle: [Idle] = []
        /// How many more may be opened.
        var unopened: Int
        var lent = 0
        var isPaused = false
        var isClosed = false
    }

    /// A pool of at most `count` connections to an existing database; none is opened yet.
    ///
    /// What is put in the place of the file afterwards is never opened: two files with one log would
    /// damage each other.
    package init(path: String, count: Int, options: SQLiteOptions = SQLiteOptions()) {
        self.path = path
        self.options = options
        file = FileIdentity(of: path)
        state = Monitor(State(unopened: min(max(0, count), SQLiteLimits.readers)))
    }

    /// Runs `body` on this thread, in one state of the database: everything committed before it
    /// began, nothing later.
    ///
    /// - Returns: `nil`, and `body` did not run, when every connection is lent, or the pool is paused
    ///   or closed.
    /// - Throws: What `body` throws; what opening throws; `.readOnly` when it writes.
    package func read<R>(_ body: (SQLiteConnection) throws -> R) throws -> R? {
        guard let connection = try borrow() else { return nil }
        defer { giveBack(connection) }
        return try connection.reading(body)
    }

    /// Closes the connections, those that are lent as soon as they come back, then returns.
    package func close() {
        state.withLock {
            $0.isClosed = true
            for idle in $0.idle { idle.connection.close() }
            $0.idle = []
        }
        state.wait { $0.lent == 0 ? () : nil }
    }

    /// Runs `body` while no connection is lent, and whoever asks for one gets none.
    ///
    /// It waits at most ``SQLiteLimits/poolPause`` for those that are lent, and then runs nevertheless.
    func paused<R>(_ body: () -> R) -> R {
        state.withLock { $0.isPaused = true }
        defer { state.withLock { $0.isPaused = false } }
        _ = state.wait(atMost: SQLiteLimits.poolPause) { $0.lent == 0 ? () : nil }
        return body()
    }

    private func borrow() throws(SQLiteError) -> SQLiteConnection? {
        enum Loan: Sendable {
            case opened(Idle)
            case toOpen
        }
        let loan: Loan? = state.withLock { state in
            guard !state.isClosed, !state.isPaused else { return nil }
            if let idle = state.idle.popLast() {
                state.lent += 1
                return .opened(idle)
            }
            guard state.unopened > 0 else { return nil }
            state.unopened -= 1
            state.lent += 1
            return .toOpen
        }
        switch loan {
        case .opened(let idle): return idle.connection
        case .toOpen:
            do {
                return try open()
            } catch {
                state.withLock {
                    $0.unopened += 1
                    $0.lent -= 1
                }
                state.wakeAll()
                throw error
            }
        case nil: return nil
        }
    }

    private func open() throws(SQLiteError) -> SQLiteConnection {
        guard let file, FileIdentity(of: path) == file else {
            throw .cannotOpen(path: path, reason: "another file is in its place")
        }
        return try SQLiteConnection(path: path, mode: .readOnly, options: options)
    }

    private func giveBack(_ connection: SQLiteConnection) {
        let idle = Idle(connection: connection)
        // One whose transaction could not be ended would hold the log back for good.
        let isUsable = !connection.isInTransaction
        if !isUsable { connection.close() }
        state.withLock {
            $0.lent -= 1
            if $0.isClosed {
                idle.connection.close()
            } else if isUsable {
                $0.idle.append(idle)
            } else {
                $0.unopened += 1
            }
        }
        state.wakeAll()
    }
}

/// Which file a path leads to.
private struct FileIdentity: Sendable, Equatable {
    private let device: dev_t
    private let inode: ino_t

    init?(of path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        device = status.st_dev
        inode = status.st_ino
    }
}
