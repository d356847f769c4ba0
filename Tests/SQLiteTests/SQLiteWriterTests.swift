import SQLite
import Testing

@Suite("The writer")
struct SQLiteWriterTests {
    let folder = TemporaryFolder()

    @Test("A value that is written is read back")
    func roundTrip() async throws {
        let writer = try writeItems(folder.file())
        let id = try await writer.transaction { connection in
            _ = try connection.run(insertItem, [7, "seven"])
            return connection.lastInsertedRowID
        }
        #expect(id == 7)
        #expect(try writer.readNow { try itemIDs($0) } == [7])
        await writer.close()
    }

    @Test("A thread without tasks writes, reads and closes")
    func synchronousForms() throws {
        let writer = try writeItems(folder.file())
        #expect(try writer.transactionNow { try $0.run(insertItem, [1, "a"]) } == 1)
        #expect(throws: TestFailure.wanted) {
            try writer.transactionNow { connection in
                _ = try connection.run(insertItem, [2, "b"])
                throw TestFailure.wanted
            }
        }
        #expect(try writer.readNow { try itemIDs($0) } == [1])
        try writer.exclusivelyNow { try $0.checkpointTruncate() }
        writer.closeNow()
        writer.closeNow()
        #expect(throws: SQLiteError.closed) { try writer.transactionNow { _ in } }
    }

    @Test("A job that fails in a group undoes its own changes alone")
    func isolation() async throws {
        let writer = try writeItems(folder.file())
        let gate = Gate()
        let results = Log<Result<Int64, TestFailure>>()
        try writer.submit { _ in
            gate.pass()
        } completion: { _ in
        }
        gate.waitForSomeone()
        for id in Int64(1)...9 {
            try writer.submit { connection -> Int64 in
                _ = try connection.run(insertItem, [.integer(id), "x"])
                if id % 3 == 0 { throw TestFailure.wanted }
                if id == 5 {
                    // A statement that fails and is caught does not fail its job.
                    _ = try? connection.run(insertItem, [1, "twice"])
                }
                return id
            } completion: { result in
                results.add(result.mapError { $0 as? TestFailure ?? .another })
            }
        }
        gate.open()
        let wanted = (Int64(1)...9).map { id -> Result<Int64, TestFailure> in
            id % 3 == 0 ? .failure(.wanted) : .success(id)
        }
        #expect(results.wait(for: 9) == wanted)
        #expect(try await writer.read { try itemIDs($0) } == [1, 2, 4, 5, 7, 8])
        await writer.close()
    }

    @Test("Jobs run and are answered in the order in which they were queued")
    func order() async throws {
        let writer = try writeItems(folder.file())
        let ran = Log<Int>()
        let answered = Log<Int>()
        for index in 0..<3_000 {
            try writer.submit { _ in
                ran.add(index)
            } completion: { _ in
                answered.add(index)
            }
        }
        await writer.close()
        #expect(ran.entries == Array(0..<3_000))
        #expect(answered.entries == Array(0..<3_000))
    }

    @Test("The queue takes as many jobs as its bound and refuses the next")
    func queueBound() async throws {
        let writer = try writeItems(folder.file(), queueLimit: 10)
        let gate = Gate()
        try writer.submit { _ in
            gate.pass()
        } completion: { _ in
        }
        gate.waitForSomeone()
        for _ in 0..<9 {
            try writer.submit { _ in
            } completion: { _ in
            }
        }
        #expect(writer.queuedJobs == 9)
        try writer.submit { _ in
        } completion: { _ in
        }
        #expect(throws: SQLiteError.overloaded(limit: 10)) {
            try writer.submit { _ in
            } completion: { _ in
            }
        }
        await #expect(throws: SQLiteError.overloaded(limit: 10)) {
            try await writer.transaction { _ in }
        }
        await #expect(throws: SQLiteError.overloaded(limit: 10)) {
            try await writer.read { _ in }
        }
        gate.open()
        await writer.close()
    }

    @Test("close finishes every queued job before it returns, and refuses later ones")
    func closeDrains() async throws {
        let path = folder.file()
        let writer = try writeItems(path)
        let gate = Gate()
        let answered = Log<Bool>()
        try writer.submit { _ in
            gate.pass()
        } completion: { _ in
        }
        gate.waitForSomeone()
        for id in Int64(1)...2_000 {
            try writer.submit { connection in
                try connection.run(insertItem, [.integer(id), "x"])
            } completion: {
                answered.add((try? $0.get()) == 1)
            }
        }
        async let closed: Void = writer.close()
        gate.open()
        await closed
        #expect(answered.entries == Array(repeating: true, count: 2_000))
        #expect(throws: SQLiteError.closed) {
            try writer.submit { _ in
            } completion: { _ in
            }
        }
        await #expect(throws: SQLiteError.closed) { try await writer.transaction { _ in } }
        #expect(size(of: path + "-wal") == 0)
        #expect(try itemIDs(openItems(path)).count == 2_000)
    }

    @Test("A writer that is let go still finishes what was queued")
    func deinitDrains() throws {
        let path = folder.file()
        let answered = Log<Bool>()
        do {
            let writer = try writeItems(path)
            for id in Int64(1)...500 {
                try writer.submit { connection in
                    try connection.run(insertItem, [.integer(id), "x"])
                } completion: {
                    answered.add((try? $0.get()) == 1)
                }
            }
        }
        #expect(answered.wait(for: 500) == Array(repeating: true, count: 500))
    }

    @Test("Five hundred tasks at once each get their own answer")
    func manyTasks() async throws {
        let writer = try writeItems(folder.file())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in Int64(1)...500 {
                group.addTask {
                    let answer = try await writer.transaction { connection -> Int64 in
                        _ = try connection.run(insertItem, [.integer(id), "x"])
                        return id * 2
                    }
                    #expect(answer == id * 2)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await writer.read { try itemIDs($0) } == Array(1...500))
        await writer.close()
    }

    @Test("A read sees the transactions queued before it, and nothing it writes stays")
    func reads() async throws {
        let writer = try writeItems(folder.file())
        let gate = Gate()
        let seen = Log<[Int64]>()
        try writer.submit { _ in
            gate.pass()
        } completion: { _ in
        }
        gate.waitForSomeone()
        try writer.submit {
            try $0.run(insertItem, [1, "a"])
        } completion: { _ in
        }
        async let ids = writer.read { connection -> [Int64] in
            let ids = try itemIDs(connection)
            seen.add(ids)
            return ids
        }
        // The read is in the queue, or not yet: either way it comes after the insertion.
        gate.open()
        #expect(try await ids == [1])
        await #expect(throws: SQLiteError.misuse("a job that reads has written")) {
            try await writer.read { try $0.run(insertItem, [2, "b"]) }
        }
        #expect(try await writer.read { try itemIDs($0) } == [1])
        await writer.close()
    }

    @Test("A job cannot end the transaction of its group")
    func transactionControl() async throws {
        let writer = try writeItems(folder.file())
        for attempt in 0..<4 {
            await #expect(throws: SQLiteError.self) {
                try await writer.transaction { connection in
                    _ = try connection.run(insertItem, [1, "a"])
                    switch attempt {
                    case 0: try connection.commit()
                    case 1: try connection.rollback()
                    case 2: _ = try connection.run("COMMIT")
                    default: try connection.execute("ROLLBACK")
                    }
                }
            }
        }
        await #expect(throws: SQLiteError.misuse("a job left its transaction open")) {
            try await writer.exclusively { try $0.begin() }
        }
        #expect(try await writer.read { try itemIDs($0) } == [])
        await writer.close()
    }

    @Test("A reference that is checked at COMMIT fails its own job, not the group")
    func deferredReference() async throws {
        let connection = try openItems(folder.file())
        try connection.execute(
            """
            CREATE TABLE link (
                item INTEGER REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED
            ) STRICT
            """)
        let writer = try SQLiteWriter(connection: connection)
        let gate = Gate()
        let results = Log<SQLiteError?>()
        try writer.submit { _ in
            gate.pass()
        } completion: { _ in
        }
        gate.waitForSomeone()
        for id in Int64(1)...3 {
            try writer.submit { connection in
                // The reference comes first; job 2 never makes the row it leads to.
                _ = try connection.run("INSERT INTO link VALUES (?)", [.integer(id)])
                if id != 2 { _ = try connection.run(insertItem, [.integer(id), "x"]) }
            } completion: { result in
                if case .failure(let error) = result {
                    results.add(error as? SQLiteError)
                } else {
                    results.add(nil)
                }
            }
        }
        gate.open()
        let broken = SQLiteError.constraint(.foreignKey, detail: "a deferred reference")
        #expect(results.wait(for: 3) == [nil, broken, nil])
        #expect(try await writer.read { try itemIDs($0) } == [1, 3])
        await writer.close()
    }

    @Test("A lock held by another process fails the jobs that wait, and the next ones succeed")
    func busy() async throws {
        let path = folder.file()
        let holder = try openItems(path)
        let writer = try SQLiteWriter(
            connection: SQLiteConnection(
                path: path, mode: .readWrite,
                options: SQLiteOptions(busyTimeout: .milliseconds(10))))
        try holder.begin()
        await #expect(throws: SQLiteError.busy(path: path)) {
            try await writer.transaction { try $0.run(insertItem, [1, "a"]) }
        }
        try holder.rollback()
        _ = try await writer.transaction { try $0.run(insertItem, [1, "a"]) }
        await writer.close()
    }

    @Test("A read-only connection makes no writer")
    func readOnlyConnection() throws {
        try openItems(folder.file()).close()
        #expect(throws: SQLiteError.self) {
            try SQLiteWriter(
                connection: SQLiteConnection(path: folder.file(), mode: .readOnly))
        }
    }
}
