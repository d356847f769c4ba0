import SQLite
import Testing

@Suite("A row")
struct SQLiteRowTests {
    let row = SQLiteRow(
        values: [1, "two", .blob([3]), .null, 5], columns: ["a", "b", "c", "d", "e"])

    @Test("Each type is read by its own name")
    func types() throws {
        #expect(try row.integer(0) == 1)
        #expect(try row.text(1) == "two")
        #expect(try row.blob(2) == [3])
        #expect(try row.optionalInteger(3) == nil)
        #expect(try row.optionalText(3) == nil)
        #expect(try row.optionalBlob(3) == nil)
        #expect(try row.optionalInteger(0) == 1)
        #expect(try row.bool(0))
        #expect(row[1] == "two")
    }

    @Test("A wrong type names the column, what was wanted and what is there")
    func wrongType() {
        #expect(throws: SQLiteError.wrongType(column: "b", expected: "INTEGER", found: "TEXT")) {
            try row.integer(1)
        }
        #expect(throws: SQLiteError.wrongType(column: "d", expected: "TEXT", found: "NULL")) {
            try row.text(3)
        }
        #expect(throws: SQLiteError.wrongType(column: "e", expected: "0 or 1", found: "INTEGER")) {
            try row.bool(4)
        }
        #expect(throws: SQLiteError.wrongType(column: "#9", expected: "BLOB", found: "no column")) {
            try row.blob(9)
        }
    }
}
