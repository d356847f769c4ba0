import SQLite
import Sealing
import Testing
import VaultModel
import VaultStore

@Suite("Transactions of the vault")
struct TransactionTests {
    init() throws { try startSodium() }

    private func newSecret(
        _ name: String, in tenant: TenantID, _ transaction: StoreTransaction
    ) throws -> SecretRecord {
        let name = try ResourceName(name)
        return SecretRecord(
            tenant: tenant, name: name,
            nameIndex: try transaction.nameIndex(name, "secret.name", in: tenant),
            kind: .other, description: "")
    }

    @Test("A failing transaction leaves neither row nor audit entry")
    func failing() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let tenant = sample.tenant
        let before = try await store.read { $0.lastAuditSequence }
        await #expect(throws: Wanted.self) {
            try await store.transaction { transaction in
                try transaction.insert(try newSecret("gone", in: tenant, transaction))
                try transaction.audit(entry(in: tenant))
                throw Wanted()
            }
        }
        #expect(try await store.read { $0.lastAuditSequence } == before)
        let found = try await store.read { try $0.secret(named: ResourceName("gone"), in: tenant) }
        #expect(found == nil)
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
    }

    @Test("Transactions that fail among others that succeed leave no trace")
    func mixed() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let tenant = sample.tenant
        let before = try await store.read { $0.lastAuditSequence }
        let succeeded = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<60 {
                group.addTask {
                    do {
                        try await store.transaction { transaction in
                            try transaction.insert(
                                try newSecret("mixed-\(number)", in: tenant, transaction))
                            try transaction.audit(entry(in: tenant))
                            if number.isMultiple(of: 3) { throw Wanted() }
                        }
                        return true
                    } catch {
                        #expect(error is Wanted)
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(succeeded == 40)
        #expect(try await store.read { $0.lastAuditSequence } == before + 40)
        #expect(try await store.read { try $0.verifyAudit() }.ok)
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
    }

    @Test("Of two updates of one revision, the second is stale")
    func stale() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let tenant = sample.tenant
        let name = try ResourceName("name-1")
        let read = try await store.read { try $0.secret(named: name, in: tenant) }
        let record = try #require(read)
        let outcomes = await withTaskGroup(of: StoreError?.self) { group in
            for number in 0..<2 {
                group.addTask {
                    var changed = record
                    changed.content.description = "by \(number)"
                    let wanted = changed
                    do {
                        try await store.transaction { transaction in
                            try transaction.update(wanted)
                            try transaction.audit(entry(in: tenant))
                        }
                        return nil
                    } catch {
                        return error as? StoreError
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.contains(.stale(what: "the secret")))
        let now = try await store.read { try $0.secret(named: name, in: tenant) }
        #expect(now?.revision == record.revision + 1)
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
    }

    @Test("A record that was changed or deleted meanwhile is not deleted")
    func staleDelete() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let tenant = sample.tenant
        let name = try ResourceName("name-1")
        let read = try await store.read { try $0.certificate(named: name, in: tenant) }
        let record = try #require(read)
        try await store.transaction { _ = try $0.update(record) }
        await #expect(throws: StoreError.stale(what: "the certificate")) {
            try await store.transaction { try $0.delete(record) }
        }
        let now = try await store.read { try $0.certificate(named: name, in: tenant) }
        let current = try #require(now)
        try await store.transaction { try $0.delete(current) }
        await #expect(throws: StoreError.stale(what: "the certificate")) {
            try await store.transaction { try $0.delete(current) }
        }
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
    }

    @Test("A name that is taken, in whatever case, is a duplicate in its tenant alone")
    func duplicate() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let (tenant, other) = (sample.tenant, sample.other)
        for name in ["name-1", "NAME-1"] {
            await #expect(throws: StoreError.duplicate(what: "the secret")) {
                try await store.transaction { transaction in
                    try transaction.insert(try newSecret(name, in: tenant, transaction))
                }
            }
        }
        try await store.transaction { transaction in
            try transaction.insert(try newSecret("name-1", in: other, transaction))
        }
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
    }

    @Test("A tenant does not find what belongs to another")
    func tenants() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let (tenant, other) = (sample.tenant, sample.other)
        let foreign = try await store.read { try $0.secrets(in: other) }
        let id = try #require(foreign.first).id
        let found = try await store.read { transaction in
            (
                try transaction.find(SecretRecord.self, id, in: tenant),
                try transaction.find(SecretRecord.self, id, in: other),
                try transaction.secret(named: ResourceName("name-3"), in: tenant),
                try transaction.auditEntries(AuditFilter(), in: tenant)
            )
        }
        #expect(found.0 == nil)
        #expect(found.1 != nil)
        #expect(found.2 == nil)
        #expect(found.3.allSatisfy { $0.tenant == tenant })
        await store.close()
    }

    @Test("There is at most one current, one pending and one previous version of a secret")
    func versionStates() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let tenant = sample.tenant
        for state in [SecretVersionState.current, .pending, .previous] {
            await #expect(throws: StoreError.duplicate(what: "the secret version")) {
                try await store.transaction { transaction in
                    let secret = try transaction.secrets(in: tenant)[0]
                    let retired = try transaction.versions(of: secret).first {
                        $0.state == .retired
                    }
                    guard var version = retired else { throw Wanted() }
                    version.state = state
                    _ = try transaction.update(version)
                }
            }
        }
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
    }
}
