import SQLite
import Sealing
import Testing
import VaultModel

@testable import VaultStore

@Suite("Lives of a vault, and what the head row tells of its rows")
struct LifeTests {
    init() throws { try startSodium() }

    /// Begins another life of a database, as a restore or an accepted rollback does.
    enum Beginning: CaseIterable {
        case restore
        case rollback

        func run(on store: VaultStore) async throws {
            switch self {
            case .restore:
                _ = try await store.transaction {
                    try $0.beginIncarnation(fromBackupOf: .now, keepingTokens: true)
                }
            case .rollback: try await store.markAnchored(inNewLife: true)
            }
        }
    }

    private func rewrite(_ description: String, _ store: VaultStore, _ tenant: TenantID)
        async throws
        -> SecretRecord
    {
        try await store.transaction { transaction in
            guard
                var secret = try transaction.secret(named: ResourceName("name-1"), in: tenant)
            else { throw Wanted() }
            secret.content.description = description
            return try transaction.update(secret)
        }
    }

    @Test(
        "A row that one life wrote does not count in another, though it is as often written",
        arguments: Beginning.allCases)
    func lives(_ beginning: Beginning) async throws {
        let sample = try await SampleVault.make()
        let copy = sample.folder.file("copy.db")
        putDatabase(sample.file, at: copy)
        let first = try sample.open()
        let theirs = try await rewrite("in the first life", first, sample.tenant)
        try await first.truncateLog()
        await first.close()
        let second = try sample.open(copy)
        try await beginning.run(on: second)
        let ours = try await rewrite("in the second life", second, sample.tenant)
        #expect(ours.version == theirs.version && ours.revision != theirs.revision)
        #expect(try await second.read { $0.incarnation } == 2)
        try await second.truncateLog()
        await second.close()
        #expect(await sample.finding(in: copy) == nil)

        let row = try Attacker(sample.folder.file()).query(
            "SELECT * FROM secret WHERE id = ?", [.blob(theirs.id.bytes)])[0]
        try Attacker(copy).query(
            "INSERT OR REPLACE INTO secret VALUES ("
                + row.map { _ in "?" }.joined(separator: ",") + ")", row)
        #expect(await sample.finding(in: copy)?.contains("the set of rows") == true)
    }

    @Test("Two lives that began with one database are different ones")
    func siblings() async throws {
        let sample = try await SampleVault.make()
        var revisions: Set<Int64> = []
        for number in 1...3 {
            let copy = sample.folder.file("copy-\(number).db")
            putDatabase(sample.file, at: copy)
            let store = try sample.open(copy)
            try await Beginning.restore.run(on: store)
            revisions.insert(try await rewrite("x", store, sample.tenant).revision)
            await store.close()
        }
        #expect(revisions.count == 3)
    }

    @Test("The head row does not tell which rows make up for each other")
    func opaque() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        func add(_ name: String) async throws -> SecretRecord {
            try await store.transaction { transaction in
                let name = try ResourceName(name)
                let secret = SecretRecord(
                    tenant: sample.tenant, name: name,
                    nameIndex: try transaction.nameIndex(name, "secret.name", in: sample.tenant),
                    kind: .other, description: "")
                try transaction.insert(secret)
                return secret
            }
        }
        func rows() async throws -> [UInt8] {
            try await store.read {
                try $0.connection.first("SELECT rows FROM head")?.blob(0) ?? []
            }
        }
        // None, one, both, the other: if the cells were a sum, they would come to nothing.
        var cells = [try await rows()]
        let one = try await add("one")
        cells.append(try await rows())
        _ = try await add("two")
        cells.append(try await rows())
        try await store.transaction { try $0.delete(one) }
        cells.append(try await rows())
        #expect(Set(cells).count == 4)
        #expect((0..<32).contains { index in cells.reduce(0) { $0 ^ $1[index] } != 0 })
        await store.close()
    }

    @Test("Rows whose numbers somebody changed are swept, counted and removed like all others")
    func numbers() async throws {
        let sample = try await SampleVault.make()
        let attacker = try Attacker(sample.folder.file())
        for table in ["secret", "secret_version"] {
            try attacker.query("UPDATE \(table) SET rowid = -rowid")
        }
        for (number, place) in [(Int64.max, "max"), (Int64.min, "min")] {
            try attacker.query(
                "UPDATE token SET rowid = ? WHERE rowid = (SELECT \(place)(rowid) FROM token)",
                [.integer(number)])
        }
        let store = try sample.open()
        let before = try await store.read { try $0.everySecret() }
        try await store.beginKey(of: sample.tenant)
        try await store.finishKey(of: sample.tenant)
        #expect(try await store.countOlder(sample.tenant).allSatisfy { $0.rows == 0 })
        #expect(try await store.read { try $0.everySecret() } == before)
        _ = try await store.removeRows(of: sample.tenant)
        _ = try await store.destroyKeys(of: sample.tenant) { _ in }
        try await store.checkEverything()
        await store.close()
    }
}
