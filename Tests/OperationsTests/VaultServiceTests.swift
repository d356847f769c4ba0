import Access
import Delivery
import Glibc
import Operations
import Sealing
import Testing
import VaultModel
import VaultStore

@Suite("A vault from its making to its closing")
struct VaultServiceTests {
    private func refusal(_ body: () async throws -> Void) async -> VaultError? {
        do {
            try await body()
            return nil
        } catch {
            return VaultError(wrapping: error)
        }
    }

    private func unlock(_ vault: TestVault, keyFile: String? = nil) async throws -> VaultService {
        try await VaultService.open(
            home: vault.home, keyFile: keyFile, settings: TestVault.settings)
    }

    /// Closes the vault, lets `body` work on its files, and opens it again.
    private func reopened(
        _ vault: TestVault, _ body: () async throws -> Void = {}
    ) async throws -> TestVault {
        await vault.service.close()
        try await body()
        return TestVault(
            folder: vault.folder, home: vault.home, service: try await unlock(vault),
            live: vault.live, recoveryCode: nil)
    }

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test("A new vault's files are its owner's alone, with the key apart from the data")
    func modes() async throws {
        try await TestVault.with { vault in
            let home = vault.home
            for folder in [home.path, home.data, home.keys, home.run, home.tls] {
                #expect(mode(folder) == 0o700, "\(folder)")
            }
            let keys = home.keyFiles()
            #expect(keys.count == 1)
            for file in keys + [home.database] { #expect(mode(file) == 0o600, "\(file)") }
            let doctor = try await vault.ask(RunDoctor())
            let files = doctor.filter { $0.check.hasPrefix("/") || $0.check == "rows" }
            #expect(files.allSatisfy { $0.ok })
            #expect(try await vault.audit().map(\.action).first == "vault.init")
        }
    }

    @Test("What was stored is there after the vault was closed and opened")
    func survives() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let again = try await reopened(vault)
            #expect(try await again.ask(again.message()).status == "sent")
            #expect(try await again.ask(VerifyAudit(deep: true)).ok)
            await again.service.close()
        }
    }

    @Test("A vault is made once")
    func once() async throws {
        try await TestVault.with { vault in
            await vault.service.close()
            let found = await refusal {
                _ = try await VaultService.create(
                    home: vault.home, keyFile: vault.folder.file("other.key"),
                    withRecoveryCode: false, settings: TestVault.settings)
            }
            #expect(found?.exit == .conflict)
            #expect(found?.code == "vault-exists")
            #expect(unsafe access(vault.folder.file("other.key"), F_OK) != 0)
            let service = try await unlock(vault)
            await service.close()
        }
    }

    @Test("A vault that is open is not opened a second time")
    func busy() async throws {
        try await TestVault.with { vault in
            let found = await refusal { _ = try await unlock(vault) }
            #expect(found?.exit == .conflict)
            #expect(found?.code == "vault-busy")
        }
    }

    @Test("Where there is no vault, opening is exit 3 and makes nothing")
    func missing() async throws {
        try await TestVault.with { vault in
            let home = VaultHome(path: vault.folder.file("none"))
            let found = await refusal {
                _ = try await VaultService.open(home: home, keyFile: nil, settings: .init())
            }
            #expect(found?.exit == .notFound)
            #expect(unsafe access(home.path, F_OK) != 0)
        }
    }

    @Test("Without the right key, opening is exit 6")
    func wrongKey() async throws {
        try await TestVault.with { vault in
            await vault.service.close()
            let key = try #require(vault.home.keyFiles().first)
            #expect(unsafe rename(key, key + ".away") == 0)
            #expect(await refusal { _ = try await unlock(vault) }?.exit == .sealed)
            let other = VaultHome(path: vault.folder.file("other"))
            let stranger = try await VaultService.create(
                home: other, keyFile: nil, withRecoveryCode: false, settings: .init())
            await stranger.service.close()
            let found = await refusal { _ = try await unlock(vault, keyFile: stranger.keyFile) }
            #expect(found?.exit == .sealed)
            #expect(found?.code == "wrong-key")
            #expect(unsafe chmod(key + ".away", 0o644) == 0)
            let loose = await refusal { _ = try await unlock(vault, keyFile: key + ".away") }
            #expect(loose?.exit == .sealed)
            #expect(loose?.code == "key-unsafe")
            #expect(unsafe chmod(key + ".away", 0o600) == 0)
            let service = try await unlock(vault, keyFile: key + ".away")
            await service.close()
        }
    }

    @Test("The key file may not lie beside the data")
    func keyApart() async throws {
        try await TestVault.with { vault in
            let home = VaultHome(path: vault.folder.file("other"))
            let found = await refusal {
                _ = try await VaultService.create(
                    home: home, keyFile: home.data + "/root.key", withRecoveryCode: false,
                    settings: .init())
            }
            #expect(found?.exit == .usage)
            #expect(unsafe access(home.database, F_OK) != 0)
        }
    }

    @Test("The recovery code gives a vault that lost its key file a new one")
    func recovery() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let code = try text(of: try #require(vault.recoveryCode))
            let found = try await vault.ask(TestProtector(), secret: code)
            #expect(found.first { $0.kind == "recovery-code" }?.opens == true)
            await vault.service.close()
            let key = try #require(vault.home.keyFiles().first)
            #expect(unsafe unlink(key) == 0)
            let wrong = await refusal {
                _ = try await VaultService.open(
                    home: vault.home,
                    sources: UnsealSources(given: .paper(try parcel("0000"))),
                    settings: TestVault.settings)
            }
            #expect(wrong?.exit == .usage)
            let opened = try await VaultService.open(
                home: vault.home,
                sources: UnsealSources(given: .paper(try parcel(code.lowercased()))),
                settings: TestVault.settings)
            let added = try await opened.perform(
                AddProtector(kind: .keyFile), from: .local(user: geteuid()))
            await opened.close()
            let path = try #require(added.response.file)
            #expect(vault.home.keyFiles() == [path])
            let again = TestVault(
                folder: vault.folder, home: vault.home, service: try await unlock(vault),
                live: vault.live, recoveryCode: nil)
            #expect(try await again.ask(again.message()).status == "sent")
            #expect(try await again.audit().contains { $0.action == "protector.add" })
            await again.service.close()
        }
    }

    @Test("A vault whose file was changed is exit 8")
    func tampered() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            await vault.service.close()
            let file = unsafe open(vault.home.database, O_RDWR)
            var page = [UInt8](repeating: 0, count: 4096)
            // The last page holds rows, or a part of an index.
            let end = lseek(file, -4096, SEEK_END)
            #expect(unsafe pread(file, &page, 4096, end) == 4096)
            let changed = page.map { ~$0 }
            #expect(unsafe pwrite(file, changed, 4096, end) == 4096)
            close(file)
            let found = await refusal {
                let service = try await unlock(vault)
                do {
                    _ = try await service.perform(
                        VerifyAudit(deep: true), from: .local(user: geteuid()))
                } catch {
                    await service.close()
                    throw error
                }
                await service.close()
            }
            #expect(found?.exit == .integrity)
        }
    }

    @Test(
        "A message that a crash interrupted has an outcome when the vault opens",
        arguments: zip([MessageState.sending, .dotSent], ["failed", "ambiguous"]))
    func interrupted(state: MessageState, outcome: String) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let sent = try await vault.ask(vault.message())
            let id = try #require(MessageRecordID(sent.id.dropFirst("msg_".count)))
            try await vault.service.store.transaction { transaction in
                guard let tenant = try transaction.tenant(named: ResourceName("default")),
                    var record = try transaction.find(MessageRecord.self, id, in: tenant.id)
                else { throw StoreError.tampered(what: "the message") }
                record.state = state
                try transaction.update(record)
            }
            let again = try await reopened(vault)
            #expect(try await again.ask(ShowMessage(id: sent.id)).status == outcome)
            let entry = try await again.audit().last { $0.action == "message.settle" }
            #expect(entry?.actor == "system")
            #expect(entry?.outcome == .failed)
            #expect(entry?.object == "message/\(id)")
            // Nothing is sent again by itself.
            #expect(try await vault.live.messages().count == 1)
            let third = try await reopened(again)
            let settled = try await third.audit().filter { $0.action == "message.settle" }
            #expect(settled.count == 1)
            await third.service.close()
        }
    }

    @Test("The status counts what is there")
    func status() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let token = try await vault.token("audit:read")
            _ = try await vault.plantToken(
                scopes: [], expires: Timestamp.now.adding(seconds: -1))
            let status = try await vault.ask(ShowStatus())
            #expect(status.secrets == 1)
            #expect(status.connections == 1)
            #expect(status.tokens == 2)
            try await vault.ask(RevokeToken(accessor: token.accessor))
            #expect(try await vault.ask(ShowStatus()).tokens == 1)
        }
    }
}
