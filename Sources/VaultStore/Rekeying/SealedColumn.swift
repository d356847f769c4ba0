internal import SQLite

/// Under what a column is sealed.
enum SealedUnder: Sendable, Hashable {
    /// The key of the row's scope: a tenant's sweep seals it again.
    case scopeKey
    /// The audit key of the row's scope: it stays as it is, or the chain would break.
    case auditKey
    /// The vault's own scope key, which is never replaced.
    case vaultKey
    /// A data key of its own, which is wrapped in another column.
    case dataKey
    /// The root key: its replacement wraps it again.
    case rootKey
    /// The key of the slot: it is made anew when the root key is replaced.
    case slotKey
}

/// A column that holds something sealed.
///
/// The list of them all is what a sweep goes by; a test holds it against the schema, so that no
/// table is forgotten.
struct SealedColumn: Sendable, Hashable {
    /// The table.
    let table: String
    /// The column.
    let column: String
    /// Under what it is sealed.
    let under: SealedUnder

    /// Every sealed column of every table.
    static let all: [SealedColumn] =
        Schema.records.flatMap { columns(of: $0) } + [
            SealedColumn(table: "secret_version", column: "payload", under: .dataKey),
            SealedColumn(table: "audit", column: "sealed", under: .auditKey),
            SealedColumn(table: "audit_key", column: "sealed", under: .vaultKey),
            SealedColumn(table: "scope_key", column: "wrapped", under: .rootKey),
            SealedColumn(table: "root_key", column: "wrapped", under: .rootKey),
            SealedColumn(table: "key_slot", column: "wrapped_key", under: .rootKey),
            SealedColumn(table: "key_slot", column: "wrapped", under: .slotKey),
        ]

    /// What a kind of record seals under the key of its scope.
    private static func columns<R: Record>(of type: R.Type) -> [SealedColumn] {
        let names = R.wrappedKeys.map { R.table.columns[$0.index].text } + ["sealed"]
        return names.map { SealedColumn(table: R.table.name, column: $0, under: .scopeKey) }
    }
}

extension RecordTable {
    /// Where a sealed value names the generation of its key: `SealedValue`, bytes 4 to 7.
    private static let generation: SQL = ", 4, 4) <> ?"

    /// Picks rows of which a column is sealed under another generation than the one given.
    private func isOlder(_ columns: [SQL]) -> SQL {
        "(" + SQL.join(columns.map { "substr(" + $0 + Self.generation }, separator: " OR ") + ")"
    }

    /// The rows of a tenant in a window of row numbers that a sweep has to seal again.
    func olderRows(_ columns: [SQL]) -> SQL {
        "SELECT " + list + " FROM " + sqlName
            + " WHERE rowid BETWEEN ? AND ? AND tenant = ? AND "
            + isOlder(columns)
    }

    /// How many rows of a tenant in such a window have one column of another generation.
    func olderCount(_ column: SQL) -> SQL {
        "SELECT COUNT(*) FROM " + sqlName + " WHERE rowid BETWEEN ? AND ? AND tenant = ? AND "
            + isOlder([column])
    }

    /// Puts sealed columns of a row in place of those that it was read with.
    func reseal(_ columns: [SQL]) -> SQL {
        "UPDATE " + sqlName + " SET " + SQL.join(columns.map { $0 + " = ?" }, separator: ", ")
            + ", mac = ? WHERE id = ? AND tenant = ? AND revision = ? AND sealed = ? AND mac = ?"
    }

    /// The first and the last number of so many rows from a number on.
    var window: SQL {
        "SELECT min(rowid), max(rowid) FROM (SELECT rowid FROM " + sqlName
            + " WHERE rowid >= ? ORDER BY rowid LIMIT ?)"
    }

    /// The rows of a tenant in a window of row numbers.
    var ownRows: SQL {
        "SELECT id, revision FROM " + sqlName + " WHERE rowid BETWEEN ? AND ? AND tenant = ?"
    }

    /// How many rows a tenant has.
    var ownCount: SQL { "SELECT COUNT(*) FROM " + sqlName + " WHERE tenant = ?" }
}
