private import Glibc
internal import SQLite
private import Sealing
package import VaultModel

// Removing a tenant for good.
extension VaultStore {
    /// Removes every row of a tenant, a window of rows in each transaction; returns how many.
    ///
    /// Its keys stay until the last row is gone, so that a crash between leaves no row that cannot
    /// be read.
    package func removeRows(of tenant: TenantID) async throws -> [SweepCount] {
        var counts: [SweepCount] = []
        for type in Schema.records {
            let table = type.table
            var rows = 0
            try await forEachWindow(of: table, rows: RekeyingLimits.window) { window in
                rows += try await transaction { transaction in
                    try transaction.removeRows(of: tenant, in: table, window)
                }
            }
            counts.append(SweepCount(table: table.name, column: "sealed", rows: rows))
        }
        return counts
    }

    /// Destroys every key of a tenant that has no row left, and counts the copies of them that the
    /// files of the database still hold once its log is emptied: none.
    ///
    /// - Parameter audit: Appends the entry about it.
    /// - Throws: `StoreError.stale` when the tenant has rows.
    package func destroyKeys(
        of tenant: TenantID, audit: @escaping @Sendable (StoreTransaction) throws -> Void
    ) async throws -> [[UInt8]] {
        let kept = keys.release(tenant)
        do {
            let wrapped = try await transaction { transaction in
                for type in Schema.records {
                    let rows = try transaction.connection.first(
                        type.table.ownCount, [.blob(tenant.bytes)])
                    guard try rows?.integer(0) == 0 else {
                        throw StoreError.stale(what: "the tenant")
                    }
                }
                let wrapped = try transaction.deleteScopeKeys(of: tenant)
                try audit(transaction)
                return wrapped
            }
            records.removeAll()
            return wrapped
        } catch {
            if let kept { keys.takeBack(kept) }
            throw error
        }
    }

    /// How often any of these wrapped keys stands in the files of the database, after its log was
    /// emptied into it, and in `others` as far as they exist.
    package func copies(
        of wrapped: [[UInt8]], besides others: [String] = []
    ) async throws -> Int {
        try await requireEmptyLog()
        let path = path
        let files = ["", "-wal", "-journal"].map { path + $0 } + others
        return try files.reduce(0) { try $0 + Self.copies(of: wrapped, in: $1) }
    }

    private static func copies(of wrapped: [[UInt8]], in path: String) throws -> Int {
        let file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        let unreadable = StoreError.tampered(what: "the file \(path), which cannot be read,")
        guard file >= 0 else {
            guard errno == ENOENT else { throw unreadable }
            return 0
        }
        defer { Glibc.close(file) }
        // The nonce is random and stands in the value's middle: nothing else has those bytes.
        let marks = wrapped.map {
            Array($0[SealedValue.headerBytes..<SealedValue.headerBytes + 24])
        }
        let overlap = 23
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var held = 0
        var found = 0
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(
                    file, bytes.baseAddress.map { unsafe $0 + held }, bytes.count - held)
            }
            guard count >= 0 else { throw unreadable }
            guard count > 0 else { return found }
            let end = held + count
            for mark in marks { found += occurrences(of: mark, in: buffer, below: end) }
            held = min(overlap, end)
            buffer.replaceSubrange(0..<held, with: Array(buffer[(end - held)..<end]))
        }
    }

    private static func occurrences(of mark: [UInt8], in buffer: [UInt8], below end: Int) -> Int {
        var found = 0
        unsafe buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var offset = 0
            while offset + mark.count <= end,
                let hit = unsafe memchr(
                    base + offset, Int32(mark[0]), end - mark.count + 1 - offset)
            {
                offset = unsafe UnsafeRawPointer(hit) - base
                if unsafe memcmp(base + offset, mark, mark.count) == 0 { found += 1 }
                offset += 1
            }
        }
        return found
    }
}

extension StoreTransaction {
    fileprivate func removeRows(
        of tenant: TenantID, in table: RecordTable, _ window: ClosedRange<Int64>
    ) throws -> Int {
        let rows = try connection.query(
            table.ownRows,
            [.integer(window.lowerBound), .integer(window.upperBound), .blob(tenant.bytes)])
        for row in rows {
            let changes = try connection.run(
                table.delete, [row[0], .blob(tenant.bytes), row[1]])
            guard changes == 1 else { throw StoreError.stale(what: "a row") }
            head.remove(
                Self.mark(table.name, try row.blob(0), try row.integer(1), digestKey), table)
        }
        return rows.count
    }
}
