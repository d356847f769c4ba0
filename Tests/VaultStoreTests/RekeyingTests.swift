import SQLite
import Sealing
import Sodium
import Testing
import VaultModel

@testable import VaultStore

extension VaultStore {
    /// Begins to replace a tenant's key: the next generation is stored and seals from now on.
    func beginKey(of tenant: TenantID) async throws {
        let made = try keys.prepareScopeKey(for: tenant)
        try await transaction {
            try $0.insertScopeKey(made.wrapped, of: tenant, generation: made.generation)
        }
        keys.adopt(made)
    }

    /// Finishes it; returns how many values were sealed again.
    @discardableResult
    func finishKey(of tenant: TenantID) async throws -> Int {
        let swept = try await sweep(tenant)
        for generation in try await transaction({ try $0.retireOlderScopeKeys(of: tenant) }) {
            try keys.retire(generation, of: tenant)
        }
        return swept.reduce(0) { $0 + $1.rows }
    }
}

@Suite("Replacing keys")
struct RekeyingTests {
    init() throws { try startSodium() }

    // MARK: The registry

    /// Binary columns that hold nothing sealed.
    private static let open: Set<String> = [
        "id", "tenant", "mac", "name_index", "endpoint_index", "check_value", "hash", "value",
        "audit_mac", "rows", "secret", "pop_secret", "tls_secret", "key_secret", "connection",
        "tree", "sinks", "recipient", "principal", "parent", "parameters",
    ]

