import SQLite
import Testing
import VaultModel
import VaultStore

@Suite("The audit chain")
struct AuditTests {
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
