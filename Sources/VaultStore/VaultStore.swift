internal import SQLite
package import Sealing
internal import Sodium
package import VaultModel

/// The vault's database: sealed records and the audit chain, behind one writer that commits in
/// groups.
///
/// Opening checks the format, the schema, the head row, which rows exist in which revision, and
/// where the audit chain ends; every read checks the row it returns
/// (`docs/formats/vault-database.md`).
package final class VaultStore: Sendable {
    /// The vault's identity.
    package let vault: VaultID
    /// The unsealed keys.
    package let keys: KeyRing
    private let writer: SQLiteWriter
    private let head: HeadKeeper
    private let digestKey: SecretKey

    init(
        vault: VaultID, keys: KeyRing, connection: sending SQLiteConnection, head: HeadKeeper,
        digestKey: SecretKey
    ) throws(SQLiteError) {
        self.vault = vault
        self.keys = keys
        self.head = head
        self.digestKey = digestKey
        writer = try SQLiteWriter(connection: connection, observer: head)
    }

    // MARK: Using

    /// Runs `body` in the next group commit; what it returns is durable when this returns.
    package func transaction<R: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) async throws -> R {
        try await writer.transaction { [keys, head, digestKey] connection in
            try body(
                StoreTransaction(
                    connection: connection, keys: keys, head: head, digestKey: digestKey))
        }
    }

    /// Runs `body` for reading, between two groups.
    package func read<R: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) async throws -> R {
        try await writer.read { [keys, head, digestKey] connection in
            try body(
                StoreTransaction(
                    connection: connection, keys: keys, head: head, digestKey: digestKey))
        }
    }

    /// Truncates the write-ahead log, so that nothing deleted stays in it.
    package func truncateLog() async throws {
        try await writer.exclusively { try $0.checkpointTruncate() }
    }

    /// Adds a slot that opens the vault from now on.
    package func addSlot(_ slot: RootKeySlot) async throws {
        try await transaction { try $0.insert(slot) }
    }

    /// The slots, oldest first.
    package func slots() async throws -> [RootKeySlot] {
        try await writer.read { try Self.slots(in: $0) }
    }

    /// Reads every row of every table, and SQLite's own structure; throws at the first that is not
    /// sound.
    package func checkEverything() async throws {
        let findings = try await writer.exclusively { try $0.integrityCheck() }
        if let first = findings.first { throw StoreError.tampered(what: "the file (\(first))") }
        try await read { transaction in
            for type in Schema.records { try transaction.readAll(type) }
        }
    }

    /// Finishes what waits and closes the file.
    package func close() async { await writer.close() }
}

extension StoreTransaction {
    /// Opens every record of a kind.
    fileprivate func readAll<R: Record>(_ type: R.Type) throws {
        _ = try select(type, where: "", [])
    }
}
