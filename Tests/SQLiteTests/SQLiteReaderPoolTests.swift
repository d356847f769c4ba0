import Glibc
import Locking
import SQLite
import Testing

@Suite("A pool of readers")
struct SQLiteReaderPoolTests {
    let folder = TemporaryFolder()

    @Test("Readers see what was acknowledged before they began, and one state of it")
    func freshness() async throws {
        let writer = try writeItems(folder.file())
        let pool = SQLiteReaderPool(path: folder.file(), count: 1)
        for id in Int64(1)...200 {
            _ = try await writer.transaction { try $0.run(insertItem, [.integer(id), "x"]) }
            #expect(try pool.read { try itemIDs($0).last } == id)
        }
        let counts = try pool.read { connection in
            let before = try itemIDs(connection).count
            _ = try writer.transactionNow { try $0.run(insertItem, [201, "x"]) }
            return [before, try itemIDs(connection).count]
        }
        #expect(counts == [200, 200])
        #expect(try pool.read { try itemIDs($0).count } == 201)
        pool.close()
        await writer.close()
    }

    @Test("Nobody waits for a connection: who finds none reads nothing", arguments: 0...3)
    func bound(count: Int) async throws {
        let writer = try writeItems(folder.file())
        let pool = SQLiteReaderPool(path: folder.file(), count: count)
        func depth(_ level: Int) throws -> Int {
            try pool.read { _ in try depth(level + 1) } ?? level
        }
        #expect(try depth(0) == count)
        #expect(try depth(0) == count)
        pool.close()
        #expect(try pool.read { _ in true } == nil)
        await writer.close()
    }

    @Test("Readers cannot write, and their failures give the connection back")
    func failures() async throws {
        let writer = try writeItems(folder.file())
        let pool = SQLiteReaderPool(path: folder.file(), count: 1)
        for _ in 0..<3 {
            #expect(throws: SQLiteError.readOnly(path: folder.file())) {
                try pool.read { try $0.run(insertItem, [1, "x"]) }
            }
        }
        #expect(try pool.read { try itemIDs($0) } == [])
        pool.close()
        await writer.close()
    }

    @Test("A file that was put in the database's place is not opened")
    func replaced() async throws {
        let writer = try writeItems(folder.file())
        let pool = SQLiteReaderPool(path: folder.file(), count: 2)
        let other = try writeItems(folder.file("other.db"))
        await other.close()
        try #require(unsafe rename(folder.file(), folder.file("moved.db")) == 0)
        try #require(unsafe rename(folder.file("other.db"), folder.file()) == 0)
        #expect(
            throws: SQLiteError.cannotOpen(
                path: folder.file(), reason: "another file is in its place")
        ) { try pool.read { try itemIDs($0) } }
        pool.close()
        await writer.close()
    }

    @Test("Closing waits for those who read")
    func closing() async throws {
        let writer = try writeItems(folder.file())
        let pool = SQLiteReaderPool(path: folder.file(), count: 2)
        let gate = Gate()
        let events = Monitor<[String]>([])
        let note: @Sendable (String) -> Void = { event in
            events.withLock { $0.append(event) }
            events.wakeAll()
        }
        // Threads of their own, since both block.
        try #require(
            WorkerThread.start(named: "test-reader") {
                _ = try? pool.read { connection in
                    gate.pass()
                    note("read \((try? itemIDs(connection).count) ?? -1)")
                }
            })
        await gate.someone()
        try #require(
            WorkerThread.start(named: "test-closer") {
                pool.close()
                note("closed")
            })
        while try pool.read({ _ in true }) != nil { await Task.yield() }
        gate.open()
        while events.withLock({ $0.count }) < 2 { await Task.yield() }
        #expect(events.withLock { $0 } == ["read 0", "closed"])
        await writer.close()
    }

    /// Runs `body` while four tasks read without end, and returns how often they did.
    private func reading(
        from pool: SQLiteReaderPool, during body: () async throws -> Void
    ) async throws -> Int {
        let isOver = Locked(false)
        return try await withThrowingTaskGroup(of: Int.self) { group in
            defer { isOver.withLock { $0 = true } }
            for _ in 0..<4 {
                group.addTask {
                    var reads = 0
                    while !isOver.withLock({ $0 }) {
                        if try pool.read({ try itemIDs($0).count }) != nil { reads += 1 }
                        await Task.yield()
                    }
                    return reads
                }
            }
            try await body()
            isOver.withLock { $0 = true }
            return try await group.reduce(0, +)
        }
    }

    @Test("The log is begun anew however much is read meanwhile")
    func log() async throws {
        let options = SQLiteOptions(checkpointPages: 64)
        let connection = try openItems(folder.file(), options: options)
        let pool = SQLiteReaderPool(path: folder.file(), count: 4, options: options)
        let writer = try SQLiteWriter(connection: connection, readers: pool)
        let reads = try await reading(from: pool) {
            for id in Int64(1)...600 {
                let text = SQLiteValue.text(String(repeating: "x", count: 6_000))
                _ = try await writer.transaction { try $0.run(insertItem, [.integer(id), text]) }
            }
        }
        #expect(reads > 0)
        // 600 commits of four or more pages are 10 MB; a log of 64 pages has 264 KB.
        #expect(size(of: folder.file() + "-wal") < 2 * 264 << 10)
        pool.close()
        await writer.close()
    }

    @Test("The log is truncated on demand however much is read meanwhile")
    func truncation() async throws {
        let connection = try openItems(folder.file())
        let pool = SQLiteReaderPool(path: folder.file(), count: 4)
        let writer = try SQLiteWriter(connection: connection, readers: pool)
        let reads = try await reading(from: pool) {
            for id in Int64(1)...100 {
                _ = try await writer.transaction { try $0.run(insertItem, [.integer(id), "x"]) }
                try await writer.exclusively { try $0.checkpointTruncate() }
                #expect(size(of: folder.file() + "-wal") == 0)
            }
        }
        #expect(reads > 0)
        pool.close()
        await writer.close()
    }
}
