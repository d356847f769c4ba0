import Glibc
import SQLite
import Sealing
import SeededRandom
import Testing
import VaultModel

@testable import VaultStore

@Suite("The map of revisions")
struct RevisionMapTests {
    init() throws { try startSodium() }

    @Test("Holds what was put in and not taken out, each as often, whatever the order")
    func multiset() {
        var generator = SeededGenerator(seed: 7)
        // Few homes and many collisions, with 0 and repeated marks among them.
        let marks = (0..<64).map { index -> UInt64 in
            index < 4 ? 0 : (generator.next() & ~0xff) | UInt64(index % 3)
        }
        var map = RevisionMap()
        var model: [UInt64: Int] = [:]
        for _ in 0..<20_000 {
            let mark = marks[Int(generator.next() % 64)]
            // 0 is kept as 1.
            let key = mark == 0 ? 1 : mark
            if generator.next() % 2 == 0 {
                map.insert(mark)
                model[key, default: 0] += 1
            } else {
                let isThere = map.remove(mark)
                #expect(isThere == (model[key, default: 0] > 0))
                model[key] = max(0, model[key, default: 0] - 1)
            }
            #expect(map.count == model.values.reduce(0, +))
            let probe = marks[Int(generator.next() % 64)]
            #expect(map.contains(probe) == (model[probe == 0 ? 1 : probe, default: 0] > 0))
        }
    }

    @Test("Grows to many rows and holds each")
    func many() {
        var generator = SeededGenerator(seed: 1)
        let marks = (0..<50_000).map { _ in generator.next() }
        var map = RevisionMap()
        for mark in marks { map.insert(mark) }
        #expect(map.count == marks.count)
        #expect(marks.allSatisfy { map.contains($0) })
        let strangers = (0..<50_000).map { _ in generator.next() }
        #expect(!strangers.contains { map.contains($0) })
        let removed = marks.filter { map.remove($0) }
        #expect(removed.count == marks.count)
        #expect(map.count == 0)
    }

    @Test("A job and a group that fail leave it as it was")
    func tracked() {
        var revisions = TrackedRevisions(RevisionMap())
        revisions.groupWillBegin()
        revisions.jobWillBegin()
        revisions.insert(1)
        revisions.groupCommitted()
        revisions.groupWillBegin()
        revisions.jobWillBegin()
        revisions.remove(1)
        revisions.insert(2)
        revisions.jobWillBegin()
        revisions.remove(2)
        revisions.insert(3)
        revisions.jobFailed()
        #expect(revisions.map.contains(2))
        #expect(!revisions.map.contains(3))
        revisions.groupFailed()
        #expect(revisions.map.contains(1))
        #expect(!revisions.map.contains(2))
        #expect(revisions.map.count == 1)
    }
}

@Suite("An open vault whose file is changed")
struct RuntimeTamperingTests {
    init() throws { try startSodium() }

    /// Puts rows into the file while `store` has it open, by another process's rules.
    private func attack(
        _ sample: SampleVault, _ table: String, remove: [FoundTable.Row], add: [[SQLiteValue]]
    ) throws {
        try Attacker(sample.folder.file()).replace(remove, with: add, in: table)
    }

