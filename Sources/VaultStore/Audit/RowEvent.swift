internal import VaultModel

/// That a row came or went, as an audit entry has it: `+TABLE ID` or `-TABLE ID`, and with a third word
/// whose row it is, when the entry is not that tenant's.
package struct RowEvent: Sendable, Hashable {
    /// What happened to it.
    enum Kind: Character, Sendable, Hashable {
        case came = "+"
        case went = "-"
    }

    /// Which row.
    struct Row: Sendable, Hashable, CustomStringConvertible {
        /// The table's name.
        let table: String
        /// Its identity in 32 hexadecimal digits.
        let id: String

        init(_ table: RecordTable, _ id: [UInt8]) {
            self.table = table.name
            self.id = Hex.encode(id)
        }

        /// The row of an identity as ``id`` gives it.
        init?(table: some StringProtocol, id: some StringProtocol) {
            guard TenantID(id) != nil else { return nil }
            self.table = String(table)
            self.id = String(id)
        }

        /// The tenant that a row is about, in the table of tenants.
        var asTenant: TenantID? {
            table == TenantRecord.table.name ? TenantID(id) : nil
        }

        var description: String { "\(table) \(id)" }
    }

    let kind: Kind
    let row: Row
    /// Whose row it is; `nil` in an entry of that tenant.
    var tenant: TenantID?

    init(_ kind: Kind, _ row: Row, of tenant: TenantID?) {
        self.kind = kind
        self.row = row
        self.tenant = tenant
    }
}

// MARK: - Codable

extension RowEvent: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let event = RowEvent(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not '+TABLE ID' or '-TABLE ID'")
        }
        self = event
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        let owner = tenant.map { " \($0)" } ?? ""
        try container.encode("\(kind.rawValue)\(row)\(owner)")
    }

    private init?(_ text: String) {
        guard let kind = text.first.flatMap(Kind.init(rawValue:)) else { return nil }
        let parts = text.dropFirst().split(
            separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count > 1, let row = Row(table: parts[0], id: parts[1]) else { return nil }
        self.init(kind, row, of: nil)
        guard parts.count > 2 else { return }
        guard let tenant = TenantID(parts[2]) else { return nil }
        self.tenant = tenant
    }
}
