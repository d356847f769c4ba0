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
    /// The file.
    let path: String
    private let writer: SQLiteWriter
    let head: HeadKeeper
    private let digestKey: SecretKey
    /// What was opened lately.
    let records = RecordCache()
    /// Signs checkpoints of the audit log.
    let signer: NoteSigner

    init(
        vault: VaultID, keys: KeyRing, connection: sending SQLiteConnection, head: HeadKeeper,
        digestKey: SecretKey, signer: NoteSigner
    ) throws(SQLiteError) {
        self.vault = vault
        self.keys = keys
        self.head = head
        self.digestKey = digestKey
        path = connection.path
        self.signer = signer
        writer = try SQLiteWriter(connection: connection, observer: head)
    }

    // MARK: Using

    /// Runs `body` in the next group commit; what it returns is durable when this returns.
    package func transaction<R: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) async throws -> R {
        try await writer.transaction { [keys, head, digestKey, records] connection in
            try body(
                StoreTransaction(
                    connection: connection, keys: keys, head: head, digestKey: digestKey,
                    records: records))
        }
    }

    /// ``transaction(_:)`` for a thread that may block.
    func transactionNow<R: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) throws -> R {
        try writer.transactionNow { [keys, head, digestKey, records] connection in
            try body(
                StoreTransaction(
                    connection: connection, keys: keys, head: head, digestKey: digestKey,
                    records: records))
        }
    }

    /// Runs `body` for reading, between two groups.
    package func read<R: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) async throws -> R {
        try await writer.read { [keys, head, digestKey, records] connection in
            try body(
                StoreTransaction(
                    connection: connection, keys: keys, head: head, digestKey: digestKey,
                    records: records))
        }
    }

    /// Truncates the write-ahead log, so that nothing deleted stays in it.
    package func truncateLog() async throws {
        try await writer.exclusively { try $0.checkpointTruncate() }
    }

    /// ``truncateLog()`` for a thread that may block.
    func truncateLogNow() throws { try writer.exclusivelyNow { try $0.checkpointTruncate() } }

    /// Adds a slot that opens the vault from now on.
    package func addSlot(_ slot: RootKeySlot) async throws {
        try await transaction { try $0.insert(slot) }
    }

    /// The slots, oldest first.
    package func slots() async throws -> [RootKeySlot] {
        try await writer.read { try Self.slots(in: $0) }
    }

    /// Reads every row of every table, and SQLite's own structure; throws at the first that is not
    /// sound, and when a row is missing.
    package func checkEverything() async throws {
        let findings = try await writer.exclusively { try $0.integrityCheck() }
        if let first = findings.first { throw StoreError.tampered(what: "the file (\(first))") }
        try await writer.read { try Self.checkSchema(of: $0) }
        try await read { transaction in
            for type in Schema.records { try transaction.readAll(type) }
            try transaction.checkCensus()
        }
    }

    /// Finishes what waits and closes the file.
    package func close() async { await writer.close() }
}

extension StoreTransaction {
    /// Compares the rows that there are with those that the head row counts.
    fileprivate func checkCensus() throws {
        guard try VaultStore.census(of: connection, key: digestKey).digest == head.current.digest
        else { throw StoreError.tampered(what: "the set of rows") }
    }

    /// Opens every record of a kind.
    fileprivate func readAll<R: Record>(_ type: R.Type) throws {
        try forEach(type) { _ in }
    }
}
