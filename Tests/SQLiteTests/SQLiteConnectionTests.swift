import SQLite
import Testing

@Suite("A connection")
struct SQLiteConnectionTests {
    let folder = TemporaryFolder()
    let connection: SQLiteConnection

    init() throws { connection = try openItems(folder.file()) }

    static let values: [SQLiteValue] = [
        .null, .integer(0), .integer(.min), .integer(.max), .text(""), .text("ü\0né ✓"),
        .blob([]), .blob([0]), .blob([UInt8](repeating: 7, count: 4_095)),
        .blob([UInt8](repeating: 8, count: 4_096)), .blob([UInt8](repeating: 9, count: 1_000_000)),
    ]

    @Test("Every value comes back as it went in", arguments: values.indices)
    func roundTrip(index: Int) throws {
        let value = Self.values[index]
        #expect(try connection.first("SELECT ?", [value])?.values == [value])
        try connection.forEach("SELECT ?", [value]) { row throws(SQLiteError) in
            let found = try row.value(0)
            #expect(found == value)
            return true
        }
    }

    @Test("Several large blobs in one statement keep their places")
    func largeBlobs() throws {
        let first = [UInt8](repeating: 1, count: 50_000)
        let second = [UInt8](repeating: 2, count: 60_000)
        let row = try connection.first("SELECT ?, ?, ?, ?", [.blob(first), "x", .blob(second), 4])
        #expect(row?.values == [.blob(first), "x", .blob(second), 4])
    }

    @Test("run counts the rows it changed itself")
    func changes() throws {
        #expect(try connection.run(insertItem, [1, "a"]) == 1)
        #expect(try connection.run(insertItem, [2, "b"]) == 1)
        #expect(try connection.run("UPDATE item SET name = 'c'") == 2)
        #expect(try connection.run("UPDATE item SET name = 'c' WHERE id = 9") == 0)
        #expect(try connection.run("CREATE TABLE other (id INTEGER) STRICT") == 0)
        #expect(try connection.run("SELECT * FROM item") == 0)
    }

    @Test("A scan lends bytes in place and stops when told")
    func scan() throws {
        for id in 1...10 {
            _ = try connection.run(
                "INSERT INTO item VALUES (?, ?, ?)",
                [.integer(Int64(id)), "n\(id)".value, .blob([UInt8](repeating: 1, count: id))])
        }
        var lengths: [Int] = []
        try connection.forEach("SELECT body, name, id FROM item ORDER BY id") {
            row throws(SQLiteError) in
            lengths.append(try row.withBytes(0) { span in span.count })
            #expect(try row.withBytes(1) { span in span.count } >= 2)
            let isNull = row.isNull(2)
            #expect(!isNull)
            return lengths.count < 4
        }
        #expect(lengths == [1, 2, 3, 4])
    }

