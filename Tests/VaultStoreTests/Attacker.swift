private import CSQLite
import SQLite

/// A connection to a vault's file as somebody has it who can write the file but holds no key: any
/// statement, and none of the protections that the vault's own connections switch on.
@safe final class Attacker {
    /// What the database library reported.
    struct Failure: Error, CustomStringConvertible {
        let code: Int32
        let description: String
    }

    private let handle: OpaquePointer

    init(_ path: String) throws {
        var handle: OpaquePointer?
        let code = unsafe sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil)
        guard code == SQLITE_OK, let handle = unsafe handle else {
            unsafe sqlite3_close_v2(handle)
            throw Failure(code: code, description: "\(path) does not open")
        }
        unsafe self.handle = handle
        for setting in ["synchronous=OFF", "ignore_check_constraints=ON", "writable_schema=ON"] {
            _ = try query("PRAGMA \(setting)")
        }
    }

    deinit { unsafe sqlite3_close_v2(handle) }

    /// Runs one statement and returns its rows.
    @discardableResult
    func query(_ sql: String, _ values: [SQLiteValue] = []) throws -> [[SQLiteValue]] {
        var statement: OpaquePointer?
        guard unsafe sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
            throw failure(sql)
        }
        defer { unsafe sqlite3_finalize(statement) }
        for (index, value) in values.enumerated() {
            unsafe bind(value, statement, Int32(index + 1))
        }
        var rows: [[SQLiteValue]] = []
        while true {
            switch unsafe sqlite3_step(statement) {
            case SQLITE_ROW:
                rows.append(
                    unsafe (0..<sqlite3_column_count(statement)).map { unsafe value(statement, $0) }
                )
            case SQLITE_DONE: return rows
            default: throw failure(sql)
            }
        }
    }

    private func failure(_ sql: String) -> Failure {
        unsafe Failure(
            code: sqlite3_errcode(handle),
            description: sql + ": " + String(cString: sqlite3_errmsg(handle)))
    }

    private func bind(_ value: SQLiteValue, _ statement: OpaquePointer?, _ index: Int32) {
        switch value {
        case .null: unsafe sqlite3_bind_null(statement, index)
        case .integer(let number): unsafe sqlite3_bind_int64(statement, index, number)
        case .text(let text):
            let bytes = Array(text.utf8)
            unsafe signet_sqlite_bind_text(statement, index, bytes, UInt64(bytes.count))
        case .blob(let bytes):
            unsafe signet_sqlite_bind_blob(statement, index, bytes, UInt64(bytes.count))
        }
    }

    private func value(_ statement: OpaquePointer?, _ column: Int32) -> SQLiteValue {
        let count = unsafe Int(sqlite3_column_bytes(statement, column))
        let bytes = unsafe sqlite3_column_blob(statement, column).map { base in
            unsafe Array(UnsafeRawBufferPointer(start: base, count: count))
        }
        switch unsafe sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return unsafe .integer(sqlite3_column_int64(statement, column))
        case SQLITE_TEXT: return .text(String(decoding: bytes ?? [], as: UTF8.self))
        case SQLITE_BLOB: return .blob(bytes ?? [])
        default: return .null
        }
    }
}

/// A table as the attacker finds it, with all its rows.
struct FoundTable {
    /// A column as `PRAGMA table_info` tells of it.
    struct Column {
        let name: String
        let type: String
        let isNullable: Bool
        let isKey: Bool
        let isUnique: Bool
    }

    /// A row with its hidden number.
    struct Row: Hashable {
        let number: Int64
        let values: [SQLiteValue]
    }

    let name: String
    let columns: [Column]
    let rows: [Row]
}

extension Attacker {
    /// Every table of the file.
    func tables() throws -> [FoundTable] {
        try query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").map { row in
            try table(row[0].text)
        }
    }

    /// One table.
    func table(_ name: String) throws -> FoundTable {
        var unique: Set<String> = []
        for index in try query("PRAGMA index_list(\(name))") where index[2] == 1 {
            for column in try query("PRAGMA index_info(\(index[1].text))") {
                unique.insert(column[2].text)
            }
        }
        let columns = try query("PRAGMA table_info(\(name))").map { column in
            FoundTable.Column(
                name: column[1].text, type: column[2].text, isNullable: column[3] == 0,
                isKey: column[5] != 0, isUnique: unique.contains(column[1].text))
        }
        let list = columns.map(\.name).joined(separator: ", ")
        let rows = try query("SELECT _rowid_, \(list) FROM \(name) ORDER BY _rowid_").map { row in
            FoundTable.Row(number: row[0].integer, values: Array(row.dropFirst()))
        }
        return FoundTable(name: name, columns: columns, rows: rows)
    }

    /// Takes rows away and puts others in, as one change.
    func replace(_ rows: [FoundTable.Row], with values: [[SQLiteValue]], in table: String) throws {
        try query("BEGIN")
        for row in rows {
            try query("DELETE FROM \(table) WHERE _rowid_ = ?", [.integer(row.number)])
        }
        for row in values {
            let marks = Array(repeating: "?", count: row.count).joined(separator: ", ")
            try query("INSERT INTO \(table) VALUES (\(marks))", row)
        }
        try query("COMMIT")
    }
}

extension SQLiteValue {
    /// The text, or nothing.
    var text: String { if case .text(let text) = self { text } else { "" } }
    /// The number, or 0.
    var integer: Int64 { if case .integer(let number) = self { number } else { 0 } }
    /// The bytes, or none.
    var bytes: [UInt8] { if case .blob(let bytes) = self { bytes } else { [] } }
}
