import Access
import Glibc
import Operations
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("The anchor beside the database")
struct AnchorTests {
    /// Opens the vault of a folder, asks for its status `uses` times, and closes it.
    private static func use(_ home: VaultHome, _ uses: Int = 1) async throws(VaultError) {
        let service = try await VaultService.open(
            home: home, keyFile: nil, settings: TestVault.settings)
        for _ in 0..<uses {
            _ = try? await service.perform(ShowStatus(), from: .local(user: geteuid()))
        }
        await service.close()
    }

    private static func refusal(_ home: VaultHome) async -> VaultError? {
        do throws(VaultError) {
            try await use(home)
            return nil
        } catch {
            return error
        }
    }

    /// A closed vault, and a copy of its database from before it was used once more.
    private struct Copied {
        let folder = TemporaryFolder()
        let home: VaultHome
        let old: String

        init() async throws {
            try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
            home = VaultHome(path: folder.file("home"))
            old = folder.file("old.db")
            let created = try await VaultService.create(
                home: home, keyFile: nil, withRecoveryCode: false, settings: TestVault.settings)
            await created.service.close()
            #expect(unsafe system("cp '\(home.database)' '\(old)'") == 0)
            try await AnchorTests.use(home, 2)
        }

        func putBack() {
            #expect(unsafe system("rm -f '\(home.data)'/* && cp '\(old)' '\(home.database)'") == 0)
        }
    }

    @Test("An earlier copy of the database is refused with both numbers, until it is accepted")
    func rollback() async throws {
        let vault = try await Copied()
        vault.putBack()
        let refusal = await Self.refusal(vault.home)
        #expect(refusal?.exit == .integrity && refusal?.code == "rolled-back")
        #expect(refusal?.cause.contains("audit entry 1 ") == true, "\(String(describing: refusal))")
        #expect(refusal?.cause.contains("entry 3") == true)
        await #expect(throws: VaultError.self) {
            try await VaultService.acceptRollback(
                home: vault.home, sources: UnsealSources(), sequence: 2)
        }
        try await VaultService.acceptRollback(
            home: vault.home, sources: UnsealSources(), sequence: 1)
        try await Self.use(vault.home)
        let service = try await VaultService.open(
            home: vault.home, keyFile: nil, settings: TestVault.settings)
        let entries = try await service.perform(
            ListAudit(filter: AuditFilter()), from: .local(user: geteuid())
        ).response
        #expect(entries.contains { $0.action == "audit.accept-rollback" })
        await service.close()
        await #expect(throws: VaultError.self) {
            try await VaultService.acceptRollback(
                home: vault.home, sources: UnsealSources(), sequence: 9)
        }
    }

    @Test("An earlier copy that went on elsewhere is refused although it has as many entries")
    func otherHistory() async throws {
        let vault = try await Copied()
        let anchor = try read(vault.home.anchor)
        vault.putBack()
        try await VaultService.acceptRollback(
            home: vault.home, sources: UnsealSources(), sequence: 1)
        try await Self.use(vault.home, 5)
        write(anchor, to: vault.home.anchor)
        let refusal = await Self.refusal(vault.home)
        #expect(refusal?.code == "rolled-back")
    }

    @Test("A missing, changed or foreign anchor is refused, until it is put back or accepted")
    func harmed() async throws {
        let vault = try await Copied()
        let anchor = try read(vault.home.anchor)
        let other = try await Copied()
        let harms: [(String?, String)] = [
            (nil, "gone"), ("", "changed"), ("signet-anchor-1\n", "changed"),
            (anchor.replacing("sequence 3", with: "sequence 2"), "changed"),
            (anchor.replacing("root 1", with: "root 0"), "changed"),
            (try read(other.home.anchor), "another vault"),
        ]
        for (text, word) in harms {
            unsafe unlink(vault.home.anchor)
            if let text { write(text, to: vault.home.anchor) }
            let refusal = await Self.refusal(vault.home)
            #expect(refusal?.exit == .integrity && refusal?.code == "anchor", "\(word)")
            #expect(refusal?.cause.contains(word) == true, "\(String(describing: refusal))")
        }
        unsafe unlink(vault.home.anchor)
        try await VaultService.acceptRollback(
            home: vault.home, sources: UnsealSources(), sequence: 3)
        try await Self.use(vault.home)
    }

    @Test("The anchor follows the open vault")
    func follows() async throws {
        let vault = try await Copied()
        let service = try await VaultService.open(
            home: vault.home, keyFile: nil, settings: TestVault.settings)
        _ = try await service.perform(ShowStatus(), from: .local(user: geteuid()))
        let follows = try await eventually {
            let anchor = Anchor(parsing: Array(try read(vault.home.anchor).utf8))
            return anchor?.sequence == service.store.durableSequence
        }
        #expect(follows)
        await service.close()
    }

    @Test("An anchor that cannot be written closes the vault, until it can")
    func unwritable() async throws {
        let vault = try await Copied()
        let service = try await VaultService.open(
            home: vault.home, keyFile: nil, settings: TestVault.settings)
        func refusal() async -> VaultError? {
            do throws(VaultError) {
                _ = try await service.perform(ShowStatus(), from: .local(user: geteuid()))
                return nil
            } catch {
                return error
            }
        }
        let draft = vault.home.anchor + ".new"
        try #require(unsafe mkdir(draft, 0o700) == 0)
        #expect(try await eventually { await refusal() != nil })
        let durable = service.store.durableSequence
        let found = try #require(await refusal())
        #expect(found.code == "audit-unavailable")
        #expect(found.cause.contains("\(vault.home.anchor) cannot be written: Is a directory"))
        #expect(service.store.durableSequence == durable)
        // Mended, the next request goes through at once.
        try #require(unsafe rmdir(draft) == 0)
        #expect(await refusal() == nil)
        #expect(service.store.durableSequence == durable + 1)
        await service.close()
    }

    @Test("An anchor reads as it is written, and no other text is one")
    func text() async throws {
        let vault = try await Copied()
        let bytes = Array(try read(vault.home.anchor).utf8)
        let anchor = try #require(Anchor(parsing: bytes))
        #expect(anchor.document == bytes)
        #expect(anchor.sequence == 3 && anchor.rootGeneration == 1)
        for index in bytes.indices {
            #expect(Anchor(parsing: Array(bytes[..<index])) == nil)
            var upper = bytes
            upper[index] = upper[index] == 0x20 ? 0x09 : 0x20
            #expect(Anchor(parsing: upper) == nil)
        }
        #expect(Anchor(parsing: bytes + [0x0a]) == nil)
        #expect(Anchor(parsing: [UInt8](repeating: 0x61, count: Anchor.byteLimit + 1)) == nil)
    }
}
