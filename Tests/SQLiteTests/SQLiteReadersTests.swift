import SQLite
import Testing

@Suite("Readers")
struct SQLiteReadersTests {
    let folder = TemporaryFolder()

    @Test("Readers see what was acknowledged before they began")
    func freshness() async throws {
        let writer = try writeItems(folder.file())
        let readers = try SQLiteReaders(path: folder.file(), count: 3)
        for id in Int64(1)...200 {
            _ = try await writer.transaction { try $0.run(insertItem, [.integer(id), "x"]) }
            #expect(try await readers.read { try itemIDs($0).last } == id)
        }
        await readers.close()
        await writer.close()
    }

    @Test("A read sees one state while the writer goes on")
    func snapshot() async throws {
        let writer = try writeItems(folder.file())
        let readers = try SQLiteReaders(path: folder.file(), count: 1)
        let gate = Gate()
        async let counts = readers.read { connection -> [Int] in
            let before = try itemIDs(connection).count
            gate.pass()
            return [before, try itemIDs(connection).count]
        }
        await gate.someone()
        _ = try await writer.transaction { try $0.run(insertItem, [1, "x"]) }
        gate.open()
        #expect(try await counts == [0, 0])
        #expect(try readers.readNow { try itemIDs($0) } == [1])
        await readers.close()
        await writer.close()
    }

    @Test("Readers cannot write, and refuse work once closed")
    func limits() async throws {
        let writer = try writeItems(folder.file())
        let readers = try SQLiteReaders(path: folder.file(), count: 2)
        await #expect(throws: SQLiteError.readOnly(path: folder.file())) {
            try await readers.read { try $0.run(insertItem, [1, "x"]) }
        }
        await readers.close()
        await #expect(throws: SQLiteError.closed) { try await readers.read { _ in } }
        await writer.close()
    }

    @Test("Readers of a missing file say so")
    func missing() {
        #expect(throws: SQLiteError.missing(path: folder.file())) {
            try SQLiteReaders(path: folder.file(), count: 2)
        }
    }

    @Test("The readers' queue has a bound")
    func bound() async throws {
        let writer = try writeItems(folder.file())
        let readers = try SQLiteReaders(path: folder.file(), count: 1, queueLimit: 1)
        let gate = Gate()
        async let first: Void = readers.read { _ in gate.pass() }
        await gate.someone()
        // Of two that arrive while the only thread is busy, one waits and one is refused.
        let refused = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    do {
                        try await readers.read { _ in }
                        return false
                    } catch {
                        gate.open()
                        return error as? SQLiteError == .overloaded(limit: 1)
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(refused == 1)
        try await first
        await readers.close()
        await writer.close()
    }
}
