private import CSQLite

/// How long the write-ahead log is, as SQLite tells after each commit; the connection owns it and
/// outlives the callback.
final class LogSize {
    /// Pages in the log, those that are in the database already included.
    fileprivate(set) var pages = 0

    /// The callback for `sqlite3_wal_hook`; its context is an unretained `LogSize`.
    fileprivate static let note:
        @convention(c) (
            UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, CInt
        ) -> CInt = { context, _, _, pages in
            guard let context = unsafe context else { return SQLITE_OK }
            unsafe Unmanaged<LogSize>.fromOpaque(context).takeUnretainedValue().pages = Int(pages)
            return SQLITE_OK
        }
}

extension SQLiteConnection {
    /// Leaves it to the caller when the log is moved into the database, which SQLite otherwise does
    /// inside of every commit once the log is long.
    func takeOverCheckpoints() throws(SQLiteError) {
        let handle = try unsafe openedHandle()
        _ = unsafe sqlite3_wal_hook(
            handle, LogSize.note, Unmanaged.passUnretained(log).toOpaque())
    }

    /// Moves as much of the log into the database as readers let go of.
    ///
    /// - Returns: Whether that was all, so that the next commit begins the log anew.
    func checkpoint() throws(SQLiteError) -> Bool {
        var pages: CInt = -1
        var moved: CInt = -1
        try check(
            unsafe sqlite3_wal_checkpoint_v2(
                try openedHandle(), "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &moved))
        return pages == moved
    }
}
