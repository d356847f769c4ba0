internal import SQLite
private import Sealing
package import VaultModel

/// What a stored generation of a scope's key is for.
enum ScopeKeyState: String, Sendable {
    /// Rows may be sealed under it; the newest such generation seals.
    case active
    /// Only its audit entries are left, which are never sealed again; so is only their key.
    case auditOnly = "audit-only"
}

// The table of scope keys.
extension StoreTransaction {
    /// Adds a generation of a scope's key.
    ///
    /// - Throws: `StoreError.stale` when it is wrapped under a root key that was replaced meanwhile.
    package func insertScopeKey(
        _ wrapped: [UInt8], of scope: TenantID, generation: UInt32 = 1
    ) throws {
        try requireCurrentRoot(wrapped)
        let values: [SQLiteValue] = [
            .blob(scope.bytes), .integer(Int64(generation)), .text(ScopeKeyState.active.rawValue),
            .blob(wrapped),
        ]
        _ = try connection.run(
            "INSERT INTO scope_key (tenant, generation, state, wrapped) VALUES (?, ?, ?, ?)", values
        )
        toggle("scope_key", values)
    }

    /// Refuses what is wrapped under another root key than the stored keys are.
    func requireCurrentRoot(_ wrapped: [UInt8]) throws {
        let stored = try connection.first("SELECT wrapped FROM scope_key LIMIT 1")?.blob(0)
        guard let stored else { return }
        guard
            try SealedValue.generation(of: stored, what: "a key")
                == SealedValue.generation(of: wrapped, what: "a key")
        else { throw StoreError.stale(what: "the root key") }
    }

    /// Leaves of every generation but the newest what its audit entries need; returns which.
    package func retireOlderScopeKeys(of scope: TenantID) throws -> [UInt32] {
        let older = keys.generations(of: scope).dropLast()
        for generation in older {
            let wrapped = try keys.wrapAuditKey(for: scope, generation: generation)
            try requireCurrentRoot(wrapped)
            let place: [SQLiteValue] = [.blob(scope.bytes), .integer(Int64(generation))]
            let rows = try connection.query(
                """
                SELECT tenant, generation, state, wrapped FROM scope_key
                WHERE tenant = ? AND generation = ?
                """, place)
            guard let row = rows.first else { throw StoreError.stale(what: "the tenant's key") }
            toggle("scope_key", row.values)
            let state = SQLiteValue.text(ScopeKeyState.auditOnly.rawValue)
            _ = try connection.run(
                "UPDATE scope_key SET state = ?, wrapped = ? WHERE tenant = ? AND generation = ?",
                [state, .blob(wrapped)] + place)
            toggle("scope_key", place + [state, .blob(wrapped)])
        }
        return Array(older)
    }

    /// Removes every key of a scope; returns what was stored of them.
    func deleteScopeKeys(of scope: TenantID) throws -> [[UInt8]] {
        let rows = try connection.query(
            "SELECT tenant, generation, state, wrapped FROM scope_key WHERE tenant = ?",
            [.blob(scope.bytes)])
        for row in rows { toggle("scope_key", row.values) }
        _ = try connection.run("DELETE FROM scope_key WHERE tenant = ?", [.blob(scope.bytes)])
        return try rows.map { try $0.blob(3) }
    }

    /// Counts a row that is no record in the state digest, or no longer.
    func toggle(_ table: String, _ values: [SQLiteValue]) {
        let mark = Self.mark(table, values, digestKey)
        head.change { $0.toggle(mark) }
        head.noteChange()
    }
}
