import Glibc
import SQLite
import Testing

@Suite("Protections")
struct HardeningTests {
    let folder = TemporaryFolder()

    static let expected: [(String, SQLiteValue)] = [
        ("flag defensive", 1), ("flag trusted_schema", 0), ("flag enable_view", 0),
        ("flag enable_trigger", 0), ("flag dqs_dml", 0), ("flag dqs_ddl", 0),
        ("flag load_extension", 0), ("flag fts3_tokenizer", 0), ("flag writable_schema", 0),
        ("flag enable_fkey", 1), ("foreign_keys", 1), ("trusted_schema", 0),
        ("cell_size_check", 1), ("mmap_size", 0), ("temp_store", 2), ("recursive_triggers", 0),
        ("synchronous", 2), ("locking_mode", "normal"), ("journal_mode", "wal"),
        ("secure_delete", 1),
    ]

    @Test("Each protection reads back as set, for each way to open", arguments: [true, false])
    func protectionsAreSet(readOnly: Bool) throws {
        let writing = try openItems(folder.file())
        let connection =
            readOnly ? try SQLiteConnection(path: folder.file(), mode: .readOnly) : writing
        let found = Dictionary(
            uniqueKeysWithValues: try connection.protections().map { ($0.name, $0.value) })
        for (name, value) in Self.expected { #expect(found[name] == value, "\(name)") }
        #expect(found.count == Self.expected.count + 12)
        #expect(found["limit 7"] == 0, "SQLITE_LIMIT_ATTACHED")
        #expect(found["limit 0"] == .integer(Int64(SQLiteLimits.valueBytes)))
    }

    @Test("SQLite itself answers with the same settings")
    func pragmasAnswer() throws {
        let connection = try openItems(folder.file())
        #expect(try connection.first("PRAGMA synchronous")?[0] == 2)
        #expect(try connection.first("PRAGMA journal_mode")?[0] == "wal")
        #expect(try connection.first("PRAGMA busy_timeout")?[0] == 5_000)
        #expect(try connection.first("PRAGMA cache_size")?[0] == -8_192)
        #expect(try connection.first("PRAGMA wal_autocheckpoint")?[0] == 4_096)
    }

    @Test("A read-only connection follows only if it reads")
    func readOnly() throws {
        let writing = try openItems(folder.file())
        let reading = try SQLiteConnection(path: folder.file(), mode: .readOnly)
        _ = try writing.run(insertItem, [1, "a"])
        #expect(try itemIDs(reading) == [1])
        #expect(throws: SQLiteError.readOnly(path: folder.file())) {
            try reading.run(insertItem, [2, "b"])
        }
    }

    @Test(
        "Statements that would undo a protection are refused",
        arguments: [
            "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "ATTACH 'x' AS y",
            "PRAGMA foreign_keys=OFF", "PRAGMA synchronous=0", "PRAGMA writable_schema=1",
            "PRAGMA journal_mode=DELETE", "CREATE VIEW v AS SELECT 1",
            "CREATE TRIGGER t AFTER INSERT ON item BEGIN SELECT 1; END",
            "SELECT load_extension('/tmp/x.so')", "VACUUM INTO '/tmp/never.db'",
            "UPDATE sqlite_schema SET sql = ''",
        ] as [SQL])
    func forbiddenStatements(_ sql: SQL) throws {
        let connection = try openItems(folder.file())
        #expect(throws: SQLiteError.self) { try connection.run(sql) }
        #expect(throws: SQLiteError.self) { try connection.execute(sql) }
        #expect(!connection.isInTransaction)
        #expect(try connection.first("PRAGMA foreign_keys")?[0] == 1)
    }

    @Test("Statements that describe the schema pass")
    func descriptions() throws {
        let connection = try openItems(folder.file())
        #expect(try connection.query("PRAGMA table_info(item)").count == 3)
        #expect(try connection.query("SELECT * FROM pragma_table_info('item')").count == 3)
        #expect(try connection.userVersion() == 0)
        try connection.transaction { () throws(SQLiteError) in
            try connection.setUserVersion(-7)
        }
        #expect(try connection.userVersion() == -7)
    }

    @Test("Only the owner may read the database, its log and its index")
    func fileModes() throws {
        let old = umask(0)
        defer { umask(old) }
        let connection = try openItems(folder.file())
        _ = try connection.run(insertItem, [1, "a"])
        #expect(permissions(of: folder.file()) == 0o600)
        #expect(permissions(of: folder.file() + "-wal") == 0o600)
        #expect(permissions(of: folder.file() + "-shm") == 0o600)
    }

    @Test("A file that others could read is closed to them")
    func looseModes() throws {
        try openItems(folder.file()).close()
        _ = unsafe chmod(folder.file(), 0o644)
        let connection = try openItems(folder.file())
        _ = try connection.run(insertItem, [1, "a"])
        #expect(permissions(of: folder.file()) == 0o600)
        #expect(permissions(of: folder.file() + "-wal") == 0o600)
    }

    @Test("A name that SQLite would read as something else names a file")
    func oddNames() throws {
        let odd = folder.path + "/a?mode=memory"
        try openItems(odd).close()
        #expect(size(of: odd) > 0)
        for path in ["", "a\0b"] {
            #expect(throws: SQLiteError.self) { try SQLiteConnection(path: path, mode: .create) }
        }
    }
}
