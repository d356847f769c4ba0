import Access
import Delivery
import Glibc
import Operations
import Sealing
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("Protectors of a vault")
struct ProtectorTests {
    private static let passphrase = "correct horse battery"
    private static let hex = String(repeating: "0123456789abcdef", count: 4)

    private func refusal(_ body: () async throws -> Void) async -> VaultError? {
        do {
            try await body()
            return nil
        } catch {
            return VaultError(wrapping: error)
        }
    }

    private func local() -> Caller { .local(user: geteuid()) }

    /// Makes a vault with `protectors`, lends it closed, with what it showed once.
    private func withVault(
        _ protectors: NewVaultProtectors,
        _ body: (VaultHome, TemporaryFolder, _ shown: [String]) async throws -> Void
    ) async throws {
        try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
        let folder = TemporaryFolder()
        let home = VaultHome(path: folder.file("home"))
        let created = try await VaultService.create(
            home: home, protectors: protectors, settings: TestVault.settings)
        await created.service.close()
        let paper = try (created.recoveryCode ?? created.recoveryShares).map { try text(of: $0) }
        try await body(
            home, folder, paper.map { $0.split(separator: "\n").map(String.init) } ?? [])
    }

    private func open(
        _ home: VaultHome, _ sources: UnsealSources
    ) async throws -> VaultService {
        try await VaultService.open(home: home, sources: sources, settings: TestVault.settings)
    }

    /// Opens the vault, asks one thing and closes it.
    private func ask<Request: OperationRequest>(
        _ home: VaultHome, _ request: Request, by sources: UnsealSources = UnsealSources(),
        secret: String? = nil
    ) async throws -> (response: Request.Response, secret: String?) {
        let service = try await open(home, sources)
        do {
            let reply = try await service.perform(
                request, from: local(), secret: try secret.map { try parcel($0) })
            await service.close()
            return (reply.response, try reply.secret.map { try text(of: $0) })
        } catch {
            await service.close()
            throw error
        }
    }

    private func removeKeyFiles(_ home: VaultHome) {
        for file in home.keyFiles() { unsafe unlink(file) }
    }

    @Test("A vault whose key file is lost opens with each other slot, and with none of a stranger")
    func everySlot() async throws {
        try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
        let start = NewVaultProtectors(
            passphrase: try parcel(Self.passphrase), recovery: .shares(threshold: 2, count: 3))
        try await withVault(start) { home, folder, shares in
            #expect(shares.count == 3)
            let code = try await ask(home, AddProtector(kind: .recoveryCode)).secret ?? ""
            let credentials = folder.file("credentials")
            #expect(unsafe mkdir(credentials, 0o700) == 0)
            write(Self.hex + "\n", to: credentials + "/root")
            let credential = UnsealSources(credentialsDirectory: credentials)
            _ = try await ask(
                home, AddProtector(kind: .credential, name: "root"), by: credential)
            removeKeyFiles(home)
            let missing = await refusal { _ = try await open(home, UnsealSources()) }
            #expect(missing?.exit == .sealed && missing?.code == "key-missing")
            let waysIn: [UnsealSources] = [
                UnsealSources(given: .passphrase(try parcel(Self.passphrase))),
                UnsealSources(given: .paper(try parcel(shares[0] + "\n" + shares[2]))),
                UnsealSources(given: .paper(try parcel(code))), credential,
                UnsealSources(ask: { kinds in
                    kinds.contains(.passphrase) ? .passphrase(try parcel(Self.passphrase)) : nil
                }),
            ]
            for sources in waysIn {
                #expect(try await ask(home, ListProtectors(), by: sources).response.count == 5)
            }
            let wrong: [(UnsealSecret, String)] = [
                (.passphrase(try parcel(Self.passphrase + "!")), "wrong-passphrase"),
                (.paper(try parcel(shares[0])), "shares-missing"),
                (.paper(try parcel(shares[0] + "\n" + shares[0])), "share-repeated"),
                (
                    .paper(try parcel(shares[0] + "\n" + shares[1].dropLast() + "-")),
                    "share-mistyped"
                ),
                (.paper(try parcel(String(code.dropLast(5)))), "recovery-code"),
            ]
            for (secret, name) in wrong {
                let found = await refusal { _ = try await open(home, UnsealSources(given: secret)) }
                #expect(found?.code == name)
            }
            let stranger = try RecoveryShares.create(threshold: 2, count: 2)
            let foreign = await refusal {
                _ = try await open(
                    home, UnsealSources(given: .paper(SecretParcel(try stranger.text()))))
            }
            #expect(foreign?.code == "share-of-another-set")
        }
    }

