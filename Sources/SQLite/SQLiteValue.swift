/// A value of a column or a parameter; floating point has no place in a vault.
package enum SQLiteValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    /// The name SQLite has for the type.
    package var typeName: String {
        switch self {
        case .null: "NULL"
        case .integer: "INTEGER"
        case .text: "TEXT"
        case .blob: "BLOB"
        }
    }

    /// A truth value as 0 or 1.
    package static func bool(_ value: Bool) -> SQLiteValue { .integer(value ? 1 : 0) }

    /// An integer, or NULL.
    package static func optional(_ value: Int64?) -> SQLiteValue {
        value.map(Self.integer) ?? .null
    }

    /// A text, or NULL.
    package static func optional(_ value: String?) -> SQLiteValue { value.map(Self.text) ?? .null }

    /// Bytes, or NULL.
    package static func optional(_ value: [UInt8]?) -> SQLiteValue { value.map(Self.blob) ?? .null }
}

// MARK: - Literals

// There is no `nil` literal: where a `SQLiteValue?` is meant, it would quietly become NULL.
extension SQLiteValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    package init(integerLiteral value: Int64) { self = .integer(value) }

    package init(stringLiteral value: String) { self = .text(value) }
}
