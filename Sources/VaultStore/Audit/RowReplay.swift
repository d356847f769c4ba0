/// What a replay of the audit log says of the rows that there are.
package struct RowReplay: Sendable, Hashable, Codable {
    /// How many rows there are whose coming the log tells of.
    package var told: Int
    /// How many others there are: made before the log told of rows, or told of in entries that can no
    /// longer be read.
    package var untold: Int
}

/// Goes through the entries and keeps which rows there must be.
private struct RowTracker {
    private var rows: Set<RowEvent.Row> = []
    /// Whether every entry could be read.
    private var isReadable = true
    /// Whether the first entry tells what was there.
    private var isFromStart = false
    private var isFirst = true

    mutating func take(_ entry: AuditEntry?) {
        defer { isFirst = false }
        guard let entry else { return isReadable = false }
        if isFirst { isFromStart = entry.rows != nil }
        for event in entry.rows ?? [] {
            switch event.kind {
            case .came: rows.insert(event.row)
            case .went: rows.remove(event.row)
            }
        }
    }

    /// Compares with what there is.
    ///
    /// A row without an entry, or an entry without its row, is an error as far as the log can be read.
    func compare(with existing: [RowEvent.Row]) throws(StoreError) -> RowReplay {
        let found = Set(existing)
        let untold = found.subtracting(rows)
        if isReadable {
            if let row = rows.subtracting(found).min(by: { "\($0)" < "\($1)" }) {
                throw .notAsTold(what: "\(row) is not there, and no audit entry removed it")
            }
            if isFromStart, let row = untold.min(by: { "\($0)" < "\($1)" }) {
                throw .notAsTold(what: "\(row) is there, and no audit entry made it")
            }
        }
        return RowReplay(told: found.count - untold.count, untold: untold.count)
    }
}

extension VaultStore {
    /// Replays the audit log: the rows that came with its entries, and did not go, are those that there
    /// are.
    ///
    /// It reads in pages; the last one and the rows are read in one state.
    /// - Throws: `StoreError.notAsTold`.
    package func replayRows(
        pageEntries: Int = StoreLimits.replayPageEntries
    ) async throws -> RowReplay {
        var tracker = RowTracker()
        var first: Int64 = 1
        while true {
            let (page, rows) = try await read { [first] transaction in
                let page = try transaction.auditEntries(from: first, limit: pageEntries)
                let isLast = page.count < pageEntries
                return (page, isLast ? try transaction.existingRows() : nil)
            }
            for entry in page { tracker.take(entry) }
            if let rows { return try tracker.compare(with: rows) }
            first += Int64(pageEntries)
        }
    }
}
