internal import SQLite
package import Sealing
private import VaultModel

/// What replacing the root key came to.
package struct RootReplacement: Sendable {
    /// The generation that wraps now.
    package let generation: UInt32
    /// How many keys were wrapped again, by column.
    package let rewrapped: [SweepCount]
    /// How many are wrapped under another generation, by column: none.
    package let remaining: [SweepCount]
    /// The earlier generations that are kept for backups.
    package let kept: [UInt32]
}

// Replacing the root key: it only wraps, so what is wrapped is all that there is to do.
extension VaultStore {
    /// Wraps every scope key and every slot under a new root key, in one transaction: a crash leaves
    /// the old one or the new one.
    ///
    /// All is wrapped before the writer is asked; it only puts the new values in the place of those
    /// that were read, and refuses when there are others meanwhile.
    /// - Parameters:
    ///   - keepsOld: Keeps the old key, under the new one, for backups of its time.
    ///   - audit: Appends the entry about it.
    package func replaceRootKey(
        keepsOld: Bool,
        audit: @escaping @Sendable (StoreTransaction, RootReplacement) throws -> Void
    ) async throws -> RootReplacement {
        var attempt = 0
        while true {
            attempt += 1
            let next = try keys.successor()
            let rows = try await read { try RootRows($0) }
            let plan = try RootPlan(rows, from: keys, to: next, keepsOld: keepsOld)
            do {
                let result = try await transaction { transaction in
                    let result = try plan.carryOut(in: transaction)
                    try audit(transaction, result)
                    return result
                }
                keys.adoptRoot(of: next)
                return result
            } catch StoreError.stale where attempt < RekeyingLimits.attempts {
                continue
            }
        }
    }

    /// Drops the root keys that were kept for backups until now.
    package func dropExpiredRoots(
        audit: @escaping @Sendable (StoreTransaction, [UInt32]) throws -> Void
    ) async throws {
        let now = SQLiteValue.integer(Timestamp.now.milliseconds)
        let expired = try await read { transaction in
            try transaction.connection.query(
                "SELECT generation FROM root_key WHERE expires < ?", [now])
        }
        guard !expired.isEmpty else { return }
        try await transaction { transaction in
            let rows = try transaction.connection.query(
                "SELECT generation, expires, wrapped FROM root_key WHERE expires < ?", [now])
            for row in rows { transaction.toggle("root_key", row.values) }
            _ = try transaction.connection.run("DELETE FROM root_key WHERE expires < ?", [now])
            try audit(transaction, try rows.map { UInt32(truncatingIfNeeded: try $0.integer(0)) })
        }
        try await truncateLog()
    }

    /// The ring of an earlier root key that is still kept, to open backups of its time; `nil` when
    /// it is not.
    package func earlierRing(_ generation: UInt32) async throws -> KeyRing? {
        let row = try await read { transaction in
            try transaction.connection.first(
                "SELECT wrapped FROM root_key WHERE generation = ?", [.integer(Int64(generation))])
        }
        return try row.map { try keys.earlierRing($0.blob(0), generation: generation) }
    }
}

/// Every row that holds something which the root key wraps.
private struct RootRows: Sendable {
    let scopes: [SQLiteRow]
    let slots: [SQLiteRow]
    let archived: [SQLiteRow]

    init(_ transaction: StoreTransaction) throws {
        scopes = try transaction.connection.query(StoreTransaction.scopeKeyRows)
        slots = try transaction.connection.query(StoreTransaction.slotRows)
        archived = try transaction.connection.query(StoreTransaction.rootKeyRows)
    }
}

/// Every key that the root key wraps, as it is and as it will be.
private struct RootPlan: Sendable {
    /// A row of one of the tables, by its columns.
    private struct Change: Sendable {
        let old: [SQLiteValue]
        let new: [SQLiteValue]
    }

    private let generation: UInt32
    private let scopes: [Change]
    private let slots: [Change]
    private let archived: [Change]
    private let archive: [SQLiteValue]?

