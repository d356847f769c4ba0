import Explained
import Locking
import SQLite
import Testing

@Suite("The observer of groups")
struct SQLiteGroupObserverTests {
    let folder = TemporaryFolder()

    /// Runs the bodies as one group and returns how each ended.
    func run(
        _ observer: Recorder, _ bodies: [@Sendable (SQLiteConnection) throws -> Void]
    ) throws -> [String] {
        let writer = try writeItems(folder.file(), observer: observer)
        let gate = Gate()
        let ends = Log<String>()
        _ = writer.exclusivelyWithoutWaiting { gate.pass() }
        gate.waitForSomeone()
        for body in bodies {
            try writer.submit(body) { result in
                observer.note("answer")
                switch result {
                case .success: ends.add("done")
                case .failure(let error): ends.add("\(error)")
                }
            }
        }
        gate.open()
        let result = ends.wait(for: bodies.count)
        writer.closeNow()
        return result
    }

    func insert(_ id: Int64) -> @Sendable (SQLiteConnection) throws -> Void {
        { _ = try $0.run(insertItem, [.integer(id), "x"]) }
    }

    func storedIDs() throws -> [Int64] { try itemIDs(openItems(folder.file())) }

    @Test("Calls come in order, with a failing job in the middle")
    func order() throws {
        let observer = Recorder()
        let ends = try run(observer, [insert(1), { _ in throw TestFailure.wanted }, insert(3)])
        #expect(ends == ["done", "wanted", "done"])
        #expect(
            observer.calls == [
                "groupWillBegin", "jobWillBegin", "jobSucceeded", "jobWillBegin", "jobFailed",
                "jobWillBegin", "jobSucceeded", "groupWillCommit", "groupCommitted", "answer",
                "answer", "answer",
            ])
        #expect(try storedIDs() == [1, 3])
    }

    @Test("A COMMIT that fails fails every job that ran, and keeps nothing")
    func failingCommit() throws {
        let observer = Recorder(breaksCommit: true)
        let ends = try run(observer, [insert(1), { _ in throw TestFailure.wanted }, insert(3)])
        #expect(ends.count == 3)
        #expect(ends[0].contains("a reference to a row that is not there"))
        #expect(ends[1] == "wanted", "a job keeps its own error")
        #expect(ends[2] == ends[0])
        #expect(
            observer.calls == [
                "groupWillBegin", "jobWillBegin", "jobSucceeded", "jobWillBegin", "jobFailed",
                "jobWillBegin", "jobSucceeded", "groupWillCommit", "groupFailed", "answer",
                "answer", "answer",
            ])
        #expect(try storedIDs() == [])
    }

    @Test("After a failed COMMIT the next group works")
    func recovery() throws {
        let observer = Recorder(breaksCommit: true)
        let writer = try writeItems(folder.file(), observer: observer)
        #expect(throws: SQLiteError.self) { try writer.transactionNow(insert(1)) }
        observer.mend()
        try writer.transactionNow(insert(2))
        #expect(try writer.readNow { try itemIDs($0) } == [2])
        writer.closeNow()
    }

    @Test("An observer that refuses a job undoes it alone")
    func refusedJob() throws {
        let observer = Recorder(throwing: "jobSucceeded", at: 2)
        let ends = try run(observer, [insert(1), insert(2), insert(3)])
        #expect(ends == ["done", "another", "done"])
        #expect(
            observer.calls.filter { $0 != "answer" } == [
                "groupWillBegin", "jobWillBegin", "jobSucceeded", "jobWillBegin", "jobSucceeded",
                "jobFailed", "jobWillBegin", "jobSucceeded", "groupWillCommit", "groupCommitted",
            ])
        #expect(try storedIDs() == [1, 3])
    }

    @Test(
        "An observer that refuses the group fails every job",
        arguments: ["groupWillBegin", "groupWillCommit"])
    func refusedGroup(call: String) throws {
        let observer = Recorder(throwing: call, at: 1)
        #expect(try run(observer, [insert(1), insert(2)]) == ["another", "another"])
        #expect(observer.calls.filter { $0 == "groupFailed" }.count == 1)
        #expect(!observer.calls.contains("groupCommitted"))
        #expect(try storedIDs() == [])
    }

    @Test("A group without a job that stays is undone, without a COMMIT")
    func nothingStays() throws {
        let observer = Recorder()
        let ends = try run(observer, [{ _ in throw TestFailure.wanted }])
        #expect(ends == ["wanted"])
        #expect(
            observer.calls == [
                "groupWillBegin", "jobWillBegin", "jobFailed", "groupFailed", "answer",
            ])
    }

    @Test("A full disk in the middle of a group fails the jobs it undid, not those after it")
    func lostGroup() throws {
        let path = folder.file()
        let observer = Recorder()
        let big: @Sendable (SQLiteConnection) throws -> Void = { connection in
            try connection.execute("INSERT INTO item (body) VALUES (zeroblob(4000000))")
        }
        let connection = try openItems(path)
        try connection.limitPages(to: 200)
        let writer = try SQLiteWriter(connection: connection, observer: observer)
        let gate = Gate()
        let ends = Log<String>()
        _ = writer.exclusivelyWithoutWaiting { gate.pass() }
        gate.waitForSomeone()
        for body in [insert(1), big, insert(3)] {
            try writer.submit(body) { result in
                if case .failure(let error) = result {
                    ends.add("\(error)")
                } else {
                    ends.add("done")
                }
            }
        }
        gate.open()
        let full = SQLiteError.diskFull(path: path).description
        let result = ends.wait(for: 3)
        writer.closeNow()
        #expect(result[1] == full)
        #expect(result[2] == "done")
        // SQLite may undo the statement alone or the whole group; state and answers agree.
        #expect(result[0] == "done" || result[0] == full)
        #expect(try storedIDs() == (result[0] == "done" ? [1, 3] : [3]))
        #expect(
            observer.calls.filter { $0 == "groupWillBegin" }.count
                == observer.calls.filter { $0 == "groupFailed" || $0 == "groupCommitted" }.count)
    }
}

