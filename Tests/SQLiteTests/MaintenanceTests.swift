import SQLite
import Testing

@Suite("Maintenance")
struct MaintenanceTests {
    let folder = TemporaryFolder()
    let secret = Array("a canary that must not be found anywhere, ".utf8)

    func store(_ connection: SQLiteConnection, copies: Int = 3) throws {
        for id in 1...copies {
            _ = try connection.run(
                "INSERT INTO item (id, name, body) VALUES (?, 'x', ?)",
                [
                    .integer(Int64(id)),
                    .blob(Array(Array(repeating: secret, count: 200).joined())),
                ])
        }
    }

    @Test("After TRUNCATE no file holds a trace of a deleted blob")
    func truncateLeavesNoTrace() throws {
        let path = folder.file()
        let connection = try openItems(path)
        try store(connection)
        #expect(file(path + "-wal", contains: secret), "the test would notice a trace")
        _ = try connection.run("DELETE FROM item WHERE id <> 2")
        _ = try connection.run("UPDATE item SET body = NULL")
        try connection.checkpointTruncate()
        #expect(size(of: path + "-wal") == 0)
        // Reading through other descriptors drops this process's locks, so the connection ends.
        connection.close()
        #expect(!file(path, contains: secret))
        #expect(!file(path, contains: Array("a canary".utf8)))
    }

    @Test("A reader in the way makes TRUNCATE busy, not silently incomplete")
    func truncateBusy() throws {
        let options = SQLiteOptions(busyTimeout: .milliseconds(20))
        let connection = try openItems(folder.file(), options: options)
        try store(connection)
        let reader = try SQLiteConnection(path: folder.file(), mode: .readOnly)
        try reader.beginReading()
        _ = try itemIDs(reader)
        _ = try connection.run("DELETE FROM item")
        #expect(throws: SQLiteError.busy(path: folder.file())) {
            try connection.checkpointTruncate()
        }
        try reader.rollback()
        try connection.checkpointTruncate()
    }

    @Test("TRUNCATE that waits for nobody is busy at once, and others wait as before")
    func truncateWithoutWaiting() throws {
        // Waiting for the reader would take longer than any test may.
        let options = SQLiteOptions(busyTimeout: .seconds(86_400))
        let connection = try openItems(folder.file(), options: options)
        try store(connection)
        let reader = try SQLiteConnection(path: folder.file(), mode: .readOnly)
        try reader.beginReading()
        _ = try itemIDs(reader)
        _ = try connection.run("DELETE FROM item")
        #expect(throws: SQLiteError.busy(path: folder.file())) {
            try connection.checkpointTruncate(waits: false)
        }
        #expect(try connection.first("PRAGMA busy_timeout")?[0] == 86_400_000)
        try reader.rollback()
        try connection.checkpointTruncate(waits: false)
    }

    @Test("TRUNCATE is refused inside a transaction")
    func truncateInTransaction() throws {
        let connection = try openItems(folder.file())
        try connection.begin()
        #expect(throws: SQLiteError.self) { try connection.checkpointTruncate() }
        try connection.rollback()
    }

    @Test("The schema's text is the same for the same schema, and changes with it")
    func schemaText() throws {
        let first = try openItems(folder.file("a.db"))
        let second = try openItems(folder.file("b.db"))
        #expect(try first.schemaText() == second.schemaText())
        try second.execute("CREATE INDEX item_name ON item (name)")
        #expect(try first.schemaText() != second.schemaText())
    }

    @Test("A backup holds what was committed, with mode 0600, and is itself sound")
    func backup() throws {
        let connection = try openItems(folder.file())
        try store(connection)
        let copy = folder.file("copy.db")
        try connection.backup(to: copy)
        #expect(permissions(of: copy) == 0o600)
        #expect(size(of: copy + ".partial") == 0)
        let opened = try SQLiteConnection(path: copy, mode: .readWrite)
        #expect(try opened.integrityCheck() == [])
        #expect(try opened.query("SELECT * FROM item") == connection.query("SELECT * FROM item"))
    }

    @Test("A backup never replaces a file")
    func backupKeepsFiles() throws {
        let connection = try openItems(folder.file())
        let copy = folder.file("copy.db")
        write([1, 2, 3], to: copy)
        #expect(throws: SQLiteError.self) { try connection.backup(to: copy) }
        #expect(contents(of: copy) == [1, 2, 3])
        #expect(throws: SQLiteError.self) { try connection.backup(to: folder.file("no/copy.db")) }
    }

    @Test("Backups made while jobs are committed are each one state of the database")
    func backupWhileWriting() async throws {
        let path = folder.file()
        let writer = try writeItems(path)
        let readers = try SQLiteReaders(path: path, count: 2)
        let acknowledged = Log<Int64>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for pair in 0..<400 {
                    let id = Int64(pair * 2)
                    // Two rows a job: a copy with an odd number would hold half a transaction.
                    try await writer.transaction { connection in
                        _ = try connection.run(insertItem, [.integer(id), "first"])
                        _ = try connection.run(insertItem, [.integer(id + 1), "second"])
                    }
                    acknowledged.add(id)
                }
            }
            for index in 0..<4 {
                let name = folder.file("copy\(index).db")
                group.addTask {
                    let before = await onThread { acknowledged.wait(for: index * 90).count }
                    try await readers.read { try $0.backup(to: name) }
                    let copy = try SQLiteConnection(path: name, mode: .readWrite)
                    let ids = try itemIDs(copy)
                    #expect(ids.count.isMultiple(of: 2))
                    #expect(ids.count >= before * 2)
                    #expect(try copy.integrityCheck() == [])
                }
            }
            try await group.waitForAll()
        }
        await readers.close()
        await writer.close()
        #expect(try itemIDs(openItems(path)).count == 800)
    }

    @Test("VACUUM gives free pages back although ATTACH is forbidden")
    func vacuum() throws {
        let path = folder.file()
        let connection = try openItems(path)
        try store(connection, copies: 50)
        _ = try connection.run("DELETE FROM item")
        try connection.checkpointTruncate()
        let before = size(of: path)
        try connection.vacuum()
        try connection.checkpointTruncate()
        #expect(size(of: path) < before / 4)
        #expect(throws: SQLiteError.self) { try connection.run("ATTACH 'x' AS y") }
    }
}
