internal import SQLite
internal import Sodium

/// Entries in the order of the chain, copied out of the database, so that whoever wants to write
/// waits for the copy and not for the cryptography.
struct AuditPage: Sendable {
    /// An entry of the page; its bytes lie where that of the one before end.
    struct Row: Sendable {
        let sequence: Int64
        let epoch: Int64
        /// Where what is hashed begins, and where the stored code follows it and ends.
        let start: Int
        let code: Int
        let end: Int
    }

    /// Reads on from a number.
    private static let query: SQL = """
        SELECT sequence, time, tenant, epoch, sealed, mac FROM audit WHERE sequence >= ? \
        ORDER BY sequence LIMIT ?
        """

    /// The entries.
    private(set) var rows: [Row] = []
    /// What is hashed of each, and its code.
    private(set) var bytes: [UInt8] = []
    /// Where the chain ended when the page was read.
    let head: ChainState
    /// The number from which to read on; `nil` when there were no more entries.
    let next: Int64?

    /// Copies up to `limit` entries, 1 at least, from the number `first` on.
    init(
        from first: Int64, limit: Int, of connection: SQLiteConnection, head: ChainState
    ) throws(SQLiteError) {
        precondition(limit > 0, "a page has room for an entry")
        var rows: [Row] = []
        var bytes: [UInt8] = []
        rows.reserveCapacity(limit)
        try connection.forEach(
            Self.query, [.integer(first), .integer(Int64(limit))]
        ) { row throws(SQLiteError) in
            let (sequence, time, epoch) = (
                try row.integer(0), try row.integer(1), try row.integer(3)
            )
            let start = bytes.count
            try row.withBytes(2) { tenant throws(SQLiteError) in
                try row.withBytes(4) { sealed throws(SQLiteError) in
                    ChainCode.append(sequence, time, tenant, epoch, sealed, to: &bytes)
                }
            }
            let code = bytes.count
            try row.withBytes(5) { bytes.append(copying: $0) }
            rows.append(
                Row(sequence: sequence, epoch: epoch, start: start, code: code, end: bytes.count))
            return true
        }
        self.rows = rows
        self.bytes = bytes
        self.head = head
        let last = rows.count < limit ? nil : rows.last
        // Behind the largest number nothing can stand.
        next = last.flatMap { $0.sequence < .max ? $0.sequence + 1 : nil }
    }
}
