private import CSQLite

/// One connection to a database file, hardened when it opens; for one thread at a time.
///
/// Transactions, ATTACH and settings are refused as statements and offered as methods, so that
/// no job can end the group it is part of.
@safe package final class SQLiteConnection {
    /// The path of the file as it was given.
    package let path: String
    /// What the connection may do with its file.
    package let mode: SQLiteOpenMode
    /// The settings the connection was opened with.
    package let options: SQLiteOptions
    private(set) var handle: OpaquePointer?
    private var statements: [SQL.CacheKey: Statement] = [:]
    /// Read by the authorizer while a statement is compiled.
    private let gate = StatementGate()
    /// Known once ``takeOverCheckpoints()`` was called and something was committed.
    let log = LogSize()
    /// Whether a group commit, or `transaction`, owns the transaction that is open.
    var isInsideOwnedTransaction = false

    /// Opens a database file and switches every protection on.
    ///
    /// - Throws: `.missing`, `.cannotOpen`, `.permissionDenied`, `.notADatabase`, `.truncated`,
    ///   `.corrupt`, `.foreignDatabase`, `.readOnly`, `.diskFull`, `.busy` or `.notHardened`.
    package init(
        path: String, mode: SQLiteOpenMode, options: SQLiteOptions = SQLiteOptions()
    ) throws(SQLiteError) {
        self.path = path
        self.mode = mode
        self.options = options
        unsafe handle = try Self.openHandle(path: path, mode: mode)
        do {
            try harden()
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// Closes the file; later calls throw `.closed`.
    ///
    /// The last connection to close empties the log.
    package func close() {
        statements = [:]
        guard let open = unsafe handle else { return }
        unsafe handle = nil
        unsafe sqlite3_close_v2(open)
    }

    // MARK: Statements

    /// Runs one statement to its end and returns how many rows it changed itself.
    package func run(_ sql: SQL, _ values: [SQLiteValue] = []) throws(SQLiteError) -> Int {
        let handle = try unsafe openedHandle()
        let before = unsafe sqlite3_total_changes64(handle)
        try withStatement(sql, values) { statement throws(SQLiteError) in
            while try statement.step() {}
        }
        guard unsafe sqlite3_total_changes64(handle) != before else { return 0 }
        return Int(unsafe sqlite3_changes64(handle))
    }

    /// Runs one statement and returns its rows; for large answers use `forEach`.
    package func query(
        _ sql: SQL, _ values: [SQLiteValue] = []
    ) throws(SQLiteError) -> [SQLiteRow] {
        try withStatement(sql, values) { statement throws(SQLiteError) -> [SQLiteRow] in
            var rows: [SQLiteRow] = []
            while try statement.step() { rows.append(try statement.row()) }
            return rows
        }
    }

    /// Runs one statement and returns its first row, if it has one.
    package func first(
        _ sql: SQL, _ values: [SQLiteValue] = []
    ) throws(SQLiteError) -> SQLiteRow? {
        try withStatement(sql, values) { statement throws(SQLiteError) -> SQLiteRow? in
            try statement.step() ? try statement.row() : nil
        }
    }

    /// Lends each row to `body`, nothing copied, until it returns `false` or the rows end.
    package func forEach(
        _ sql: SQL, _ values: [SQLiteValue] = [],
        _ body: (borrowing SQLiteRowView) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) {
        try withStatement(sql, values) { statement throws(SQLiteError) in
            while try statement.step() {
                guard try body(SQLiteRowView(statement)) else { return }
            }
        }
    }

    /// Runs a script of several statements without parameters, as migrations have them.
    package func execute(_ script: SQL) throws(SQLiteError) {
        try execute(script, privileged: false)
    }

    /// The rowid of the row inserted last on this connection.
    package var lastInsertedRowID: Int64 {
        guard let handle = unsafe handle else { return 0 }
        return unsafe sqlite3_last_insert_rowid(handle)
    }

    // MARK: Inside the target

    func openedHandle() throws(SQLiteError) -> OpaquePointer {
        guard let handle = unsafe handle else { throw .closed }
        return unsafe handle
    }

    /// Runs a script that may also open transactions and change settings.
    func execute(_ script: SQL, privileged: Bool) throws(SQLiteError) {
        let handle = try unsafe openedHandle()
        gate.isOpen = privileged
        defer { gate.isOpen = false }
        let code = unsafe sqlite3_exec(handle, script.text, nil, nil, nil)
        try check(code, script)
    }

    /// Runs one statement of this target's own, kept compiled.
    func control(_ sql: SQL) throws(SQLiteError) {
        gate.isOpen = true
        defer { gate.isOpen = false }
        try withStatement(sql, []) { statement throws(SQLiteError) in
            while try statement.step() {}
        }
    }

    /// Asks a setting; `nil` when SQLite answers with no row.
    func setting(_ pragma: SQL) throws(SQLiteError) -> SQLiteValue? {
        gate.isOpen = true
        defer { gate.isOpen = false }
        return try first(pragma)?[0]
    }

    func check(_ code: CInt, _ sql: SQL? = nil) throws(SQLiteError) {
        guard code == SQLITE_OK else {
            throw unsafe SQLiteError(code: code, handle: handle, path: path, sql: sql)
        }
    }

    /// Puts the gate in front of every statement compiled from now on.
    func installGate() throws(SQLiteError) {
        try check(
            unsafe sqlite3_set_authorizer(
                try openedHandle(), StatementGate.decide,
                Unmanaged.passUnretained(gate).toOpaque()))
    }

    private func withStatement<R>(
        _ sql: SQL, _ values: [SQLiteValue],
        _ body: (Statement) throws(SQLiteError) -> R
    ) throws(SQLiteError) -> R {
        let statement = try statement(for: sql)
        statement.isBusy = true
        defer { statement.isBusy = false }
        return try statement.withValues(values) { () throws(SQLiteError) -> R in
            try body(statement)
        }
    }

    /// A cached statement, or a new one when the cached one is being read up the stack.
    private func statement(for sql: SQL) throws(SQLiteError) -> Statement {
        let handle = try unsafe openedHandle()
        let key = sql.cacheKey
        let cached = statements[key]
        if let cached, !cached.isBusy { return cached }
        let new = try unsafe Statement(sql, on: handle, path: path)
        if cached == nil {
            if statements.count >= SQLiteLimits.cachedStatements {
                statements = statements.filter { $0.value.isBusy }
            }
            statements[key] = new
        }
        return new
    }
}
