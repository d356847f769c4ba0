private import Glibc
private import Locking
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
    private let readers: SQLiteReaderPool
    let head: HeadKeeper
    private let digestKey: SecretKey
    /// Whether the write-ahead log may hold what must not stay in it: at first, what a process that
    /// was killed has left there.
    private let isLogDue = Locked(true)
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
        // The writer needs a processor for itself: behind busy readers it would be late with each commit.
        let processors = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        readers = SQLiteReaderPool(
            path: path, count: min(max(1, processors - 1), StoreLimits.readers),
            options: SQLiteOptions(
                cacheKiB: StoreLimits.readerCacheKiB, applicationID: Schema.applicationID))
        writer = try SQLiteWriter(connection: connection, observer: head, readers: readers)
    }

    // MARK: Using

    /// Runs `body` in the next group commit; what it returns is durable when this returns.
    package func transaction<R: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) async throws -> R {
        try await writer.transaction { [job] connection in try body(job(connection)) }
    }

    /// ``transaction(_:)`` with what `plan` finds, which is looked up beside the writer if possible.
    ///
    /// The plan reads on this thread what is durable. `body` gets it if nothing has changed since but
    /// messages and the audit log; otherwise, and when the plan has failed, it is made again in the
    /// transaction, where it sees what `body` sees and fails for good. So it is always as if the plan
    /// was made there. It is short, changes nothing, and reads neither messages nor the audit log.
    package func transaction<Plan: Sendable, R: Sendable>(
        planning plan: @escaping @Sendable (StoreTransaction) throws -> Plan,
        _ body: @escaping @Sendable (StoreTransaction, Plan) throws -> R
    ) async throws -> R {
        let changes = head.durableChanges
        let draft = try? readInPlace(isPlan: true, plan)
        return try await transaction { transaction in
            if let draft, transaction.head.changes == changes {
                return try body(transaction, draft)
            }
            return try body(transaction, plan(transaction))
        }
    }

    /// ``transaction(_:)`` for a thread that may block.
    func transactionNow<R: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) throws -> R {
        try writer.transactionNow { [job] connection in try body(job(connection)) }
    }

    /// Runs `body` for reading, between two groups.
    package func read<R: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) async throws -> R {
        try await writer.read { [job] connection in try body(job(connection)) }
    }

    /// Runs `body`, which is short, for reading what is durable: on this thread if possible, otherwise
    /// as ``read(_:)``.
    ///
    /// What fails beside the writer may have changed under its hands, so the writer decides.
    package func glance<R: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) async throws -> R {
        if let found = try? readInPlace(isPlan: false, body) { return found }
        return try await read(body)
    }

    private func readInPlace<R>(
        isPlan: Bool, _ body: (StoreTransaction) throws -> R
    ) throws -> R? {
        try readers.read { connection in
            var transaction = job(connection)
            transaction.isPlan = isPlan
            return try body(transaction)
        }
    }

    /// What a job on a connection works with.
    private var job: @Sendable (SQLiteConnection) -> StoreTransaction {
        { [keys, head, digestKey, records] connection in
            StoreTransaction(
                connection: connection, keys: keys, head: head, digestKey: digestKey,
                records: records)
        }
    }

    // MARK: The write-ahead log

    /// Empties the write-ahead log, so that nothing deleted stays in it; while somebody reads an
    /// earlier state, that is left to ``emptyLogIfDueNow()``.
    ///
    /// It waits for no reader: what was committed is done, and the writer has other work.
    package func truncateLog() async throws {
        noteLogIsDue()
        do {
            try await writer.exclusively { [self] in try emptyLog($0, waits: false) }
        } catch SQLiteError.busy {
            return
        }
    }

    /// Empties the write-ahead log.
    ///
    /// - Throws: `SQLiteError.busy` when somebody reads an earlier state past the busy timeout.
    package func requireEmptyLog() async throws {
        noteLogIsDue()
        try await writer.exclusively { [self] in try emptyLog($0, waits: true) }
    }

    /// Empties the write-ahead log if that was not possible when it was wanted; blocks the thread.
    ///
    /// - Throws: `SQLiteError.busy` while it still is not.
    package func emptyLogIfDueNow() throws {
        guard isLogDue.withLock({ $0 }) else { return }
        try writer.exclusivelyNow { [self] in try emptyLog($0, waits: false) }
    }

    /// Notes that what is in the write-ahead log must not stay there.
    func noteLogIsDue() { isLogDue.withLock { $0 = true } }

    /// Runs on the writer's thread: what is noted after a commit is noted for a later run.
    private func emptyLog(_ connection: SQLiteConnection, waits: Bool) throws {
        try connection.checkpointTruncate(waits: waits)
        isLogDue.withLock { $0 = false }
    }

    // MARK: Slots and checks

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
    package func close() async {
        readers.close()
        await writer.close()
    }
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
