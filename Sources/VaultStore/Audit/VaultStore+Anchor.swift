internal import SQLite
internal import Sealing
internal import Sodium
private import VaultModel

// Telling an earlier copy of the database from the one that was used last.
extension VaultStore {
    /// The anchor of what is durable now.
    package func anchor() throws -> Anchor {
        let state = head.durable
        return Anchor(
            vault: vault, sequence: state.sequence, chain: state.auditMAC,
            rootGeneration: keys.rootGeneration, key: try keys.keys(for: .system).anchorMAC())
    }

    /// Whether the head row says that an anchor lies beside the database.
    package var isAnchored: Bool { head.durable.isAnchored }

    /// Remembers that an anchor lies beside the database, with an entry that tells of it.
    package func markAnchored(
        _ entries: [AuditEntry] = [], inNewLife: Bool = false
    ) async throws {
        try await transaction { transaction in
            if inNewLife { transaction.head.change { $0.beginLife() } }
            for entry in entries { try transaction.audit(entry) }
            transaction.head.change { $0.isAnchored = true }
        }
    }

    /// Compares the database with the anchor that was found beside it.
    ///
    /// - Parameter found: `nil` when there is none.
    /// - Throws: `StoreError.rolledBack` when the database is an earlier or another copy,
    ///   `.anchorMissing`, `.anchorForeign`, `.tampered`.
    package func compare(with found: Anchor?) async throws {
        let state = head.durable
        guard let found else {
            guard !state.isAnchored else {
                throw StoreError.anchorMissing(database: state.sequence)
            }
            return
        }
        guard found.vault == vault else { throw StoreError.anchorForeign }
        guard found.isAuthentic(try keys.keys(for: .system).anchorMAC()) else {
            throw StoreError.anchorAltered(database: state.sequence)
        }
        let refusal = StoreError.rolledBack(database: state.sequence, anchor: found.sequence)
        guard found.sequence <= state.sequence, found.rootGeneration <= keys.rootGeneration else {
            throw refusal
        }
        let sequence = found.sequence
        let there = try await read { transaction in
            try transaction.connection.first(
                "SELECT mac FROM audit WHERE sequence = ?", [.integer(sequence)]
            ).map { row throws(SQLiteError) in try row.blob(0) }
        }
        guard (sequence == 0 ? ChainCode.start : there) == found.chain else { throw refusal }
    }
}