    @Test("A scan of the wrong type names the column")
    func scanWrongType() throws {
        #expect(throws: SQLiteError.wrongType(column: "n", expected: "BLOB", found: "INTEGER")) {
            try connection.forEach("SELECT 1 AS n") { row throws(SQLiteError) in
                _ = try row.blob(0)
                return true
            }
        }
        #expect(throws: SQLiteError.wrongType(column: "#3", expected: "TEXT", found: "no column")) {
            try connection.forEach("SELECT 1 AS n") { row throws(SQLiteError) in
                _ = try row.text(3)
                return true
            }
        }
    }

    @Test("The same statement may be used inside its own scan")
    func reentrantScan() throws {
        for id in 1...3 { _ = try connection.run(insertItem, [.integer(Int64(id)), "x"]) }
        var pairs = 0
        try connection.forEach(selectIDs) { _ throws(SQLiteError) in
            try connection.forEach(selectIDs) { _ throws(SQLiteError) in
                pairs += 1
                return true
            }
            return true
        }
        #expect(pairs == 9)
    }

    @Test("Broken rules are told apart and name their column")
    func constraints() throws {
        try connection.execute(
            """
            CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT UNIQUE) STRICT;
            CREATE TABLE child (
                id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent ON DELETE CASCADE,
                size INTEGER CHECK (size > 0)
            ) STRICT;
            INSERT INTO parent VALUES (1, 'a');
            """)
        let cases: [(SQL, SQLiteConstraint, String)] = [
            ("INSERT INTO parent VALUES (2, 'a')", .unique, "parent.code"),
            ("INSERT INTO parent VALUES (1, 'b')", .primaryKey, "parent.id"),
            ("INSERT INTO child VALUES (1, 9, 1)", .foreignKey, "FOREIGN KEY"),
            ("INSERT INTO child VALUES (1, NULL, 1)", .notNull, "child.parent"),
            ("INSERT INTO child VALUES (1, 1, 0)", .check, "size > 0"),
            ("INSERT INTO child VALUES (1, 1, 'x')", .datatype, "child.size"),
        ]
        for (sql, constraint, text) in cases {
            do {
                _ = try connection.run(sql)
                Issue.record("\(sql.text) was accepted")
            } catch {
                guard case .constraint(constraint, let detail) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(detail.contains(text))
            }
        }
    }

    @Test("References cascade although triggers are off")
    func cascade() throws {
        try connection.execute(
            """
            CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE) STRICT;
            INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1); DELETE FROM parent;
            """)
        #expect(try connection.first("SELECT count(*) FROM child")?[0] == 0)
    }

    @Test("A value over the bound is refused")
    func tooLarge() throws {
        #expect {
            try connection.run(
                "INSERT INTO item (body) VALUES (zeroblob(?))",
                [.integer(Int64(SQLiteLimits.valueBytes) + 1)])
        } throws: {
            if case SQLiteError.tooLarge = $0 { true } else { false }
        }
    }

    @Test("A floating-point value is of the wrong type")
    func floatingPoint() throws {
        let error = SQLiteError.wrongType(
            column: "x", expected: "INTEGER, TEXT or BLOB", found: "REAL")
        #expect(throws: error) { try connection.query("SELECT 1.5 AS x") }
    }

    @Test(
        "Misuse is refused with an error, not a trap",
        arguments: [
            "SELECT 1; SELECT 2", "SELEC 1", "SELECT * FROM nowhere", "SELECT \"name\" AS x, \"y\"",
        ] as [SQL])
    func invalidStatements(_ sql: SQL) {
        #expect {
            try connection.query(sql)
        } throws: {
            if case SQLiteError.invalidStatement = $0 { true } else { false }
        }
    }

    @Test("A wrong number of values is refused")
    func parameterCount() {
        #expect(throws: SQLiteError.self) { try connection.run("SELECT ?", []) }
        #expect(throws: SQLiteError.self) { try connection.run("SELECT 1", [1]) }
    }

    @Test("More statements than the cache holds still work")
    func cacheBound() throws {
        for count in 1...(SQLiteLimits.cachedStatements + 20) {
            let sql =
                SQL("SELECT ")
                + SQL.join(Array(repeating: "1", count: 1 + count % 90), separator: "+")
            let spaced = sql + SQL.join(Array(repeating: " ", count: count))
            #expect(try connection.first(spaced)?[0] == .integer(Int64(1 + count % 90)))
        }
    }

    @Test("A cached statement follows a change of the schema")
    func schemaChange() throws {
        let all: SQL = "SELECT * FROM item"
        _ = try connection.run(insertItem, [1, "a"])
        #expect(try connection.first(all)?.columns == ["id", "name", "body"])
        try connection.execute("ALTER TABLE item ADD COLUMN size INTEGER")
        let row = try connection.first(all)
        #expect(row?.columns == ["id", "name", "body", "size"])
        #expect(row?.values == [1, "a", .null, .null])
    }

    @Test("Work past its time limit is interrupted, and the connection goes on")
    func timeLimit() throws {
        let endless: SQL = """
            WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n
            """
        #expect(throws: SQLiteError.interrupted) {
            try connection.limited(to: .milliseconds(20)) { () throws(SQLiteError) in
                try connection.query(endless)
            }
        }
        let quick = try connection.limited(to: .seconds(60)) { () throws(SQLiteError) in
            try connection.first("SELECT 1")
        }
        #expect(quick?[0] == 1)
        #expect(try connection.first("SELECT 2")?[0] == 2)
    }

    @Test("A closed connection says so")
    func closed() {
        connection.close()
        connection.close()
        #expect(throws: SQLiteError.closed) { try connection.run("SELECT 1") }
        #expect(throws: SQLiteError.closed) { try connection.begin() }
    }

    @Test("Full-text search works under all protections")
    func fullTextSearch() throws {
        try connection.execute("CREATE VIRTUAL TABLE words USING fts5(body, content='')")
        _ = try connection.run("INSERT INTO words (rowid, body) VALUES (5, ?)", ["the quick fox"])
        let rows = try connection.query("SELECT rowid FROM words WHERE words MATCH ?", ["quick"])
        #expect(try rows.map { try $0.integer(0) } == [5])
        #expect(try connection.integrityCheck() == [])
    }
}

extension String {
    fileprivate var value: SQLiteValue { .text(self) }
}
