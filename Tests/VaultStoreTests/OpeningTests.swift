import SQLite
import Sealing
import Testing
import VaultModel
import VaultStore

@Suite("Making and opening vaults")
struct OpeningTests {
    init() throws { try startSodium() }

    private func failure(_ body: () throws -> Void) -> (any Error)? {
        do {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("A new vault has its tenant, no audit entry, and opens again")
    func creates() async throws {
        let folder = TemporaryFolder()
        let vault = VaultID()
        let ring = try KeyRing(creating: vault)
        let key = try KeyFile.create(at: folder.file("root.key"), vault: vault)
        let store = try VaultStore.create(
            at: folder.file(), keys: ring, slots: [try ring.wrapRoot(for: key)])
        let tenant = try await store.defaultTenant()
        #expect(try await store.read { $0.lastAuditSequence } == 0)
        await store.close()
        let again = try VaultStore.open(at: folder.file()) { found, slots in
            #expect(found == vault)
            #expect(slots.count == 1)
            return try KeyRing(unsealing: found, slot: slots[0], key: key)
        }
        #expect(try await again.defaultTenant() == tenant)
        #expect(try await again.slots().map(\.kind) == [.keyFile])
        await again.close()
    }

    @Test("A vault is not made over another one")
    func createsOnce() async throws {
        let sample = try await SampleVault.make()
        let ring = try KeyRing(creating: VaultID())
        #expect(throws: (any Error).self) {
            try VaultStore.create(at: sample.folder.file(), keys: ring, slots: [])
        }
        #expect(await sample.finding(in: sample.folder.file()) == nil)
        #expect(contents(of: sample.folder.file()).elementsEqual(sample.file))
    }

    @Test("A missing vault is said to be missing, and none is made")
    func missing() async throws {
        let sample = try await SampleVault.make()
        let path = sample.folder.file("none.db")
        #expect(throws: StoreError.noVault(path: path)) { try sample.open(path) }
        #expect(!sample.folder.names.contains("none.db"))
    }

    @Test("The key of another vault, and another key of this one, are refused")
    func wrongKey() async throws {
        let sample = try await SampleVault.make()
        let vault = try sample.open()
        let identity = vault.vault
        await vault.close()
        for other in [VaultID(), identity] {
            let key = try KeyFile.create(at: sample.folder.file("\(other).key"), vault: other)
            #expect(throws: SealingError.wrongKey) {
                try VaultStore.open(at: sample.folder.file()) { vault, slots in
                    guard let slot = slots.first(where: { $0.kind == .keyFile }) else {
                        throw Wanted()
                    }
                    return try KeyRing(unsealing: vault, slot: slot, key: key)
                }
            }
        }
        #expect(await sample.finding(in: sample.folder.file()) == nil)
    }

    @Test("A ring of another vault cannot read this one")
    func foreignRing() async throws {
        let sample = try await SampleVault.make()
        let ring = try KeyRing(creating: VaultID())
        let found = failure { _ = try VaultStore.open(at: sample.folder.file()) { _, _ in ring } }
        guard case .notAuthentic = found as? SealingError else {
            Issue.record("\(String(describing: found))")
            return
        }
    }

    @Test(
        "A file that is no database is refused",
        arguments: [
            Array(
                "this is a text, not a database, and it is longer than a header of SQLite is.\n"
                    .utf8),
            [UInt8](repeating: 0, count: 8192), [0], [],
        ] as [[UInt8]])
    func notADatabase(bytes: [UInt8]) async throws {
        let sample = try await SampleVault.make()
        let path = sample.folder.file("foreign.db")
        write(bytes, to: path)
        #expect(failure { _ = try sample.open(path) } is SQLiteError)
        #expect(contents(of: path).elementsEqual(bytes), "the file was overwritten")
    }

    @Test("A database of another program is refused")
    func foreignDatabase() async throws {
        let sample = try await SampleVault.make()
        let path = sample.folder.file("foreign.db")
        let other = try SQLiteConnection(
            path: path, mode: .create, options: SQLiteOptions(applicationID: 7))
        try other.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT")
        other.close()
        guard case .foreignDatabase = failure({ _ = try sample.open(path) }) as? SQLiteError else {
            Issue.record("the database was taken")
            return
        }
    }

    @Test("A vault's file with nothing in it is refused")
    func emptyDatabase() async throws {
        let sample = try await SampleVault.make()
        let path = sample.folder.file("empty.db")
        let other = try SQLiteConnection(
            path: path, mode: .create, options: SQLiteOptions(applicationID: 0x5347_4e54))
        try other.setUserVersion(1)
        other.close()
        #expect(failure { _ = try sample.open(path) } != nil)
    }

    @Test("A vault that was cut at any page, or inside one, is refused")
    func truncated() async throws {
        let sample = try await SampleVault.make()
        let path = sample.folder.file("cut.db")
        for page in stride(from: 0, to: sample.file.count, by: 4096) {
            for extra in [0, 1, 100, 2048, 4095] {
                putDatabase(Array(sample.file[..<(page + extra)]), at: path)
                #expect(await sample.finding(in: path) != nil, "\(page) and \(extra) bytes")
            }
        }
    }

    @Test("A vault with any page overwritten is refused")
    func overwritten() async throws {
        let sample = try await SampleVault.make()
        let path = sample.folder.file("damaged.db")
        for start in stride(from: 0, to: sample.file.count, by: 4096) {
            for fill in [0, 0xff] as [UInt8] {
                var bytes = sample.file
                for index in start..<min(start + 4096, bytes.count) { bytes[index] = fill }
                // A free page holds nothing.
                guard bytes != sample.file else { continue }
                putDatabase(bytes, at: path)
                #expect(await sample.finding(in: path) != nil, "page \(start / 4096), \(fill)")
            }
        }
    }

    @Test("A newer format is named", arguments: [2, 255] as [UInt8])
    func newerFormat(number: UInt8) async throws {
        let sample = try await SampleVault.make()
        try Attacker(sample.folder.file()).query(
            "UPDATE meta SET value = ? WHERE key = 'format'", [.blob([number])])
        #expect(throws: StoreError.newerFormat(found: Int64(number))) { try sample.open() }
    }

    @Test("A slot that was added opens the vault")
    func addsSlot() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let key = try KeyFile.create(at: sample.folder.file("second.key"), vault: store.vault)
        let slot = try store.keys.wrapRoot(for: key)
        try await store.addSlot(slot)
        #expect(try await store.slots().count == 3)
        await store.close()
        let again = try VaultStore.open(at: sample.folder.file()) { vault, slots in
            #expect(slots.contains(slot))
            return try KeyRing(unsealing: vault, slot: slot, key: key)
        }
        try await again.checkEverything()
        await again.close()
    }
}
