import JSONCoding
import Sealing
import Testing
import VaultModel

@testable import VaultStore

@Suite("The log and the rows that it tells of")
struct RowReplayTests {
    private let folder = TemporaryFolder()
    private let store: VaultStore
    private let tenant: TenantID

    init() async throws {
        try startSodium()
        let vault = VaultID()
        let ring = try KeyRing(creating: vault)
        let key = try KeyFile.create(at: folder.file("root.key"), vault: vault)
        store = try VaultStore.create(
            at: folder.file(), keys: ring, slots: [try ring.wrapRoot(for: key)])
        tenant = try await store.defaultTenant()
        let tenant = tenant
        try await store.transaction { try $0.audit(entry(in: tenant)) }
    }

    private func newSecret(
        _ name: String, _ transaction: StoreTransaction, of owner: TenantID? = nil
    ) throws -> SecretRecord {
        let tenant = owner ?? tenant
        let name = try ResourceName(name)
        return SecretRecord(
            tenant: tenant, name: name,
            nameIndex: try transaction.nameIndex(name, "secret.name", in: tenant),
            kind: .other, description: "")
    }

    /// Adds a secret, with an entry or without.
    private func add(_ name: String, isTold: Bool = true) async throws {
        try await store.transaction { transaction in
            try transaction.insert(try newSecret(name, transaction))
            if isTold { try transaction.audit(entry(in: tenant)) }
        }
    }

    private func remove(_ name: String, isTold: Bool = true) async throws {
        try await store.transaction { transaction in
            guard let secret = try transaction.secret(named: ResourceName(name), in: tenant) else {
                throw Wanted()
            }
            try transaction.delete(secret)
            if isTold { try transaction.audit(entry(in: tenant)) }
        }
    }

    private func finding() async throws -> String? {
        do {
            _ = try await store.replayRows()
            return nil
        } catch let error as StoreError {
            guard case .notAsTold(let what) = error else { throw error }
            return what
        }
    }

    @Test("What came and went with entries is what is there, in pages of any size")
    func agrees() async throws {
        #expect(try await store.replayRows() == RowReplay(told: 1, untold: 0))
        for number in 1...5 { try await add("secret-\(number)") }
        try await remove("secret-2")
        try await add("secret-2")
        try await remove("secret-4")
        for size in [1, 2, 3, 8, 9, 1_024] {
            #expect(
                try await store.replayRows(pageEntries: size) == RowReplay(told: 5, untold: 0),
                "\(size) entries a page")
        }
        await store.close()
    }

    @Test("A row that no entry made is found")
    func untold() async throws {
        try await add("told")
        try await add("quiet", isTold: false)
        let id = try await store.read {
            try $0.secret(named: ResourceName("quiet"), in: tenant)?.id
        }
        #expect(
            try await finding()
                == "secret \(try #require(id)) is there, and no audit entry made it")
        // A later entry does not tell of it either.
        try await add("later")
        #expect(try await finding()?.contains("is there") == true)
        try await remove("quiet", isTold: false)
        #expect(try await finding() == nil)
        await store.close()
    }

    @Test("A row that is gone without an entry is found")
    func missing() async throws {
        try await add("gone")
        let id = try await store.read { try $0.secret(named: ResourceName("gone"), in: tenant)?.id }
        try await remove("gone", isTold: false)
        #expect(
            try await finding()
                == "secret \(try #require(id)) is not there, and no audit entry removed it")
        await store.close()
    }

    @Test("What was undone is told by no entry")
    func undone() async throws {
        await #expect(throws: Wanted.self) {
            try await store.transaction { transaction in
                try transaction.insert(try newSecret("never", transaction))
                try transaction.audit(entry(in: tenant))
                throw Wanted()
            }
        }
        try await add("told")
        #expect(try await store.replayRows() == RowReplay(told: 2, untold: 0))
        await store.close()
    }

    /// Another tenant with a secret of its own, made by entries of the vault and of that tenant.
    private func addTenant() async throws -> TenantRecord {
        let other = TenantID()
        let wrapped = try store.keys.makeScopeKey(for: other, generation: 1)
        return try await store.transaction { transaction in
            try transaction.insertScopeKey(wrapped, of: other)
            let name = try ResourceName("other")
            let record = TenantRecord(
                id: other, name: name,
                nameIndex: try transaction.nameIndex(name, "tenant.name", in: .system))
            try transaction.insert(record)
            try transaction.insert(try newSecret("by-the-vault", transaction, of: other))
            try transaction.audit(entry(in: .system))
            try transaction.insert(try newSecret("by-itself", transaction, of: other))
            try transaction.audit(entry(in: other))
            return record
        }
    }

    @Test("A shredded tenant takes its rows with it; those of others are compared as before")
    func shredded() async throws {
        let other = try await markShredding(try await addTenant())
        try await add("kept")
        #expect(try await store.replayRows() == RowReplay(told: 5, untold: 0))
        _ = try await store.removeRows(of: other.id)
        #expect(try await store.replayRows() == RowReplay(told: 3, untold: 0))
        _ = try await store.destroyKeys(of: other.id) { try $0.audit(entry(in: .system)) }
        #expect(try await store.replayRows() == RowReplay(told: 3, untold: 0))
        try await removeTenant(other)
        #expect(try await store.replayRows() == RowReplay(told: 2, untold: 0))

        try await add("quiet", isTold: false)
        #expect(try await finding()?.hasSuffix("is there, and no audit entry made it") == true)
        try await remove("quiet", isTold: false)
        try await remove("kept", isTold: false)
        #expect(try await finding()?.hasSuffix("and no audit entry removed it") == true)
        await store.close()
    }

    @Test("A row that a shredded tenant left behind is found")
    func leftBehind() async throws {
        let other = try await addTenant()
        _ = try await store.transaction { try $0.deleteScopeKeys(of: other.id) }
        store.keys.forget(other.id)
        // What came with an entry that cannot be read now.
        #expect(try await finding()?.hasSuffix("is there, and no audit entry made it") == true)
        let leaving = try await markShredding(other)
        #expect(try await store.replayRows() == RowReplay(told: 3, untold: 1))
        try await removeTenant(leaving)
        #expect(try await finding()?.hasSuffix("is there, and no audit entry made it") == true)
        await store.close()
    }

    private func markShredding(_ record: TenantRecord) async throws -> TenantRecord {
        try await store.transaction { transaction in
            var record = record
            record.state = .shredding
            record = try transaction.update(record)
            try transaction.audit(entry(in: .system))
            return record
        }
    }

    private func removeTenant(_ record: TenantRecord) async throws {
        try await store.transaction { transaction in
            try transaction.delete(record)
            try transaction.audit(entry(in: .system))
        }
    }

    @Test("Events of rows say themselves again, and other texts are none")
    func texts() throws {
        let id = String(repeating: "0123456789abcdef", count: 2)
        for text in ["+secret \(id)", "-role_binding \(id)", "+secret \(id) \(TenantID())"] {
            let event = try JSONCoding.decode(RowEvent.self, from: Array("\"\(text)\"".utf8))
            #expect(try JSONCoding.encode(event) == Array("\"\(text)\"".utf8))
        }
        for text in [
            "", "+", "secret \(id)", "*secret \(id)", "+secret", "+secret \(id)0",
            "+secret  \(id)", "+secret \(id) ", "+secret \(id) \(id)0", "+secret \(id) \(id) \(id)",
        ] {
            #expect(throws: (any Error).self) {
                try JSONCoding.decode(RowEvent.self, from: Array("\"\(text)\"".utf8))
            }
        }
    }
}