    @Test("A command that prints the key opens the vault after a key file")
    func exec() async throws {
        try await withVault(NewVaultProtectors()) { home, _, _ in
            let command = ["/usr/bin/printf", Self.hex]
            let added = try await ask(home, AddProtector(kind: .exec, command: command)).response
            #expect(added.detail == command.joined(separator: " "))
            removeKeyFiles(home)
            let slots = try await ask(home, TestProtector()).response
            #expect(slots.first { $0.kind == "exec" }?.opens == true)
            #expect(slots.first { $0.kind == "key-file" }?.opens == false)
            let path = home.keys + "/exec-\(added.id).command"
            _ = try await ask(home, RemoveProtector(slot: slots[0].id))
            write("/bin/false\n", to: path)
            #expect(
                await refusal { _ = try await open(home, UnsealSources()) }?.code
                    == "protector-unsafe")
        }
    }

    @Test("A vault without a key file opens with its shares alone")
    func noKeyFile() async throws {
        let protectors = NewVaultProtectors(
            hasKeyFile: false, recovery: .shares(threshold: 2, count: 2))
        try await withVault(protectors) { home, _, shares in
            #expect(home.keyFiles().isEmpty)
            let found = await refusal { _ = try await open(home, UnsealSources()) }
            #expect(found?.exit == .sealed && found?.code == "sealed")
            #expect(found?.cause.contains("recovery shares") == true)
            let sources = UnsealSources(
                given: .paper(try parcel(shares.reversed().joined(separator: "\n"))))
            let added = try await ask(home, AddProtector(kind: .keyFile), by: sources).response
            #expect(home.keyFiles() == [added.file])
            #expect(try await ask(home, ListProtectors()).response.count == 2)
        }
    }

    @Test("Nothing that opens it is no vault")
    func noProtector() async throws {
        let home = VaultHome(path: TemporaryFolder().file("home"))
        let found = await refusal {
            _ = try await VaultService.create(
                home: home, protectors: .init(hasKeyFile: false, recovery: .none),
                settings: TestVault.settings)
        }
        #expect(found?.exit == .usage)
        #expect(unsafe access(home.path, F_OK) != 0)
    }

    @Test("The last slot stays, and one alone is left only when insisted on")
    func removal() async throws {
        try await withVault(NewVaultProtectors()) { home, _, shown in
            let slots = try await ask(home, ListProtectors()).response
            #expect(slots.map(\.kind) == ["key-file", "recovery-code"])
            let code = slots[1].id
            let unknown = await refusal { _ = try await ask(home, RemoveProtector(slot: SlotID())) }
            #expect(unknown?.exit == .notFound)
            let warned = await refusal { _ = try await ask(home, RemoveProtector(slot: code)) }
            #expect(warned?.code == "one-protector-left")
            let rest = try await ask(home, RemoveProtector(slot: code, force: true)).response
            #expect(rest.map(\.kind) == ["key-file"])
            let last = await refusal {
                _ = try await ask(home, RemoveProtector(slot: slots[0].id, force: true))
            }
            #expect(last?.code == "last-protector")
            let gone = await refusal {
                _ = try await open(home, UnsealSources(given: .paper(try parcel(shown[0]))))
            }
            #expect(gone?.exit == .sealed)
            let service = try await open(home, UnsealSources())
            let outcomes = try await service.perform(
                ListAudit(filter: AuditFilter(limit: 100)), from: local()
            ).response.filter { $0.action == "protector.remove" }.map(\.outcome)
            #expect(outcomes == [.failed, .failed, .allowed, .failed])
            await service.close()
        }
    }

    @Test("What a removed slot wrapped is in no file of the database")
    func removalLeavesNothing() async throws {
        try await withVault(NewVaultProtectors()) { home, _, _ in
            _ = try await ask(home, AddProtector(kind: .recoveryCode))
            let service = try await open(home, UnsealSources())
            let slot = try #require(try await service.store.slots().last)
            _ = try await service.perform(RemoveProtector(slot: slot.id), from: local())
            for file in [home.database, home.database + "-wal"] {
                let bytes = contents(of: file)
                for part in [slot.wrapped, slot.wrappedKey, slot.check] {
                    #expect(!bytes.contains(part), "\(file)")
                }
            }
            await service.close()
        }
    }

    @Test("A test changes no slot, and tells what was not tried")
    func testing() async throws {
        try await withVault(NewVaultProtectors()) { home, _, shown in
            let service = try await open(home, UnsealSources())
            let before = try await service.store.slots()
            let tried = try await service.perform(TestProtector(), from: local()).response
            #expect(tried.map(\.opens) == [true, nil])
            let code = try await service.perform(
                TestProtector(slot: before[1].id), from: local(), secret: try parcel(shown[0]))
            #expect(code.response.map(\.opens) == [nil, true])
            let other = await refusal {
                _ = try await service.perform(
                    TestProtector(slot: before[0].id), from: local(), secret: try parcel(shown[0]))
            }
            #expect(other?.exit == .sealed)
            let nobody = await refusal {
                _ = try await service.perform(TestProtector(slot: before[1].id), from: local())
            }
            #expect(nobody?.exit == .sealed)
            #expect(try await service.store.slots() == before)
            await service.close()
        }
    }

    @Test("A token with the permission adds no protector that writes or runs on the machine")
    func tokens() async throws {
        try await TestVault.with { vault in
            let token = try await vault.token("system:protector")
            let requests = [
                AddProtector(kind: .keyFile), AddProtector(kind: .exec, command: ["/bin/true"]),
                AddProtector(kind: .credential, name: "x"),
            ]
            for request in requests {
                #expect(await vault.refusal(of: request, with: token)?.exit == .denied)
            }
            #expect(
                await vault.refusal(
                    of: AddProtector(kind: .shares, threshold: 2, count: 3), with: token) == nil)
        }
    }

    @Test("A vault takes as many slots as its limit, and no more")
    func slotLimit() async throws {
        try await TestVault.with { vault in
            for _ in 2..<UnsealLimits.slots {
                try await vault.ask(AddProtector(kind: .recoveryCode))
            }
            let found = await vault.refusal(of: AddProtector(kind: .recoveryCode))
            #expect(found?.code == "too-many-protectors")
            #expect(try await vault.ask(ListProtectors()).count == UnsealLimits.slots)
        }
    }

    /// The bytes of a file; none when it is missing.
    private func contents(of path: String) -> [UInt8] {
        let file = unsafe Glibc.open(path, O_RDONLY)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(file, &buffer, buffer.count)
            guard count > 0 else { return result }
            result += buffer[..<count]
        }
    }
}
