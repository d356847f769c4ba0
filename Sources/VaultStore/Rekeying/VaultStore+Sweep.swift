internal import SQLite
private import Sealing
private import Sodium
package import VaultModel

// Sealing every row of a tenant again under its newest key, while the vault works.
extension VaultStore {
    /// Goes over every table once and seals again what is sealed under an earlier key of `tenant`.
    ///
    /// The writer reads a window and, in another job, puts the new values in place where the old
    /// ones still stand; the cryptography is done between, on the caller's thread. What changes
    /// meanwhile is sealed under the newest key by whoever changes it.
    /// - Returns: How many values were sealed again, by column.
    package func sweep(_ tenant: TenantID) async throws -> [SweepCount] {
        var counts: [SweepCount] = []
        for type in Schema.records { counts += try await sweep(type, of: tenant) }
        return counts
    }

    private func sweep<R: Record>(
        _ type: R.Type, of tenant: TenantID
    ) async throws -> [SweepCount] {
        let columns = R.sealedColumns
        var rows = columns.map { _ in 0 }
        try await forEachWindow(of: R.table, rows: RekeyingLimits.window) { window in
            try Task.checkCancellation()
            let generation = try keys.keys(for: tenant).generation
            let found = try await read { transaction in
                try transaction.connection.query(
                    R.table.olderRows(columns),
                    [
                        .integer(window.lowerBound), .integer(window.upperBound),
                        .blob(tenant.bytes),
                    ] + columns.map { _ in .blob(SealedValue.generationBytes(generation)) })
            }
            guard !found.isEmpty else { return }
            let sealed = try found.map { try StoreTransaction.reseal(R.self, $0, keys) }
            let changed = try await transaction { transaction in
                transaction.head.noteChange()
                return try sealed.filter { values in
                    try transaction.connection.run(R.table.reseal(columns), values) == 1
                }
            }
            for index in rows.indices { rows[index] += changed.count { $0[index] != .null } }
        }
        return zip(columns, rows).map {
            SweepCount(table: R.table.name, column: $0.text, rows: $1)
        }
    }

    /// How many values of a tenant are sealed under an earlier key than its newest, by column.
    package func countOlder(_ tenant: TenantID) async throws -> [SweepCount] {
        var counts: [SweepCount] = []
        for type in Schema.records {
            for column in type.sealedColumns {
                counts.append(try await countOlder(type.table, column, of: tenant))
            }
        }
        return counts
    }

    private func countOlder(
        _ table: RecordTable, _ column: SQL, of tenant: TenantID
    ) async throws -> SweepCount {
        let header = SealedValue.generationBytes(try keys.keys(for: tenant).generation)
        var count: Int64 = 0
        try await forEachWindow(of: table, rows: RekeyingLimits.window * 64) { window in
            count += try await read { transaction in
                try transaction.connection.first(
                    table.olderCount(column),
                    [
                        .integer(window.lowerBound), .integer(window.upperBound),
                        .blob(tenant.bytes), .blob(header),
                    ])?.integer(0) ?? 0
            }
        }
        return SweepCount(table: table.name, column: column.text, rows: Int(count))
    }

    /// Goes over a table in windows of so many rows, by their numbers.
    ///
    /// Nothing authenticates those: each window begins where the next row is, whatever its number.
    func forEachWindow(
        of table: RecordTable, rows: Int64, _ body: (ClosedRange<Int64>) async throws -> Void
    ) async throws {
        var start = Int64.min
        while let window = try await window(of: table, from: start, rows: rows) {
            try await body(window)
            guard window.upperBound < .max else { return }
            start = window.upperBound + 1
        }
    }

    private func window(
        of table: RecordTable, from start: Int64, rows: Int64
    ) async throws -> ClosedRange<Int64>? {
        try await read { transaction in
            let row = try transaction.connection.first(
                table.window, [.integer(start), .integer(rows)])
            guard let row, let first = try row.optionalInteger(0),
                let last = try row.optionalInteger(1)
            else { return nil }
            return first...last
        }
    }
}

extension Record {
    /// The columns that are sealed under the scope's key, the content last.
    static var sealedColumns: [SQL] {
        wrappedKeys.map { table.columns[$0.index] } + ["sealed"]
    }
}

extension StoreTransaction {
    /// A row sealed again under the newest key of its tenant, as the values of
    /// `RecordTable.reseal`; its code is checked before.
    fileprivate static func reseal<R: Record>(
        _ type: R.Type, _ row: SQLiteRow, _ keys: KeyRing
    ) throws -> [SQLiteValue] {
        let what = "a \(R.noun)"
        let last = R.table.columnCount + 3
        let id = try row.blob(0)
        guard let tenant = TenantID(bytes: try row.blob(1)) else {
            throw StoreError.tampered(what: what)
        }
        let (revision, sealed, code) = (
            try row.integer(2), try row.blob(last), try row.blob(last + 1)
        )
        let generation = try SealedValue.generation(of: sealed, what: what)
        let older = try keys.keys(for: tenant, generation: generation, what: what)
        let expected = mac(R.table, Array(row.values[...last]), older)
        guard ConstantTime.equal(code.span, expected.span) else {
            throw StoreError.tampered(what: what)
        }
        let data = contentData(R.table, tenant, id, revision)
        let content = try SealedValue.open(sealed, to: data, key: older.columns, what: what)
        let newest = try keys.keys(for: tenant)
        var cells = Array(row.values[..<last])
        var columns: [SQLiteValue] = []
        for column in R.wrappedKeys {
            let place = 3 + column.index
            if case .blob(let wrapped) = cells[place] {
                cells[place] = .blob(try column.rewrap(keys, wrapped, tenant, PlainColumns(row)))
            }
            columns.append(cells[place])
        }
        let again = SQLiteValue.blob(
            SealedValue.seal(
                content.span, to: data, key: newest.columns, generation: newest.generation))
        cells.append(again)
        return columns + [
            again, .blob(mac(R.table, cells, newest)), row[0], row[1], row[2], .blob(sealed),
            .blob(code),
        ]
    }
}
