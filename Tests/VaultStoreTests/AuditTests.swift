import SQLite
import Testing
import VaultModel
import VaultStore

@Suite("The audit chain")
struct AuditTests {
    /// What was done to the chain, and where a walk must stop.
    private struct Damage {
        let name: String
        let firstBad: Int64
    }

    private typealias Entries = [[SQLiteValue]]

    init() throws { try startSodium() }

    @Test("A sound chain is verified to its end")
    func sound() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let last = try await store.read { $0.lastAuditSequence }
        let verdict = try await store.read { try $0.verifyAudit() }
        #expect(verdict == AuditVerdict(ok: true, entries: last))
        await store.close()
    }

    @Test("Verification names the first entry that was edited, put in, deleted, moved or cut off")
    func damages() async throws {
        let sample = try await SampleVault.make()
        let path = sample.folder.file("copy.db")
        let pristine = try Attacker(sample.folder.file()).table("audit").rows
        #expect(pristine.count >= 10)
        var generator = SeededGenerator(seed: 2026)
        for number in 0..<300 {
            putDatabase(sample.file, at: path)
            let store = try sample.open(path)
            let damage: Damage
            do {
                var entries = pristine.map(\.values)
                damage = Self.damage(&entries, number, &generator)
                try Attacker(path).replace(pristine, with: entries, in: "audit")
            }
            let verdict = try await store.read { try $0.verifyAudit() }
            await store.close()
            #expect(!verdict.ok, "\(number): \(damage.name)")
            #expect(verdict.firstBad == damage.firstBad, "\(number): \(damage.name)")
            #expect(verdict.entries == damage.firstBad - 1, "\(number): \(damage.name)")
            #expect(await sample.finding(in: path) != nil, "\(number): \(damage.name), reopened")
        }
    }

    private static func damage(
        _ entries: inout Entries, _ number: Int, _ generator: inout SeededGenerator
    ) -> Damage {
        let count = entries.count
        let index = Int.random(in: 0..<count, using: &generator)
        switch number % 7 {
        case 0: return edit(&entries, index, &generator)
        case 1:
            let source = Int.random(in: 0..<count, using: &generator)
            entries.insert(entries[source], at: index)
            renumber(&entries)
            // A copy before itself is in its right place; the original is not any more.
            let bad = source == index ? index + 2 : index + 1
            return Damage(name: "\(source + 1) put in at \(index + 1)", firstBad: Int64(bad))
        case 2:
            entries.remove(at: index)
            return Damage(name: "\(index + 1) deleted", firstBad: Int64(index + 1))
        case 3:
            entries.remove(at: index)
            renumber(&entries)
            return Damage(
                name: "\(index + 1) deleted and closed up", firstBad: Int64(index + 1))
        case 4:
            let other = (index + Int.random(in: 1..<count, using: &generator)) % count
            entries.swapAt(index, other)
            renumber(&entries)
            return Damage(
                name: "\(index + 1) and \(other + 1) exchanged",
                firstBad: Int64(min(index, other) + 1))
        case 5:
            entries.removeLast(count - index)
            return Damage(name: "cut before \(index + 1)", firstBad: Int64(index + 1))
        default:
            entries.append(entries[index])
            renumber(&entries)
            return Damage(name: "\(index + 1) put in at the end", firstBad: Int64(count + 1))
        }
    }

    private static func edit(
        _ entries: inout Entries, _ index: Int, _ generator: inout SeededGenerator
    ) -> Damage {
        let column = Int.random(in: 0..<entries[index].count, using: &generator)
        switch entries[index][column] {
        case .integer(let value):
            // A number beyond all others, so that no two entries share one.
            entries[index][column] = .integer(
                value + Int64.random(in: 100...10_000, using: &generator))
        case .blob(var bytes):
            let place = Int.random(in: bytes.indices, using: &generator)
            bytes[place] ^= UInt8.random(in: 1...255, using: &generator)
            entries[index][column] = .blob(bytes)
        case .text, .null: break
        }
        return Damage(name: "column \(column) of \(index + 1) edited", firstBad: Int64(index + 1))
    }

    private static func renumber(_ entries: inout Entries) {
        for index in entries.indices { entries[index][0] = .integer(Int64(index + 1)) }
    }

    @Test("A vault whose chain was cut does not open again")
    func cut() async throws {
        let sample = try await SampleVault.make()
        try Attacker(sample.folder.file()).query(
            "DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)")
        #expect(throws: StoreError.tampered(what: "the end of the audit log")) { try sample.open() }
    }

    @Test("A filter picks by actor, action, object, outcome, time and number")
    func filters() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let tenant = sample.tenant
        try await store.transaction { transaction in
            for number in 0..<10 {
                var one = entry(number < 5 ? "secret.set" : "secretary.set", in: tenant)
                one.actor = number.isMultiple(of: 2) ? "token:abc" : "operator:1"
                one.object = "Secret/N\(number)"
                one.outcome = number == 3 ? .denied : .failed
                one.time = Timestamp(milliseconds: Int64(number) * 1000)
                try transaction.audit(one)
            }
        }
        func count(_ change: @Sendable (inout AuditFilter) -> Void) async throws -> Int {
            var filter = AuditFilter()
            filter.until = Timestamp(milliseconds: 9000)
            change(&filter)
            let wanted = filter
            return try await store.read { try $0.auditEntries(wanted, in: tenant).count }
        }
        #expect(try await count { _ in } == 10)
        #expect(try await count { $0.actor = "token" } == 5)
        #expect(try await count { $0.action = "secret" } == 5)
        #expect(try await count { $0.action = "secret.set" } == 5)
        #expect(try await count { $0.action = "sec" } == 0)
        #expect(try await count { $0.object = "secret/n7" } == 1)
        #expect(try await count { $0.outcome = .denied } == 1)
        #expect(try await count { $0.since = Timestamp(milliseconds: 8000) } == 2)
        #expect(try await count { $0.limit = 3 } == 3)
        var newest = AuditFilter(limit: 3)
        newest.until = Timestamp(milliseconds: 9000)
        let filter = newest
        let kept = try await store.read { try $0.auditEntries(filter, in: tenant) }
        #expect(kept.map(\.object) == ["Secret/N7", "Secret/N8", "Secret/N9"])
        await store.close()
    }
}
