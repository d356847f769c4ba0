import SQLite
import Testing

@Suite("SQL")
struct SQLTests {
    @Test("Texts with the same letters are equal, joined or not")
    func equality() {
        let literal: SQL = "SELECT 1"
        #expect(literal == SQL("SELECT") + " " + "1")
        #expect(literal.hashValue == (SQL("SELECT") + " 1").hashValue)
        #expect(literal != "SELECT 2")
    }

    @Test("Placeholders and joins make lists")
    func lists() {
        #expect(SQL.placeholders(3).text == "?, ?, ?")
        #expect(SQL.placeholders(0).text == "")
        #expect(SQL.join(["a", "b"], separator: " AND ").text == "a AND b")
    }

    @Test("A literal of one scalar works like any other")
    func shortLiteral() throws {
        let folder = TemporaryFolder()
        let connection = try openItems(folder.file())
        #expect(
            throws: SQLiteError.invalidStatement(sql: ";", message: "there is no statement in it")
        ) {
            try connection.run(";")
        }
    }
}