    @Test("Every earlier row that is put back, with its own good code, is found when it is read")
    func everyEarlierRow() async throws {
        let sample = try await SampleVault.make()
        putDatabase(sample.before, at: sample.folder.file("before.db"))
        let earlier = try Attacker(sample.folder.file("before.db")).tables()
        let store = try sample.open()
        var count = 0
        for type in Schema.records {
            let name = type.table.name
            let now = try Attacker(sample.folder.file()).table(name)
            let old = try #require(earlier.first { $0.name == name })
            let id = now.columns.firstIndex { $0.name == "id" } ?? 0
            for row in now.rows {
                let before = try #require(old.rows.first { $0.values[id] == row.values[id] })
                try #require(before.values != row.values)
                try attack(sample, name, remove: [row], add: [before.values])
                await #expect(throws: StoreError.tampered(what: "the revision of a \(type.noun)")) {
                    try await store.read { try $0.readEverything(type) }
                }
                // Another write must not make it good.
                try await store.transaction { try $0.audit(entry(in: sample.tenant)) }
                await #expect(throws: (any Error).self) { try await store.checkEverything() }
                let put = try #require(
                    try Attacker(sample.folder.file()).table(name).rows
                        .first { $0.values[id] == row.values[id] })
                try attack(sample, name, remove: [put], add: [row.values])
                try await store.read { try $0.readEverything(type) }
                count += 1
            }
        }
        #expect(count > 40)
        try await store.checkEverything()
        await store.close()
    }

    @Test("That a record was read before is no reason to take a changed row")
    func changedBehindTheCache() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        var count = 0
        for type in Schema.records {
            let name = type.table.name
            try await store.read { try $0.selectEverything(type) }
            let table = try Attacker(sample.folder.file()).table(name)
            let some = FoundTable(
                name: name, columns: table.columns, rows: Array(table.rows.prefix(2)))
            for change in some.changedValues() {
                let values = change.removed.map(\.values)
                do {
                    let now = try Attacker(sample.folder.file()).table(name).rows
                        .filter { values.contains($0.values) }
                    try #require(now.count == 1)
                    try attack(sample, name, remove: now, add: change.added)
                } catch let error as Attacker.Failure where error.code == 19 {
                    continue
                }
                await #expect(throws: (any Error).self, "\(change.name)") {
                    try await store.read { try $0.selectEverything(type) }
                }
                let put = try Attacker(sample.folder.file()).table(name).rows
                    .filter { change.added.contains($0.values) }
                try attack(sample, name, remove: put, add: values)
                try await store.read { try $0.selectEverything(type) }
                count += 1
            }
        }
        #expect(count > 200)
        try await store.checkEverything()
        await store.close()
    }

    @Test("A row that was changed while the vault was open cannot go back either")
    func changedMeanwhile() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let before = try Attacker(sample.folder.file()).table("variable")
        try await store.transaction { transaction in
            for variable in try transaction.variables(in: sample.tenant) {
                try transaction.update(variable)
            }
        }
        // The undone change must not count.
        await #expect(throws: Wanted.self) {
            try await store.transaction { transaction in
                for variable in try transaction.variables(in: sample.tenant) {
                    try transaction.delete(variable)
                }
                throw Wanted()
            }
        }
        _ = try await store.read { try $0.variables(in: sample.tenant) }
        let now = try Attacker(sample.folder.file()).table("variable")
        let tenant = SQLiteValue.blob(sample.tenant.bytes)
        let old = try #require(before.rows.first { $0.values[1] == tenant })
        let new = try #require(now.rows.first { $0.values[0] == old.values[0] })
        try attack(sample, "variable", remove: [new], add: [old.values])
        await #expect(throws: StoreError.tampered(what: "the revision of a variable")) {
            try await store.read { try $0.variables(in: sample.tenant) }
        }
        await store.close()
    }

    @Test("A row that was deleted cannot come back, and one that is missing is found by a check")
    func deleted() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let before = try Attacker(sample.folder.file()).table("token")
        try await store.transaction { transaction in
            for token in try transaction.tokens(in: sample.tenant) { try transaction.delete(token) }
        }
        let tenant = SQLiteValue.blob(sample.tenant.bytes)
        let old = try #require(before.rows.first { $0.values[1] == tenant })
        try attack(sample, "token", remove: [], add: [old.values])
        await #expect(throws: StoreError.tampered(what: "the revision of a token")) {
            try await store.read { try $0.tokens(in: sample.tenant) }
        }
        let put = try #require(
            try Attacker(sample.folder.file()).table("token").rows
                .first { $0.values[0] == old.values[0] })
        try attack(sample, "token", remove: [put], add: [])
        try await store.checkEverything()
        let message = try #require(try Attacker(sample.folder.file()).table("message").rows.first)
        try attack(sample, "message", remove: [message], add: [])
        await #expect(throws: StoreError.tampered(what: "the set of rows")) {
            try await store.checkEverything()
        }
        await store.close()
    }

    @Test(
        "The schema cannot change under an open vault unseen",
        arguments: [
            "CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM audit; END",
            "CREATE VIEW v AS SELECT * FROM audit",
        ])
    func schema(change: String) async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        try await store.checkEverything()
        try Attacker(sample.folder.file()).query(change)
        await #expect(throws: StoreError.tampered(what: "the schema")) {
            try await store.checkEverything()
        }
        await store.close()
    }
}

extension StoreTransaction {
    fileprivate func readEverything<R: Record>(_ type: R.Type) throws {
        try forEach(type) { _ in }
    }

    /// Reads them as operations do, which may have kept them.
    fileprivate func selectEverything<R: Record>(_ type: R.Type) throws {
        _ = try select(type, where: "", [])
    }
}
