internal import VaultModel

/// That a row came or went, as an audit entry has it: `+TABLE ID` or `-TABLE ID`.
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

        /// Reads the form that ``description`` gives.
        init?(_ text: some StringProtocol) {
            let parts = text.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].utf8.count == 32, Hex.decode(parts[1]) != nil else {
                return nil
            }
            table = String(parts[0])
            id = String(parts[1])
        }

        var description: String { "\(table) \(id)" }
    }

    let kind: Kind
    let row: Row

    init(_ kind: Kind, _ row: Row) {
        self.kind = kind
        self.row = row
    }

    init(_ kind: Kind, _ table: RecordTable, _ id: [UInt8]) { self.init(kind, Row(table, id)) }
}

// MARK: - Codable

extension RowEvent: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let kind = text.first.flatMap(Kind.init(rawValue:)), let row = Row(text.dropFirst())
        else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not '+TABLE ID' or '-TABLE ID'")
        }
        self.init(kind, row)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("\(kind.rawValue)\(row)")
    }
}
