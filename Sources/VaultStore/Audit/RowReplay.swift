private import VaultModel

/// What a replay of the audit log says of the rows that there are.
package struct RowReplay: Sendable, Hashable, Codable {
    /// How many rows there are whose coming the log tells of.
    package var told: Int
    /// How many others there are, of tenants whose shredding is not over.
    package var untold: Int
}

/// The rows that there are.
private struct ExistingRows: Sendable {
    let rows: [(row: RowEvent.Row, tenant: TenantID)]
    /// Tenants whose rows are being removed, each without an event.
    let shredding: Set<TenantID>

    init(_ transaction: StoreTransaction) throws {
        rows = try transaction.existingRows()
        let tenants = try transaction.tenants().filter { $0.state == .shredding }
        shredding = Set(tenants.map(\.id))
    }
}

/// Goes through the entries and keeps which rows there must be, and whose they are.
private struct RowTracker {
    private var rows: [RowEvent.Row: TenantID] = [:]
    /// Tenants that were shredded; their rows went with them, and their entries cannot be read.
    private var gone: Set<TenantID> = []

    /// Takes the next entry; one that cannot be read is a shredded tenant's.
    mutating func take(_ entry: AuditEntry?) {
        guard let entry else { return }
        for event in entry.rows ?? [] {
            switch event.kind {
            case .came: rows[event.row] = event.tenant ?? entry.tenant
            case .went:
                rows[event.row] = nil
                if let tenant = event.row.asTenant { gone.insert(tenant) }
            }
        }
    }

    /// Compares with what there is.
    ///
    /// A row without an entry is an error, and so is an entry without its row, unless the row's tenant was
    /// shredded or is being shredded.
    func compare(with existing: ExistingRows) throws(StoreError) -> RowReplay {
        let excused = gone.union(existing.shredding)
        let missing = Set(rows.filter { !excused.contains($0.value) }.keys)
            .subtracting(existing.rows.map(\.row))
        if let row = missing.map(\.description).min() {
            throw .notAsTold(what: "\(row) is not there, and no audit entry removed it")
        }
        let untold = existing.rows.filter { rows[$0.row] == nil }
        let unmade = untold.filter { !existing.shredding.contains($0.tenant) }
        if let row = unmade.map(\.row.description).min() {
            throw .notAsTold(what: "\(row) is there, and no audit entry made it")
        }
        return RowReplay(told: existing.rows.count - untold.count, untold: untold.count)
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
            let (page, existing) = try await read { [first] transaction in
                let page = try transaction.auditEntries(from: first, limit: pageEntries)
                let isLast = page.count < pageEntries
                return (page, isLast ? try ExistingRows(transaction) : nil)
            }
            for entry in page { tracker.take(entry) }
            if let existing { return try tracker.compare(with: existing) }
            first += Int64(pageEntries)
        }
    }
}
