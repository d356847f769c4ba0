import SQLite
import Testing

@Suite("Transactions of one connection")
struct TransactionsTests {
    let folder = TemporaryFolder()
    let connection: SQLiteConnection

    init() throws { connection = try openItems(folder.file()) }

    @Test("A rollback undoes, a commit keeps")
    func commitAndRollback() throws {
        try connection.begin()
        _ = try connection.run(insertItem, [1, "a"])
        try connection.rollback()
        try connection.begin()
        _ = try connection.run(insertItem, [2, "b"])
        #expect(connection.hasWritten)
        try connection.commit()
        #expect(try itemIDs(connection) == [2])
        #expect(!connection.hasWritten)
    }

    @Test("A transaction that throws leaves nothing")
    func throwing() throws {
        #expect(throws: SQLiteError.interrupted) {
            try connection.transaction { () throws(SQLiteError) in
                _ = try connection.run(insertItem, [1, "a"])
                throw .interrupted
            }
        }
        #expect(try itemIDs(connection) == [])
        #expect(!connection.isInTransaction)
    }

    @Test("Nested savepoints undo their own changes alone")
    func savepoints() throws {
        try connection.transaction { () throws(SQLiteError) in
            _ = try connection.run(insertItem, [1, "a"])
            try connection.savepoint { () throws(SQLiteError) in
                _ = try connection.run(insertItem, [2, "b"])
                do {
                    try connection.savepoint { () throws(SQLiteError) in
                        _ = try connection.run(insertItem, [3, "c"])
                        throw .interrupted
                    }
                } catch {}
            }
        }
        #expect(try itemIDs(connection) == [1, 2])
    }

    @Test("The body of a transaction cannot end it")
    func ownedTransaction() throws {
        try connection.transaction { () throws(SQLiteError) in
            #expect(throws: SQLiteError.self) { try connection.commit() }
            #expect(throws: SQLiteError.self) { try connection.rollback() }
            #expect(throws: SQLiteError.self) { try connection.begin() }
        }
        #expect(throws: SQLiteError.self) { try connection.savepoint {} }
    }

    @Test("A script that fails half-way in a transaction leaves nothing")
    func script() throws {
        #expect(throws: SQLiteError.self) {
            try connection.transaction { () throws(SQLiteError) in
                try connection.execute("CREATE TABLE a (x INTEGER) STRICT; CREATE TABEL b (y)")
            }
        }
        #expect(try connection.schemaText().count == 1)
    }
}
