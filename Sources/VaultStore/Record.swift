internal import JSONCoding
package import SQLite
package import VaultModel

/// A row of a ``RecordTable`` as a value: what stands in clear, and what is sealed.
package protocol Record: Sendable {
    /// What the record's identity identifies.
    associatedtype Subject: Sendable
    /// What is sealed: everything that people or programs gave.
    associatedtype Content: Codable & Sendable

    /// Where records of this type are kept.
    static var table: RecordTable { get }
    /// What a person would call such a record.
    static var noun: String { get }

    /// The row's identity.
    var id: Identifier<Subject> { get }
    /// Whose it is; ``Identifier/system`` for the vault's own.
    var tenant: TenantID { get }
    /// Names the state of the row: no other has the same, in whichever life of the vault. 1 when it is
    /// new.
    var revision: Int64 { get set }
    /// The plain columns that hold keys wrapped under the scope's key; a sweep wraps them again.
    static var wrappedKeys: [WrappedKeyColumn] { get }
    /// The plain columns, in the table's order.
    var plain: [SQLiteValue] { get }
    /// The sealed part.
    var content: Content { get }

    /// Reads the sealed part.
    static func content(of text: [UInt8]) throws -> Content

    /// Makes the record that a row stands for.
    init(
        id: Identifier<Subject>, tenant: TenantID, revision: Int64, plain: PlainColumns,
        content: Content
    ) throws
}

extension Record {
    /// How often it was written, 1 or more, whichever lives of the vault that was in.
    package var version: Int64 { ChainState.count(of: revision) }

    package static var wrappedKeys: [WrappedKeyColumn] { [] }

    package static func content(of text: [UInt8]) throws -> Content {
        try JSONCoding.decode(from: text)
    }
}

/// The plain columns of a row, read by position and type.
package struct PlainColumns: Sendable {
    private let row: SQLiteRow
    /// The columns before them: identity, tenant and revision.
    static let leading = 3

    init(_ row: SQLiteRow) { self.row = row }

    /// A whole number.
    package func integer(_ index: Int) throws(SQLiteError) -> Int64 {
        try row.integer(Self.leading + index)
    }

    /// A whole number or `nil`.
    package func optionalInteger(_ index: Int) throws(SQLiteError) -> Int64? {
        try row.optionalInteger(Self.leading + index)
    }

    /// A text.
    package func text(_ index: Int) throws(SQLiteError) -> String {
        try row.text(Self.leading + index)
    }

    /// Bytes.
    package func blob(_ index: Int) throws(SQLiteError) -> [UInt8] {
        try row.blob(Self.leading + index)
    }

    /// Bytes or `nil`.
    package func optionalBlob(_ index: Int) throws(SQLiteError) -> [UInt8]? {
        try row.optionalBlob(Self.leading + index)
    }

    /// One of an enumeration's names; another is a changed row.
    package func name<Name: RawRepresentable<String>>(_ index: Int, of type: Name.Type) throws
        -> Name
    {
        guard let value = Name(rawValue: try text(index)) else {
            throw StoreError.tampered(what: "a state")
        }
        return value
    }
}