    @Test(
        "Every sealed column of the schema is registered, and every other one is known to be open")
    func registry() async throws {
        let sample = try await SampleVault.make()
        let registered = Dictionary(grouping: SealedColumn.all) { $0.table }
            .mapValues { Set($0.map(\.column)) }
        var found: Set<String> = []
        for table in try Attacker(sample.folder.file()).tables() {
            let sealed = registered[table.name] ?? []
            #expect(sealed.isSubset(of: table.columns.map(\.name)), "\(table.name)")
            for (index, column) in table.columns.enumerated() {
                let what = "\(table.name).\(column.name)"
                let values = table.rows.map { $0.values[index].bytes }
                let looksSealed = values.contains { $0.starts(with: [0x53, 0x47, 0x01]) }
                if sealed.contains(column.name) {
                    #expect(looksSealed, "\(what) is registered and holds nothing sealed")
                    found.insert(what)
                } else {
                    #expect(!looksSealed, "\(what) is sealed and not registered")
                    #expect(
                        column.type != "BLOB" || Self.open.contains(column.name),
                        "\(what): register it in SealedColumn, or say here that it is open")
                }
            }
        }
        #expect(found.count == SealedColumn.all.count)
    }

    // MARK: Tenants

    @Test("After a sweep nothing is sealed under the old key, and everything still opens")
    func sweep() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let before = try await store.read { try $0.everySecret() }
        try await store.beginKey(of: sample.tenant)
        let older = try await store.countOlder(sample.tenant)
        #expect(older.reduce(0) { $0 + $1.rows } > 15)
        let swept = try await store.finishKey(of: sample.tenant)
        #expect(swept == older.reduce(0) { $0 + $1.rows })
        #expect(try await store.countOlder(sample.tenant).allSatisfy { $0.rows == 0 })
        try await store.checkEverything()
        #expect(try await store.read { try $0.everySecret() } == before)
        let entries = try await store.read {
            try $0.auditEntries(AuditFilter(), in: sample.tenant)
        }
        #expect(entries.contains { $0.action == "fill.1" }, "old entries still read")
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
        let again = try sample.open()
        #expect(again.keys.generations(of: sample.tenant).count == 1)
        #expect(try await again.read { try $0.everySecret() } == before)
        await again.close()
    }

    @Test("A value whose version was read before its key was replaced opens all the same")
    func openings() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let read = try await store.read { transaction in
            try transaction.select(
                SecretVersionRecord.self, where: "WHERE tenant = ? AND state = 'current'",
                [.blob(sample.tenant.bytes)]
            ).first
        }
        let version = try #require(read)
        let sealed = try #require(version.sealed)
        let value = try store.keys.open(sealed, at: version.place).withSpan { $0.count }
        for _ in 0..<2 {
            try await store.beginKey(of: sample.tenant)
            try await store.finishKey(of: sample.tenant)
            #expect(throws: SealingError.self) {
                _ = try store.keys.open(sealed, at: version.place)
            }
            #expect(try await store.open(version).withSpan { $0.count } == value)
        }
        // Other destinations are for whoever asks anew.
        try await store.transaction { transaction in
            guard
                var current = try transaction.find(
                    SecretVersionRecord.self, version.id, in: version.tenant)
            else { throw Wanted() }
            current.content.destinations = DestinationList([])
            try transaction.update(current)
        }
        await #expect(throws: StoreError.self) { _ = try await store.open(version) }
        await store.close()
    }

    @Test("Revisions, names and the state digest stay as they are")
    func nothingElseChanges() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let name = try ResourceName("name-1")
        let before = try await store.read { transaction in
            (
                try transaction.secret(named: name, in: sample.tenant)?.revision,
                transaction.head.current.digest
            )
        }
        try await store.beginKey(of: sample.tenant)
        let during = try await store.read {
            try $0.secret(named: name, in: sample.tenant)?.revision
        }
        #expect(during == before.0)
        let digest = try await store.read { $0.head.current.digest }
        _ = try await store.sweep(sample.tenant)
        #expect(try await store.read { $0.head.current.digest } == digest)
        #expect(
            try await store.read { try $0.secret(named: name, in: sample.tenant)?.revision }
                == before.0)
        // A name stays taken while rows of two generations stand side by side.
        await #expect(throws: StoreError.duplicate(what: "the secret")) {
            try await store.transaction { transaction in
                try transaction.insert(
                    SecretRecord(
                        tenant: sample.tenant, name: name,
                        nameIndex: transaction.nameIndex(name, "secret.name", in: sample.tenant),
                        kind: .password, description: ""))
            }
        }
        await store.close()
    }

    @Test("A vault that was closed between two generations opens, and goes on")
    func interrupted() async throws {
        let sample = try await SampleVault.make()
        let first = try sample.open()
        let before = try await first.read { try $0.everySecret() }
        let generation = try first.keys.keys(for: sample.tenant).generation
        try await first.beginKey(of: sample.tenant)
        // One row is of the new generation, all the others are of the old one.
        try await first.transaction { transaction in
            let name = try ResourceName("name-1")
            guard let secret = try transaction.secret(named: name, in: sample.tenant) else {
                throw StoreError.stale(what: "the secret")
            }
            try transaction.update(secret)
        }
        await first.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
        let again = try sample.open()
        #expect(again.keys.generations(of: sample.tenant) == [generation, generation + 1])
        #expect(again.keys.scopesBetweenGenerations == [sample.tenant])
        try await again.finishKey(of: sample.tenant)
        #expect(try await again.read { try $0.everySecret() } == before)
        #expect(again.keys.scopesBetweenGenerations.isEmpty)
        await again.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
    }

    @Test("What was sealed before a key was replaced, and is stored after it, is wrapped again")
    func sealedBefore() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let old = try await store.read { transaction in
            try transaction.select(
                SecretVersionRecord.self, where: "WHERE tenant = ? AND state = 'pending'",
                [.blob(sample.tenant.bytes)])
        }
        let version = try #require(old.first)
        try await store.beginKey(of: sample.tenant)
        _ = try await store.sweep(sample.tenant)
        // The record in hand still has its key wrapped as it was read.
        _ = try await store.transaction { try $0.update(version) }
        #expect(try await store.countOlder(sample.tenant).allSatisfy { $0.rows == 0 })
        try await store.finishKey(of: sample.tenant)
        var late = version
        late.revision += 1
        await #expect(throws: StoreError.stale(what: "the tenant's key")) {
            try await store.transaction { [late] in try $0.update(late) }
        }
        try await store.checkEverything()
        await store.close()
    }

    @Test("A row that was altered stops the sweep")
    func alteredRow() async throws {
        let sample = try await SampleVault.make()
        let path = sample.folder.file()
        let store = try sample.open()
        try await store.beginKey(of: sample.tenant)
        try await store.truncateLog()
        let attacker = try Attacker(path)
        try attacker.query("UPDATE connection SET enabled = 1 - enabled")
        await #expect(throws: StoreError.tampered(what: "a connection")) {
            _ = try await store.sweep(sample.tenant)
        }
        await store.close()
    }

    // MARK: The root key

    @Test("After the root key is replaced every slot opens the vault, and the old one is of no use")
    func root() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let before = try await store.read { try $0.everySecret() }
        let oldSlots = try await store.slots()
        let generation = store.keys.rootGeneration
        let result = try await store.replaceRootKey(keepsOld: false) { _, _ in }
        #expect(result.generation == generation + 1)
        #expect(result.remaining.allSatisfy { $0.rows == 0 })
        #expect(result.kept.isEmpty)
        #expect(store.keys.rootGeneration == generation + 1)
        // What was open stays open.
        #expect(try await store.read { try $0.everySecret() } == before)
        let slots = try await store.slots()
        #expect(slots.count == oldSlots.count)
        #expect(Set(slots.map(\.wrapped)).isDisjoint(with: oldSlots.map(\.wrapped)))
        #expect(slots.map(\.check) == oldSlots.map(\.check), "the slots' own keys stay")
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
        // The old root key, out of an old slot, opens nothing of the vault as it is.
        let slot = try #require(oldSlots.first { $0.kind == .keyFile })
        #expect(throws: (any Error).self) {
            try VaultStore.open(at: sample.folder.file()) { vault, _ in
                try KeyRing(unsealing: vault, slot: slot, key: sample.key)
            }
        }
    }

    @Test("An old root key is kept for backups until its time is over, and dropped on demand")
    func archive() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let first = store.keys.rootGeneration
        _ = try await store.replaceRootKey(keepsOld: true) { _, _ in }
        let second = try await store.replaceRootKey(keepsOld: true) { _, _ in }
        #expect(second.kept.suffix(2) == [first, first + 1])
        let earlier = try #require(try await store.earlierRing(first))
        #expect(earlier.rootGeneration == first)
        #expect(try await store.earlierRing(99) == nil)
        // None of them is old enough yet.
        try await store.dropExpiredRoots { _, _ in Issue.record("nothing is over") }
        let third = try await store.replaceRootKey(keepsOld: false) { _, _ in }
        #expect(third.kept.isEmpty)
        #expect(try await store.earlierRing(first) == nil)
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
    }

    @Test("What was wrapped under a root key that is replaced meanwhile is refused, not stored")
    func lateWrap() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let tenant = TenantID()
        let wrapped = try store.keys.makeScopeKey(for: tenant, generation: 1)
        let code = try RecoveryCode.create()
        let slot = try store.keys.wrapRoot(for: code.key)
        _ = try await store.replaceRootKey(keepsOld: true) { _, _ in }
        await #expect(throws: StoreError.stale(what: "the root key")) {
            try await store.transaction { try $0.insertScopeKey(wrapped, of: tenant) }
        }
        await #expect(throws: StoreError.stale(what: "the root key")) {
            try await store.addSlot(slot)
        }
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
    }

    @Test("A failed replacement of the root key leaves the old one")
    func failedRoot() async throws {
        struct Refusal: Error {}
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let generation = store.keys.rootGeneration
        await #expect(throws: Refusal.self) {
            _ = try await store.replaceRootKey(keepsOld: true) { _, _ in throw Refusal() }
        }
        #expect(store.keys.rootGeneration == generation)
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
    }

    // MARK: Shredding

    @Test("A tenant's keys are destroyed once its rows are gone, and no file holds a copy")
    func shred() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        await #expect(throws: StoreError.stale(what: "the tenant")) {
            _ = try await store.destroyKeys(of: sample.other) { _ in }
        }
        #expect(store.keys.holds(sample.other), "keys of rows that are there stay")
        let removed = try await store.removeRows(of: sample.other)
        #expect(removed.reduce(0) { $0 + $1.rows } > 10)
        let wrapped = try await store.destroyKeys(of: sample.other) { _ in }
        #expect(!wrapped.isEmpty)
        #expect(!store.keys.holds(sample.other))
        // What a request that outlived the tenant has to tell is kept with the vault's own.
        try await store.transaction { try $0.audit(entry("late", in: sample.other)) }
        let late = try await store.read { try $0.auditEntries(AuditFilter(), in: .system) }
        #expect(late.last?.detail["tenant"] == "\(sample.other)")
        #expect(try await store.copies(of: wrapped) == 0)
        let verdict = try await store.read { try $0.verifyAudit() }
        #expect(verdict.ok, "the chain needs no tenant's key")
        await store.close()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
        let file = contents(of: sample.folder.file())
        for key in wrapped {
            #expect(file.firstRange(of: key[7..<31]) == nil)
        }
    }

    @Test("Copies of a wrapped key are found wherever they stand in the file")
    func findsCopies() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let slots = try await store.slots()
        let there = try #require(slots.first).wrapped
        let alone = try await store.copies(of: [there])
        #expect(alone >= 1)
        #expect(try await store.copies(of: [Random.bytes(80)]) == 0)
        // Another file counts, if it is there.
        let copy = sample.folder.file("copy.db")
        #expect(try await store.copies(of: [there], besides: [copy]) == alone)
        _ = try await store.snapshot(to: copy)
        #expect(try await store.copies(of: [there], besides: [copy]) == 2 * alone)
        await #expect(throws: StoreError.self) {
            try await store.copies(of: [there], besides: [sample.folder.path])
        }
        await store.close()
    }
}

extension StoreTransaction {
    /// The value of every version that is not destroyed, in the order of their identities.
    func everySecret() throws -> [String] {
        try select(SecretVersionRecord.self, where: "ORDER BY id", []).compactMap { version in
            try version.sealed.map { sealed in
                try keys.open(sealed, at: version.place).withSpan { span in
                    String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
                }
            }
        }
    }
}
