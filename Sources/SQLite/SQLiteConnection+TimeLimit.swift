private import CSQLite

extension SQLiteConnection {
    /// Runs `body`, whose statements end with `.interrupted` once `duration` has passed.
    ///
    /// The clock is read every few thousand steps of SQLite's machine; waiting for a lock is
    /// bounded by the busy timeout instead.
    package func limited<R>(
        to duration: Duration, _ body: () throws(SQLiteError) -> R
    ) throws(SQLiteError) -> R {
        let handle = try unsafe openedHandle()
        let limit = TimeLimit(end: ContinuousClock.now + duration)
        unsafe sqlite3_progress_handler(
            handle, 4_000, TimeLimit.isOver, Unmanaged.passUnretained(limit).toOpaque())
        // A body that closes the connection takes the handler with it.
        defer {
            if let open = unsafe self.handle { unsafe sqlite3_progress_handler(open, 0, nil, nil) }
        }
        return try withExtendedLifetime(limit) { () throws(SQLiteError) -> R in try body() }
    }
}

/// The moment after which SQLite's progress callback says stop.
private final class TimeLimit {
    private let end: ContinuousClock.Instant

    init(end: ContinuousClock.Instant) { self.end = end }

    static let isOver: @convention(c) (UnsafeMutableRawPointer?) -> CInt = { context in
        guard let context = unsafe context else { return 0 }
        let limit = unsafe Unmanaged<TimeLimit>.fromOpaque(context).takeUnretainedValue()
        return ContinuousClock.now >= limit.end ? 1 : 0
    }
}
