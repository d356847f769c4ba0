private import CSQLite
private import Glibc

/// The row a scan stands on, read in place; it is lent to the body of a scan and no longer.
@safe package struct SQLiteRowView: ~Copyable {
    private let statement: Statement
    private let count: Int

    init(_ statement: Statement) {
        self.statement = statement
        count = statement.columnCount
    }

    /// A copy of the whole row.
    package func copy() throws(SQLiteError) -> SQLiteRow { try statement.row() }

    /// Whether the column holds NULL.
    package func isNull(_ column: Int) -> Bool {
        statement.type(column) == SQLITE_NULL
    }

    /// The integer of a column; anything else is `.wrongType`.
    package func integer(_ column: Int) throws(SQLiteError) -> Int64 {
        try require(column, SQLITE_INTEGER, "INTEGER")
        return statement.integer(column)
    }

    /// A copy of the text of a column; anything else is `.wrongType`.
    package func text(_ column: Int) throws(SQLiteError) -> String {
        try require(column, SQLITE_TEXT, "TEXT")
        return statement.text(column)
    }

    /// A copy of the bytes of a column; anything else is `.wrongType`.
    package func blob(_ column: Int) throws(SQLiteError) -> [UInt8] {
        try require(column, SQLITE_BLOB, "BLOB")
        return unsafe [UInt8](statement.bytes(column))
    }

    /// Lends the bytes of a TEXT or BLOB column to `body` without a copy; anything else is
    /// `.wrongType`.
    package func withBytes<R>(
        _ column: Int, _ body: (Span<UInt8>) throws(SQLiteError) -> R
    ) throws(SQLiteError) -> R {
        if column >= 0, column < count, statement.type(column) == SQLITE_TEXT {
            return try body(unsafe statement.bytes(column).span)
        }
        try require(column, SQLITE_BLOB, "BLOB")
        return try body(unsafe statement.bytes(column).span)
    }

    /// Whether the row has these values and no others; nothing is copied.
    package func holds(_ values: [SQLiteValue]) -> Bool {
        guard values.count == count else { return false }
        for column in values.indices {
            let type = statement.type(column)
            let isEqual =
                switch values[column] {
                case .null: type == SQLITE_NULL
                case .integer(let number):
                    type == SQLITE_INTEGER && statement.integer(column) == number
                case .text(let text):
                    unsafe type == SQLITE_TEXT && statement.bytes(column).elementsEqual(text.utf8)
                case .blob(let bytes):
                    type == SQLITE_BLOB && isBlob(column, bytes)
                }
            guard isEqual else { return false }
        }
        return true
    }

    private func isBlob(_ column: Int, _ bytes: [UInt8]) -> Bool {
        let found = unsafe statement.bytes(column)
        guard found.count == bytes.count, let start = found.baseAddress else {
            return found.isEmpty && bytes.isEmpty
        }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            guard let other = bytes.baseAddress else { return true }
            return unsafe memcmp(start, other, found.count) == 0
        }
    }

    /// A copy of the value of a column.
    package func value(_ column: Int) throws(SQLiteError) -> SQLiteValue {
        guard column >= 0, column < count else {
            throw .wrongType(column: "#\(column)", expected: "a value", found: "no column")
        }
        return try statement.value(column)
    }

    private func require(
        _ column: Int, _ type: CInt, _ expected: String
    ) throws(SQLiteError) {
        guard column >= 0, column < count else {
            throw .wrongType(column: "#\(column)", expected: expected, found: "no column")
        }
        let found = statement.type(column)
        guard found == type else {
            throw .wrongType(
                column: statement.columnName(column), expected: expected,
                found: Statement.typeName(found))
        }
    }
}
