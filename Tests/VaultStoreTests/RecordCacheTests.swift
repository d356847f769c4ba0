import SQLite
import Sealing
import Testing
import VaultModel

@testable import VaultStore

@Suite("Records that are kept opened")
struct RecordCacheTests {
    init() throws { try startSodium() }

    /// A variable whose row has so many bytes.
    private func variable(_ bytes: Int) throws -> (record: VariableRecord, row: SQLiteRow) {
        let name = try ResourceName("name")
        let record = VariableRecord(
            tenant: TenantID(), name: name, nameIndex: [], environment: nil, value: "")
        let row = SQLiteRow(
            values: [.blob(record.id.bytes), .blob(Array(repeating: 7, count: bytes - 16))],
            columns: ["id", "sealed"])
        return (record, row)
    }

    /// The mark that is found for a row, as a scan over such a row finds it.
    private func mark(_ cache: RecordCache, _ row: SQLiteRow) throws -> UInt64? {
        let folder = TemporaryFolder()
        let connection = try SQLiteConnection(path: folder.file(), mode: .create)
        defer { connection.close() }
        var found: UInt64?
        try connection.forEach("SELECT ?, ?", row.values) { view throws(SQLiteError) in
            found = try cache.find(VariableRecord.self, view)?.mark
            return true
        }
        return found
    }

    @Test("A record is found for its very row and for no other")
    func exact() throws {
        let cache = RecordCache()
        let (record, row) = try variable(100)
        cache.insert(record, of: row, mark: 5)
        #expect(try mark(cache, row) == 5)
        for other in [
            [row[0], .blob(Array(repeating: 7, count: 83))],
            [row[0], .blob(Array(repeating: 7, count: 85))],
            [row[0], .blob(Array(repeating: 7, count: 83) + [8])],
            [row[0], .text(String(repeating: "\u{7}", count: 84))],
            [row[0], .null], [row[0], 7], [.blob(record.tenant.bytes), row[1]],
        ] as [[SQLiteValue]] {
            #expect(try mark(cache, SQLiteRow(values: other, columns: [])) == nil)
        }
        cache.removeAll()
        #expect(try mark(cache, row) == nil)
    }

    @Test("As many bytes are kept as there is room for, and not one more", arguments: [700, 701])
    func room(bytes: Int) throws {
        let cache = RecordCache(bytes: 800)
        let (first, row) = try variable(100)
        cache.insert(first, of: row, mark: 1)
        let more = try variable(bytes)
        cache.insert(more.record, of: more.row, mark: 2)
        #expect(try mark(cache, more.row) == (bytes == 700 ? 2 : nil))
        cache.insert(more.record, of: more.row, mark: 2)
        #expect(try mark(cache, more.row) == 2)
        #expect(try mark(cache, row) == (bytes == 700 ? 1 : nil))
    }

    @Test("What is read once moves nothing that is kept")
    func once() throws {
        let cache = RecordCache(bytes: 800)
        let kept = try (0..<8).map { _ in try variable(100) }
        for (number, entry) in kept.enumerated() {
            cache.insert(entry.record, of: entry.row, mark: UInt64(number))
        }
        for _ in 0..<10_000 {
            let more = try variable(100)
            cache.insert(more.record, of: more.row, mark: 99)
        }
        for (number, entry) in kept.enumerated() {
            #expect(try mark(cache, entry.row) == UInt64(number))
        }
    }

    @Test("A row larger than all the room is not kept", arguments: [800, 801])
    func large(bytes: Int) throws {
        let cache = RecordCache(bytes: 800)
        let (record, row) = try variable(bytes)
        cache.insert(record, of: row, mark: 1)
        #expect(try mark(cache, row) == (bytes == 800 ? 1 : nil))
    }

    @Test("A record that is kept again takes the place of what it was")
    func again() throws {
        let cache = RecordCache(bytes: 800)
        let (record, row) = try variable(400)
        let (other, otherRow) = try variable(400)
        cache.insert(other, of: otherRow, mark: 7)
        for number in 1...9 {
            cache.insert(record, of: row, mark: UInt64(number))
            #expect(try mark(cache, row) == UInt64(number))
        }
        #expect(try mark(cache, otherRow) == 7)
    }

    @Test("What is asked for stays, and what is not goes")
    func age() throws {
        let cache = RecordCache(bytes: 800)
        let (wanted, row) = try variable(100)
        cache.insert(wanted, of: row, mark: 1)
        let (unwanted, other) = try variable(100)
        cache.insert(unwanted, of: other, mark: 2)
        for number in 0..<40 {
            let more = try variable(100)
            for _ in 0..<2 { cache.insert(more.record, of: more.row, mark: UInt64(number)) }
            #expect(try mark(cache, more.row) == UInt64(number))
            #expect(try mark(cache, row) == 1)
        }
        #expect(try mark(cache, other) == nil)
    }
}
