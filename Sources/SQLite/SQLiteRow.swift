/// A row of an answer, copied out of SQLite.
package struct SQLiteRow: Sendable, Hashable {
    /// The values from left to right.
    package let values: [SQLiteValue]
    /// The columns' names as the statement gives them, shared by all rows of an answer.
    package let columns: [String]

    /// Makes a row from values and as many names.
    package init(values: [SQLiteValue], columns: [String]) {
        self.values = values
        self.columns = columns
    }

    /// The value of a column, counted from 0; a column that is not there is a programmer's mistake.
    package subscript(_ column: Int) -> SQLiteValue { values[column] }

    /// The integer of a column; anything else is `.wrongType`.
    package func integer(_ column: Int) throws(SQLiteError) -> Int64 {
        guard case .integer(let value)? = value(column) else { throw wrong(column, "INTEGER") }
        return value
    }

    /// The text of a column; anything else is `.wrongType`.
    package func text(_ column: Int) throws(SQLiteError) -> String {
        guard case .text(let value)? = value(column) else { throw wrong(column, "TEXT") }
        return value
    }

    /// The bytes of a column; anything else is `.wrongType`.
    package func blob(_ column: Int) throws(SQLiteError) -> [UInt8] {
        guard case .blob(let value)? = value(column) else { throw wrong(column, "BLOB") }
        return value
    }

    /// The integer of a column or `nil` for NULL; anything else is `.wrongType`.
    package func optionalInteger(_ column: Int) throws(SQLiteError) -> Int64? {
        value(column) == .null ? nil : try integer(column)
    }

    /// The text of a column or `nil` for NULL; anything else is `.wrongType`.
    package func optionalText(_ column: Int) throws(SQLiteError) -> String? {
        value(column) == .null ? nil : try text(column)
    }

    /// The bytes of a column or `nil` for NULL; anything else is `.wrongType`.
    package func optionalBlob(_ column: Int) throws(SQLiteError) -> [UInt8]? {
        value(column) == .null ? nil : try blob(column)
    }

    /// A column of 0 or 1; anything else is `.wrongType`.
    package func bool(_ column: Int) throws(SQLiteError) -> Bool {
        switch value(column) {
        case .integer(0)?: false
        case .integer(1)?: true
        default: throw wrong(column, "0 or 1")
        }
    }

    private func value(_ column: Int) -> SQLiteValue? {
        values.indices.contains(column) ? values[column] : nil
    }

    private func wrong(_ column: Int, _ expected: String) -> SQLiteError {
        let name = columns.indices.contains(column) ? columns[column] : "#\(column)"
        return .wrongType(
            column: name, expected: expected, found: value(column)?.typeName ?? "no column")
    }
}
