private import JSONCoding
package import SQLite
package import Sealing
internal import Sodium
package import VaultModel

/// One job on the vault's database: reads that check every row, and writes that seal, mark and
/// count it.
///
/// Lives on the database's thread for the time of one closure and is not kept beyond it.
package struct StoreTransaction {
    let connection: SQLiteConnection
    /// The vault's unsealed keys.
    package let keys: KeyRing
    let head: HeadKeeper
    let digestKey: SecretKey
    let records: RecordCache
    /// Whether this is a plan's, which must not depend on what comes with every message.
    var isPlan = false

    // MARK: Writing

    /// Adds a new record.
    ///
    /// - Throws: `StoreError.duplicate` when a unique column is taken.
    package func insert<R: Record>(_ record: R) throws {
        let row = try seal(record)
        _ = try write(R.table.insert, row, noun: R.noun)
        head.insert(mark(R.table, record.id.bytes, record.revision), R.table)
        tell(.came, record)
    }

    /// Writes a changed record over the revision it was read in, and returns it in its new one.
    ///
    /// - Throws: `StoreError.stale` when another change came first, `.duplicate` as ``insert(_:)``.
    @discardableResult
    package func update<R: Record>(_ record: R) throws -> R {
        var next = record
        next.revision = head.current.revision(after: record.revision)
        let row = try seal(next)
        let place: [SQLiteValue] = [
            .blob(record.id.bytes), .blob(record.tenant.bytes), .integer(record.revision),
        ]
        let changes = try write(R.table.update, row.dropFirst(2) + place, noun: R.noun)
        guard changes == 1 else { throw StoreError.stale(what: "the \(R.noun)") }
        head.remove(mark(R.table, record.id.bytes, record.revision), R.table)
        head.insert(mark(R.table, record.id.bytes, next.revision), R.table)
        return next
    }

    /// Removes a record in the revision it was read in.
    package func delete<R: Record>(_ record: R) throws {
        let changes = try connection.run(
            R.table.delete,
            [.blob(record.id.bytes), .blob(record.tenant.bytes), .integer(record.revision)])
        guard changes == 1 else { throw StoreError.stale(what: "the \(R.noun)") }
        head.remove(mark(R.table, record.id.bytes, record.revision), R.table)
        tell(.went, record)
    }

    /// Notes a row for the next entry, if the log tells of such rows.
    private func tell<R: Record>(_ kind: RowEvent.Kind, _ record: R) {
        guard R.table.role == .told else { return }
        head.note(RowEvent(kind, RowEvent.Row(R.table, record.id.bytes), of: record.tenant))
    }

    private func write(_ sql: SQL, _ values: [SQLiteValue], noun: String) throws -> Int {
        do {
            return try connection.run(sql, values)
        } catch {
            guard case .constraint(let rule, _) = error, rule == .unique || rule == .primaryKey
            else {
                throw error
            }
            throw StoreError.duplicate(what: "the \(noun)")
        }
    }

    // MARK: Reading

    /// The record of an identity, or `nil`; another tenant's is `nil` too.
    package func find<R: Record>(
        _ type: R.Type = R.self, _ id: Identifier<R.Subject>, in tenant: TenantID
    ) throws -> R? {
        try select(
            R.self, where: "WHERE id = ? AND tenant = ?", [.blob(id.bytes), .blob(tenant.bytes)]
        )
        .first
    }

    /// The records that `condition`, a `WHERE` clause with its order and limit, picks.
    package func select<R: Record>(
        _ type: R.Type = R.self, where condition: SQL, _ values: [SQLiteValue]
    ) throws -> [R] {
        precondition(!isPlan || R.table.role != .traffic, "a plan depends on every message")
        var found: [R] = []
        try scan(R.table.select + condition, values) { row in
            if let known = try records.find(R.self, row), head.holds(known.mark) {
                found.append(known.record)
                return
            }
            let copy = try row.copy()
            let (record, mark): (R, UInt64) = try open(copy)
            records.insert(record, of: copy, mark: mark)
            found.append(record)
        }
        return found
    }

    /// Lends every record of a kind to `body`, one at a time, each checked in full.
    package func forEach<R: Record>(
        _ type: R.Type = R.self, _ body: (R) throws -> Void
    ) throws {
        try scan(R.table.select, []) { row in
            let (record, _): (R, UInt64) = try open(try row.copy())
            try body(record)
        }
    }

    private func scan(
        _ sql: SQL, _ values: [SQLiteValue], _ body: (borrowing SQLiteRowView) throws -> Void
    ) throws {
        var failure: (any Error)?
        try connection.forEach(sql, values) { row throws(SQLiteError) in
            do {
                try body(row)
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
    }

    // MARK: Sealing rows

    private func seal<R: Record>(_ record: R) throws -> [SQLiteValue] {
        let scope = try keys.keys(for: record.tenant)
        let content = try JSONCoding.encode(record.content)
        let sealed = SealedValue.seal(
            content.span,
            to: Self.contentData(R.table, record.tenant, record.id.bytes, record.revision),
            key: scope.columns, generation: scope.generation)
        let cells: [SQLiteValue] =
            [.blob(record.id.bytes), .blob(record.tenant.bytes), .integer(record.revision)]
            + (try renewed(record)) + [.blob(sealed)]
        return cells + [.blob(Self.mac(R.table, cells, scope))]
    }

    /// The plain columns with the keys in them wrapped under the scope's newest key.
    ///
    /// - Throws: `StoreError.stale` when a key was wrapped under one that is over meanwhile.
    private func renewed<R: Record>(_ record: R) throws -> [SQLiteValue] {
        var cells = record.plain
        for column in R.wrappedKeys {
            guard case .blob(let wrapped) = cells[column.index] else { continue }
            do {
                let leading = [SQLiteValue](repeating: .null, count: PlainColumns.leading)
                let plain = PlainColumns(SQLiteRow(values: leading + cells, columns: []))
                cells[column.index] = .blob(
                    try column.rewrap(keys, wrapped, record.tenant, plain))
            } catch SealingError.unknownKey {
                throw StoreError.stale(what: "the tenant's key")
            }
        }
        return cells
    }

    /// The record of a row that is authentic and of the latest revision, with the mark of that.
    private func open<R: Record>(_ row: SQLiteRow) throws -> (record: R, mark: UInt64) {
        let what = "a \(R.noun)"
        let last = R.table.columnCount + 3
        guard let id = Identifier<R.Subject>(bytes: try row.blob(0)),
            let tenant = TenantID(bytes: try row.blob(1))
        else { throw StoreError.tampered(what: what) }
        let revision = try row.integer(2)
        let sealed = try row.blob(last)
        do {
            let generation = try SealedValue.generation(of: sealed, what: what)
            let scope = try keys.keys(for: tenant, generation: generation, what: what)
            let expected = Self.mac(R.table, row.values[...last], scope)
            let stored = try row.blob(last + 1)
            guard ConstantTime.equal(stored.span, expected.span) else {
                throw StoreError.tampered(what: what)
            }
            // Its code is good; it may still be an earlier state of the row, put back.
            let mark = HeadKeeper.short(mark(R.table, id.bytes, revision))
            guard head.holds(mark) else {
                throw StoreError.tampered(what: "the revision of \(what)")
            }
            let content = try SealedValue.open(
                sealed, to: Self.contentData(R.table, tenant, id.bytes, revision),
                key: scope.columns,
                what: what)
            let record = try R(
                id: id, tenant: tenant, revision: revision, plain: PlainColumns(row),
                content: R.content(of: content))
            return (record, mark)
        } catch let error as SealingError {
            throw StoreError.sealing(error)
        }
    }

    static func contentData(
        _ table: RecordTable, _ tenant: TenantID, _ id: [UInt8], _ revision: Int64
    ) -> AssociatedData {
        AssociatedData([
            .text("sg1"), .id(tenant), .text(table.name), .text("sealed"), .bytes(id),
            .number(revision),
        ])
    }

    static func mac(
        _ table: RecordTable, _ cells: some Collection<SQLiteValue>, _ scope: ScopeKeys
    ) -> [UInt8] {
        let data = encoded([.text("sg1"), .text(table.name)], cells)
        return Blake2b.hash(data.bytes.span, key: scope.rowMAC)
    }

    /// `parts`, and of each cell its type and, unless it is NULL, its value.
    private static func encoded(
        _ parts: [AssociatedData.Part], _ cells: some Collection<SQLiteValue>
    ) -> AssociatedData {
        var count = parts.count
        var capacity = 128
        for cell in cells {
            count += cell == .null ? 1 : 2
            capacity += cell.byteCount + 24
        }
        var data = AssociatedData(count: count, capacity: capacity)
        for part in parts { data.append(part) }
        for cell in cells {
            switch cell {
            case .null: data.append(0)
            case .integer(let number):
                data.append(1)
                data.append(number)
            case .text(let text):
                data.append(2)
                data.append(.text(text))
            case .blob(let bytes):
                data.append(3)
                data.append(bytes)
            }
        }
        return data
    }

    // MARK: The state digest

    private func mark(_ table: RecordTable, _ id: [UInt8], _ revision: Int64) -> [UInt8] {
        Self.mark(table.name, id, revision, digestKey)
    }

    // MARK: Keys

    /// The rows that hold wrapped keys: they are no records, and count in the state digest as a
    /// whole.
    static let keyRows: [(table: String, rows: SQL)] = [
        ("root_key", rootKeyRows),
        ("key_slot", slotRows),
        ("scope_key", scopeKeyRows),
        ("audit_key", "SELECT role, epoch, first, started, recipient, sealed FROM audit_key"),
    ]

    static let slotRows: SQL =
        """
        SELECT id, kind, parameters, check_value, wrapped, wrapped_key, created FROM key_slot
        """
    /// The place of the wrapped root key in such a row; behind it is the slot's own key.
    static let slotWrapped = 4
    static let scopeKeyRows: SQL = "SELECT tenant, generation, state, wrapped FROM scope_key"
    static let rootKeyRows: SQL = "SELECT generation, expires, wrapped FROM root_key"

    static func mark(_ table: String, _ values: [SQLiteValue], _ key: SecretKey) -> [UInt8] {
        let data = encoded([.text(table)], values)
        return Blake2b.hash(data.bytes.span, key: key, count: 16)
    }

    static func mark(_ table: String, _ id: [UInt8], _ revision: Int64, _ key: SecretKey) -> [UInt8]
    {
        let data = AssociatedData([.text(table), .bytes(id), .number(revision)])
        return Blake2b.hash(data.bytes.span, key: key, count: 16)
    }
}