extension SQLiteWriter {
    /// Occupies the writer's thread outside a group until `body` returns.
    fileprivate func exclusivelyWithoutWaiting(_ body: @escaping @Sendable () -> Void) -> Bool {
        WorkerThread.start(named: "occupier") { try? self.exclusivelyNow { _ in body() } }
    }
}

/// Notes every call; can refuse one, or make the COMMIT itself fail.
final class Recorder: SQLiteGroupObserver {
    private struct State: Sendable {
        var calls: [String] = []
        var throwing: String?
        var at = 1
        var breaksCommit: Bool
    }
    private let state: Locked<State>

    init(throwing: String? = nil, at: Int = 1, breaksCommit: Bool = false) {
        state = Locked(State(throwing: throwing, at: at, breaksCommit: breaksCommit))
    }

    var calls: [String] { state.withLock { $0.calls } }

    func mend() { state.withLock { $0.breaksCommit = false } }

    func note(_ call: String) { state.withLock { $0.calls.append(call) } }

    private func noteOrThrow(_ call: String) throws {
        let mustThrow = state.withLock { state -> Bool in
            state.calls.append(call)
            let count = state.calls.filter { $0 == call }.count
            return state.throwing == call && state.at == count
        }
        if mustThrow { throw TestFailure.another }
    }

    func groupWillBegin(_ connection: SQLiteConnection) throws {
        try noteOrThrow("groupWillBegin")
    }

    func jobWillBegin() { note("jobWillBegin") }

    func jobSucceeded(_ connection: SQLiteConnection) throws { try noteOrThrow("jobSucceeded") }

    func jobFailed() { note("jobFailed") }

    func groupWillCommit(_ connection: SQLiteConnection) throws {
        try noteOrThrow("groupWillCommit")
        guard state.withLock({ $0.breaksCommit }) else { return }
        // A reference that is checked at COMMIT, and to nothing: the COMMIT itself fails.
        try connection.execute(
            """
            CREATE TABLE broken (
                id INTEGER REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED
            ) STRICT;
            INSERT INTO broken VALUES (-1);
            """)
    }

    func groupCommitted() { note("groupCommitted") }

    func groupFailed() { note("groupFailed") }
}
