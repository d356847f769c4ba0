private import CSQLite

extension SQLiteConnection {
    /// Whether a transaction is open.
    package var isInTransaction: Bool {
        guard let handle = unsafe handle else { return false }
        return unsafe sqlite3_get_autocommit(handle) == 0
    }

    /// Whether the open transaction has changed something.
    package var hasWritten: Bool {
        guard let handle = unsafe handle else { return false }
        return unsafe sqlite3_txn_state(handle, "main") == SQLITE_TXN_WRITE
    }

    /// Whether a deferred reference of the open transaction leads nowhere: its COMMIT would fail.
    var hasBrokenReferences: Bool {
        guard let handle = unsafe handle else { return false }
        var now: CInt = 0
        var highest: CInt = 0
        let code = unsafe sqlite3_db_status(
            handle, SQLITE_DBSTATUS_DEFERRED_FKS, &now, &highest, 0)
        return code == SQLITE_OK && now != 0
    }

    /// Opens a transaction that holds the write lock from the start.
    package func begin() throws(SQLiteError) {
        try refuseInsideOwned()
        try control("BEGIN IMMEDIATE")
    }

    /// Opens a transaction that sees one state of the database while it reads.
    package func beginReading() throws(SQLiteError) {
        try refuseInsideOwned()
        try control("BEGIN DEFERRED")
    }

    /// Makes the open transaction durable; it stays open when this throws.
    package func commit() throws(SQLiteError) {
        try refuseInsideOwned()
        try control("COMMIT")
    }

    /// Undoes the open transaction; harmless when SQLite has undone it already.
    package func rollback() throws(SQLiteError) {
        try refuseInsideOwned()
        try undo()
    }

    /// Runs `body` in one state of the database, of which it may change nothing.
    ///
    /// - Throws: What `body` throws; `.misuse` when it has written, and nothing of that stays.
    func reading<R>(_ body: (SQLiteConnection) throws -> R) throws -> R {
        try beginReading()
        isInsideOwnedTransaction = true
        defer { isInsideOwnedTransaction = false }
        let result = Result { try body(self) }
        let hasWritten = hasWritten
        try undo()
        let value = try result.get()
        if hasWritten { throw SQLiteError.misuse("a job that reads has written") }
        return value
    }

    /// Runs `body` in a transaction of its own: all of it is durable when this returns, or none.
    package func transaction<R>(
        _ body: () throws(SQLiteError) -> R
    ) throws(SQLiteError) -> R {
        try begin()
        isInsideOwnedTransaction = true
        defer { isInsideOwnedTransaction = false }
        do {
            let result = try body()
            try control("COMMIT")
            return result
        } catch {
            try undo()
            throw error
        }
    }

    /// Runs `body` so that its changes, and they alone, are undone when it throws; needs an open
    /// transaction and may be nested.
    package func savepoint<R>(
        _ body: () throws(SQLiteError) -> R
    ) throws(SQLiteError) -> R {
        guard isInTransaction else { throw .misuse("a savepoint needs an open transaction") }
        try control("SAVEPOINT signet")
        do {
            let result = try body()
            try control("RELEASE signet")
            return result
        } catch {
            // A full disk may have undone the whole transaction, and the savepoint with it.
            if isInTransaction {
                try control("ROLLBACK TO signet")
                try control("RELEASE signet")
            }
            throw error
        }
    }

    /// Rolls back if there is something to roll back.
    func undo() throws(SQLiteError) {
        if isInTransaction { try control("ROLLBACK") }
    }

    private func refuseInsideOwned() throws(SQLiteError) {
        if isInsideOwnedTransaction {
            throw .misuse("the transaction belongs to the caller of this code")
        }
    }
}
