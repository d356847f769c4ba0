private import CSQLite

/// A prepared statement of one connection, finalised when it is let go.
@safe final class Statement {
    private let handle: OpaquePointer
    private let database: OpaquePointer
    private let path: String
    private let sql: SQL
    /// Whether a call up the stack is reading from it.
    var isBusy = false
    private var names: (compilations: CInt, columns: [String])?

    /// Compiles one statement; more than one in `sql` is refused.
    init(_ sql: SQL, on database: OpaquePointer, path: String) throws(SQLiteError) {
        var text = sql.text
        let length = text.utf8.count
        var raw: OpaquePointer?
        var rest = 0
        let code = text.withUTF8 { bytes -> CInt in
            guard let start = bytes.baseAddress else { return SQLITE_OK }
            return unsafe start.withMemoryRebound(to: CChar.self, capacity: length) { start in
                var tail: UnsafePointer<CChar>?
                let code = unsafe sqlite3_prepare_v3(
                    database, start, CInt(clamping: length), UInt32(SQLITE_PREPARE_PERSISTENT),
                    &raw, &tail)
                if let tail = unsafe tail { rest = unsafe length - (tail - start) }
                return code
            }
        }
        guard code == SQLITE_OK else {
            throw unsafe SQLiteError(code: code, handle: database, path: path, sql: sql)
        }
        guard let raw = unsafe raw else {
            throw .invalidStatement(sql: sql.text, message: "there is no statement in it")
        }
        unsafe handle = raw
        unsafe self.database = database
        self.path = path
        self.sql = sql
        let tail = text.utf8.suffix(rest)
        guard tail.allSatisfy({ $0 <= UInt8(ascii: " ") || $0 == UInt8(ascii: ";") }) else {
            throw .invalidStatement(sql: sql.text, message: "there is more than one statement")
        }
    }

    deinit { unsafe sqlite3_finalize(handle) }

    // MARK: Running

    /// Runs `body` with the values bound; afterwards the statement is reset and holds none.
    func withValues<R>(
        _ values: [SQLiteValue], _ body: () throws(SQLiteError) -> R
    ) throws(SQLiteError) -> R {
        let wanted = unsafe Int(sqlite3_bind_parameter_count(handle))
        guard wanted == values.count else {
            throw .misuse("\(values.count) values for \(wanted) parameters in [\(sql.text)]")
        }
        defer { finish() }
        return try bind(values, from: 0, body)
    }

    /// Goes to the next row; `false` at the end.
    func step() throws(SQLiteError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw unsafe SQLiteError(code: code, handle: database, path: path, sql: sql)
        }
    }

    private func finish() {
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }

    /// Binds the values from `index` on, then runs `body` inside the closures that lend the bytes
    /// of the large ones.
    private func bind<R>(
        _ values: [SQLiteValue], from index: Int, _ body: () throws(SQLiteError) -> R
    ) throws(SQLiteError) -> R {
        for next in index..<values.count {
            let parameter = CInt(next + 1)
            switch values[next] {
            case .null:
                try check(unsafe sqlite3_bind_null(handle, parameter))
            case .integer(let value):
                try check(unsafe sqlite3_bind_int64(handle, parameter, value))
            case .text(var value):
                let code = value.withUTF8 { bytes in
                    unsafe signet_sqlite_bind_text(
                        handle, parameter, bytes.baseAddress, UInt64(bytes.count))
                }
                try check(code)
            case .blob(let value) where value.count < SQLiteLimits.inPlaceBlobBytes:
                let code = unsafe value.withUnsafeBufferPointer { bytes in
                    unsafe signet_sqlite_bind_blob(
                        handle, parameter, bytes.baseAddress, UInt64(bytes.count))
                }
                try check(code)
            case .blob(let value):
                return try unsafe value.withUnsafeBufferPointer {
                    (bytes) throws(SQLiteError) -> R in
                    try check(
                        unsafe signet_sqlite_bind_blob_in_place(
                            handle, parameter, bytes.baseAddress, UInt64(bytes.count)))
                    return try bind(values, from: next + 1, body)
                }
            }
        }
        return try body()
    }

    private func check(_ code: CInt) throws(SQLiteError) {
        guard code == SQLITE_OK else {
            throw unsafe SQLiteError(code: code, handle: database, path: path, sql: sql)
        }
    }

    // MARK: Reading

    var columnCount: Int { unsafe Int(sqlite3_column_count(handle)) }

    /// The names of the columns, read again only after SQLite has compiled the statement again.
    var columnNames: [String] {
        let compilations = unsafe sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0)
        if let names, names.compilations == compilations { return names.columns }
        let columns = (0..<columnCount).map(columnName)
        names = (compilations, columns)
        return columns
    }

    func columnName(_ column: Int) -> String {
        guard let name = unsafe sqlite3_column_name(handle, CInt(column)) else { return "" }
        return unsafe String(cString: name)
    }

    func type(_ column: Int) -> CInt { unsafe sqlite3_column_type(handle, CInt(column)) }

    func integer(_ column: Int) -> Int64 { unsafe sqlite3_column_int64(handle, CInt(column)) }

    func text(_ column: Int) -> String { unsafe String(decoding: bytes(column), as: UTF8.self) }

    /// The bytes of a TEXT or BLOB column, valid until the next step.
    func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        guard let start = unsafe sqlite3_column_blob(handle, CInt(column)) else {
            return unsafe UnsafeBufferPointer(start: nil, count: 0)
        }
        let count = unsafe Int(sqlite3_column_bytes(handle, CInt(column)))
        return unsafe UnsafeBufferPointer(
            start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }

    /// A copy of the row the statement stands on.
    func row() throws(SQLiteError) -> SQLiteRow {
        let columns = columnNames
        var values: [SQLiteValue] = []
        values.reserveCapacity(columns.count)
        for column in columns.indices { values.append(try value(column)) }
        return SQLiteRow(values: values, columns: columns)
    }

    func value(_ column: Int) throws(SQLiteError) -> SQLiteValue {
        switch type(column) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .integer(integer(column))
        case SQLITE_TEXT: return .text(text(column))
        case SQLITE_BLOB: return unsafe .blob([UInt8](bytes(column)))
        case let type:
            throw .wrongType(
                column: columnName(column), expected: "INTEGER, TEXT or BLOB",
                found: Self.typeName(type))
        }
    }

    static func typeName(_ type: CInt) -> String {
        switch type {
        case SQLITE_NULL: "NULL"
        case SQLITE_INTEGER: "INTEGER"
        case SQLITE_FLOAT: "REAL"
        case SQLITE_TEXT: "TEXT"
        case SQLITE_BLOB: "BLOB"
        default: "type \(type)"
        }
    }
}
