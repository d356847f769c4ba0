private import JSONCoding
internal import SQLite
private import Sealing
internal import Sodium
package import VaultModel

// Appending to the audit log and reading from it.
extension StoreTransaction {
    /// Appends an entry to the chain; it is durable with the transaction, or neither is.
    package func audit(_ entry: AuditEntry) throws {
        try evolveAuditKeyIfOver()
        let state = head.current
        let epoch = head.epoch
        var entry = entry
        entry.sequence = state.sequence + 1
        if !keys.holds(entry.tenant) {
            // A request that outlived its tenant's keys ends all the same.
            entry.detail["tenant"] = "\(entry.tenant)"
            entry.tenant = .system
        }
        entry.rows = try rowEvents(for: entry)
        let scope = try keys.keys(for: entry.tenant)
        let text = try JSONCoding.encode(entry)
        let sealed = SealedValue.seal(
            text.span, to: Self.entryData(entry.tenant, entry.sequence),
            key: scope.auditDetail, generation: scope.generation)
        let tenant = entry.tenant.bytes
        var code = ChainCode(after: state.auditMAC)
        var encoded: [UInt8] = []
        ChainCode.append(
            entry.sequence, entry.time.milliseconds, tenant.span, epoch.number, sealed.span,
            to: &encoded)
        code.take(encoded.span)
        code.advance(with: epoch.key)
        _ = try connection.run(
            """
            INSERT INTO audit (sequence, time, tenant, epoch, sealed, mac) \
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(entry.sequence), .integer(entry.time.milliseconds), .blob(tenant),
                .integer(epoch.number), .blob(sealed), .blob(code.mac),
            ])
        head.change { [sequence = entry.sequence, code] in
            $0.sequence = sequence
            $0.auditMAC = code.mac
            $0.tree.append(code.leaf)
        }
        if entry.isKeyEvent { head.noteKeyEvent() }
    }

    /// What an entry tells of rows: what came and went since the one before it in its job; the first
    /// entry of all tells what is there.
    ///
    /// Any other entry tells of rows of its own tenant, or it is the vault's own: what cannot be read any
    /// more of a tenant that was shredded hides nothing about the rows of another.
    private func rowEvents(for entry: AuditEntry) throws -> [RowEvent]? {
        let events = head.takeEvents()
        guard entry.sequence > 1 else {
            return try existingRows().map { RowEvent(.came, $0.row, of: $0.tenant) }
        }
        guard !events.isEmpty else { return nil }
        return events.map { event in
            precondition(
                event.tenant == entry.tenant || entry.tenant == .system,
                "\(entry.action) tells of another tenant's \(event.row)")
            return RowEvent(
                event.kind, event.row, of: event.tenant == entry.tenant ? nil : event.tenant)
        }
    }

    /// Every row that the audit log tells of, and whose it is.
    func existingRows() throws -> [(row: RowEvent.Row, tenant: TenantID)] {
        var found: [(row: RowEvent.Row, tenant: TenantID)] = []
        for table in Schema.tables where table.role == .told {
            try connection.forEach(table.owners) { row throws(SQLiteError) in
                // Any other tenant has failed the row's code before.
                let tenant = TenantID(bytes: try row.blob(1)) ?? .system
                found.append((RowEvent.Row(table, try row.blob(0)), tenant))
                return true
            }
        }
        return found
    }

    /// Entries in their order from the number `first` on, `limit` at most; `nil` in the place of one
    /// whose tenant's keys are destroyed.
    func auditEntries(from first: Int64, limit: Int) throws -> [AuditEntry?] {
        var found: [AuditEntry?] = []
        var failure: (any Error)?
        try connection.forEach(
            """
            SELECT sequence, tenant, sealed FROM audit WHERE sequence >= ? ORDER BY sequence LIMIT ?
            """, [.integer(first), .integer(Int64(limit))]
        ) { row throws(SQLiteError) in
            let sequence = try row.integer(0)
            let tenant = TenantID(bytes: try row.blob(1))
            let sealed = try row.blob(2)
            do {
                guard let tenant else { throw StoreError.tampered(what: "an audit entry") }
                found.append(try openEntry(sealed, tenant, sequence))
            } catch SealingError.unknownKey {
                found.append(nil)
            } catch {
                failure = error
                return false
            }
            return true
        }
        if let failure { throw failure }
        return found
    }

    /// The number of the last entry, 0 when there is none.
    package var lastAuditSequence: Int64 { head.current.sequence }

    /// When the last entry was appended; `nil` when there is none.
    package func lastAuditTime() throws -> Timestamp? {
        let row = try connection.first("SELECT time FROM audit ORDER BY sequence DESC LIMIT 1")
        return try row.map { Timestamp(milliseconds: try $0.integer(0)) }
    }

    /// The newest entries of a tenant that a filter accepts, oldest first.
    package func auditEntries(_ filter: AuditFilter, in tenant: TenantID) throws -> [AuditEntry] {
        var collected = CollectedEntries(filter: filter)
        try connection.forEach(
            """
            SELECT sequence, sealed FROM audit WHERE tenant = ? AND sequence < ? \
            ORDER BY sequence DESC
            """,
            [.blob(tenant.bytes), .integer(filter.before ?? .max)]
        ) { row throws(SQLiteError) in
            let sequence = try row.integer(0)
            let sealed = try row.blob(1)
            let entry = Result { try openEntry(sealed, tenant, sequence) }
            return collected.take(entry)
        }
        return try collected.entries().reversed()
    }

    /// The entries of a tenant behind `cursor` up to `last` that a filter accepts, oldest first,
    /// and where the next part begins; `nil` there says that these were the last.
    package func auditEntries(
        _ filter: AuditFilter, in tenant: TenantID, after cursor: Int64, through last: Int64
    ) throws -> (entries: [AuditEntry], next: Int64?) {
        var collected = CollectedEntries(filter: filter)
        var reached = cursor
        try connection.forEach(
            """
            SELECT sequence, sealed FROM audit WHERE tenant = ? AND sequence > ? AND sequence <= ? \
            ORDER BY sequence
            """,
            [.blob(tenant.bytes), .integer(cursor), .integer(last)]
        ) { row throws(SQLiteError) in
            let sequence = try row.integer(0)
            let sealed = try row.blob(1)
            reached = sequence
            let entry = Result { try openEntry(sealed, tenant, sequence) }
            return collected.take(entry)
        }
        let entries = try collected.entries()
        return (entries, entries.count < filter.limit ? nil : reached)
    }

    /// Whether the chain's last entry is the one that the head row names.
    func checkAuditEnd() throws {
        let rows = try connection.query(
            "SELECT sequence, mac FROM audit ORDER BY sequence DESC LIMIT 1")
        var end = ChainState()
        if let row = rows.first {
            end.sequence = try row.integer(0)
            end.auditMAC = try row.blob(1)
        }
        guard end.sequence == head.current.sequence, end.auditMAC == head.current.auditMAC else {
            throw StoreError.tampered(what: "the end of the audit log")
        }
    }

    private func openEntry(
        _ sealed: [UInt8], _ tenant: TenantID, _ sequence: Int64
    ) throws -> AuditEntry {
        let what = "audit entry \(sequence)"
        let generation = try SealedValue.generation(of: sealed, what: what)
        let key = try keys.auditKey(for: tenant, generation: generation, what: what)
        let text = try SealedValue.open(
            sealed, to: Self.entryData(tenant, sequence), key: key, what: what)
        return try JSONCoding.decode(from: text)
    }

    private static func entryData(_ tenant: TenantID, _ sequence: Int64) -> AssociatedData {
        AssociatedData([.text("sg1"), .id(tenant), .text("audit"), .number(sequence)])
    }
}

/// The entries that a filter accepts in the order in which they come, or the first error.
private struct CollectedEntries {
    let filter: AuditFilter
    private var found: [AuditEntry] = []
    private var failure: (any Error)?

    init(filter: AuditFilter) { self.filter = filter }

    /// Takes one entry; whether to go on.
    mutating func take(_ entry: Result<AuditEntry, any Error>) -> Bool {
        switch entry {
        case .success(let entry):
            if filter.accepts(entry) { found.append(entry) }
            return found.count < filter.limit
        case .failure(let error):
            failure = error
            return false
        }
    }

    func entries() throws -> [AuditEntry] {
        if let failure { throw failure }
        return found
    }
}