    init(_ rows: RootRows, from keys: KeyRing, to next: KeyRing, keepsOld: Bool) throws {
        generation = next.rootGeneration
        scopes = try rows.scopes.map { row in
            guard let scope = TenantID(bytes: try row.blob(0)),
                let generation = UInt32(exactly: try row.integer(1)),
                let state = ScopeKeyState(rawValue: try row.text(2))
            else { throw StoreError.tampered(what: "a key") }
            let wrapped = try keys.rewrapScopeKey(
                row.blob(3), of: scope, generation: generation, isAuditKey: state == .auditOnly,
                under: next)
            return Change(old: row.values, new: row.values.dropLast() + [.blob(wrapped)])
        }
        slots = try rows.slots.map { row in
            let slot = try VaultStore.slot(row)
            let wrapped = try next.wrapRoot(for: try keys.slotKey(of: slot))
            var values = row.values
            values[StoreTransaction.slotWrapped] = .blob(wrapped.wrapped)
            values[StoreTransaction.slotWrapped + 1] = .blob(wrapped.wrappedKey)
            return Change(old: row.values, new: values)
        }
        archived = try rows.archived.map { row in
            guard let generation = UInt32(exactly: try row.integer(0)) else {
                throw StoreError.tampered(what: "a key")
            }
            guard keepsOld else { return Change(old: row.values, new: []) }
            let wrapped = try keys.rewrapArchivedRoot(
                row.blob(2), generation: generation, under: next)
            return Change(old: row.values, new: row.values.dropLast() + [.blob(wrapped)])
        }
        archive =
            keepsOld
            ? [
                .integer(Int64(keys.rootGeneration)),
                .integer(
                    Timestamp.now.adding(seconds: RekeyingLimits.archiveSeconds).milliseconds),
                .blob(keys.archiveRoot(under: next)),
            ] : nil
    }

    /// Puts everything in place.
    ///
    /// - Throws: `StoreError.stale` when a key is another than it was read, or there is one more.
    func carryOut(in transaction: StoreTransaction) throws -> RootReplacement {
        let connection = transaction.connection
        try replace("scope_key", scopes, in: transaction) { change in
            try connection.run(
                """
                UPDATE scope_key SET wrapped = ?
                WHERE tenant = ? AND generation = ? AND state = ? AND wrapped = ?
                """, [change.new[3]] + change.old)
        }
        let first = StoreTransaction.slotWrapped
        try replace("key_slot", slots, in: transaction) { change in
            try connection.run(
                "UPDATE key_slot SET wrapped = ?, wrapped_key = ? WHERE id = ? AND wrapped = ?",
                [change.new[first], change.new[first + 1], change.old[0], change.old[first]])
        }
        try replace("root_key", archived, in: transaction) { change in
            guard let wrapped = change.new.last else {
                return try connection.run(
                    "DELETE FROM root_key WHERE generation = ? AND expires = ? AND wrapped = ?",
                    change.old)
            }
            return try connection.run(
                """
                UPDATE root_key SET wrapped = ?
                WHERE generation = ? AND expires = ? AND wrapped = ?
                """, [wrapped] + change.old)
        }
        if let archive {
            _ = try connection.run(
                "INSERT INTO root_key (generation, expires, wrapped) VALUES (?, ?, ?)", archive)
            transaction.toggle("root_key", archive)
        }
        return try report(transaction)
    }

    private func replace(
        _ table: String, _ changes: [Change], in transaction: StoreTransaction,
        _ run: (Change) throws -> Int
    ) throws {
        for change in changes {
            guard try run(change) == 1 else { throw StoreError.stale(what: "a key") }
            transaction.toggle(table, change.old)
            if !change.new.isEmpty { transaction.toggle(table, change.new) }
        }
    }

    private func report(_ transaction: StoreTransaction) throws -> RootReplacement {
        let connection = transaction.connection
        let header = SQLiteValue.blob(SealedValue.generationBytes(generation))
        let counts: [(SweepCount, SQL)] = [
            (count("scope_key", "wrapped", scopes), "scope_key WHERE substr(wrapped, 4, 4) <> ?"),
            (count("key_slot", "wrapped", slots), "key_slot WHERE substr(wrapped, 4, 4) <> ?"),
            (
                count("key_slot", "wrapped_key", slots),
                "key_slot WHERE substr(wrapped_key, 4, 4) <> ?"
            ),
            (count("root_key", "wrapped", archived), "root_key WHERE substr(wrapped, 4, 4) <> ?"),
        ]
        let remaining = try counts.map { counted, condition in
            let rows = try connection.first("SELECT COUNT(*) FROM " + condition, [header])
            return SweepCount(
                table: counted.table, column: counted.column,
                rows: Int(try rows?.integer(0) ?? 0))
        }
        // A key that was added after the plan was made is not in it.
        guard remaining.allSatisfy({ $0.rows == 0 }) else {
            throw StoreError.stale(what: "a key")
        }
        let kept = try connection.query("SELECT generation FROM root_key ORDER BY generation")
        return RootReplacement(
            generation: generation, rewrapped: counts.map(\.0), remaining: remaining,
            kept: try kept.map { UInt32(truncatingIfNeeded: try $0.integer(0)) })
    }

    private func count(_ table: String, _ column: String, _ changes: [Change]) -> SweepCount {
        SweepCount(table: table, column: column, rows: changes.count { !$0.new.isEmpty })
    }
}
