/// How many rows of a table something holds for.
package struct SweepCount: Sendable, Hashable, Codable {
    /// The table.
    package var table: String
    /// The sealed column.
    package var column: String
    /// How many rows.
    package var rows: Int

    package init(table: String, column: String, rows: Int) {
        self.table = table
        self.column = column
        self.rows = rows
    }
}

/// The bounds of what replaces keys while the vault works.
package enum RekeyingLimits {
    /// How many rows one job of the writer looks at; what it holds up is about a millisecond.
    package static let window: Int64 = 64
    /// How often a sweep goes over the tables before it gives up.
    package static let passes = 8
    /// How often the root key is tried again when a key was added meanwhile.
    package static let attempts = 8
    /// How long a root key that was replaced is kept for backups, in seconds: 35 days.
    package static let archiveSeconds: Int64 = 35 * 86_400
}
