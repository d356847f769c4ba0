import SQLite
import TestSupport
import Testing

@Suite("A process killed while it writes")
struct CrashTests {
    @Test("Every acknowledged row outlives kill -9", arguments: [1, 50, 700, 3_000, 9_000])
    func acknowledgedRowsSurvive(acknowledgements: Int) throws {
        let folder = TemporaryFolder()
        let path = folder.file()
        try openItems(path).close()
        let child = try ChildProcess(helper: "sqlite-test-child", ["write", path])
        var acknowledged: [Int64] = []
        while acknowledged.count < acknowledgements, let line = child.line() {
            acknowledged.append(try #require(Int64(line)))
        }
        child.killNow()
        // What the pipe still holds was acknowledged too; the last line may be cut.
        while let line = child.line() { acknowledged.append(try #require(Int64(line))) }
        child.wait()

        let connection = try SQLiteConnection(path: path, mode: .readWrite)
        #expect(acknowledged.count >= acknowledgements)
        #expect(try connection.integrityCheck() == [])
        let rows = try itemIDs(connection)
        #expect(Set(acknowledged).isSubset(of: rows))
        // Jobs commit in the order in which they were queued, so the rows have no gap.
        #expect(rows == Array(1...Int64(rows.count)))
        let damaged = try connection.first(
            "SELECT count(*) FROM item WHERE length(body) <> 2000")
        #expect(damaged?[0] == 0)
    }
}
