import Access
import Glibc
import Operations
import Sealing
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("Backups")
struct BackupTests {
    private typealias Sample = BackupSample

    private func withSample(
        recipients: [String] = [], _ body: (Sample) async throws -> Void
    ) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let token = try await vault.token("connection:read")
            try await plantPending(vault)
            let path = vault.folder.file("backup.sgb")
            try await vault.ask(CreateBackup(path: path, recipients: recipients, force: false))
            let keyFile = try #require(vault.home.keyFiles().first)
            try await body(Sample(vault: vault, token: token, path: path, keyFile: keyFile))
        }
    }

    /// A version that a rotation has not decided about yet.
    private func plantPending(_ vault: TestVault) async throws {
        let bytes = Array("newer".utf8)
        try await vault.service.store.transaction { transaction in
            guard let tenant = try transaction.tenant(named: ResourceName("default")),
                let secret = try transaction.secret(
                    named: ResourceName("smtp-pass"), in: tenant.id),
                let current = try transaction.versions(of: secret).last
            else { throw StoreError.tampered(what: "the sample") }
            let place = SecretPlace(
                tenant: tenant.id, secret: secret.id, version: current.number + 1,
                destinations: current.content.destinations)
            try transaction.insert(
                SecretVersionRecord(
                    tenant: tenant.id, secret: secret.id, number: place.version, state: .pending,
                    sealed: transaction.keys.seal(SecretBytes(copying: bytes.span), at: place),
                    destinations: current.content.destinations))
            try transaction.audit(
                AuditEntry(
                    tenant: tenant.id, actor: "test", action: "test", outcome: .allowed,
                    request: RequestID()))
        }
    }

    private func bytes(of path: String) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY)
        defer { close(file) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(file, &buffer, buffer.count)
            guard count > 0 else { return result }
            result += buffer[..<count]
        }
    }

    private func put(_ bytes: [UInt8], at path: String) {
        let file = unsafe open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
        defer { close(file) }
        precondition(unsafe Glibc.write(file, bytes, bytes.count) == bytes.count, "cannot write")
    }

    private func verify(_ path: String, _ key: BackupKey) async -> VaultError? {
        do {
            _ = try await BackupVerification.verify(path: path, key: key)
            return nil
        } catch {
            return error
        }
    }

    // MARK: Writing

    @Test("A backup is sealed, private, recorded and in the audit log")
    func written() async throws {
        try await withSample { sample in
            var status = stat()
            try #require(unsafe lstat(sample.path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            #expect(unsafe access(sample.path + ".new", F_OK) != 0)
            #expect(unsafe access(sample.vault.home.data + "/backup.copy", F_OK) != 0)
            let content = String(decoding: bytes(of: sample.path), as: UTF8.self)
            for canary in ["right", "newer", "smtp-pass", "alerts", "127.0.0.1", "SQLite format"] {
                #expect(!content.contains(canary), "\(canary)")
            }
            let listed = try await sample.vault.ask(ListBackups())
            #expect(listed.map(\.path) == [sample.path])
            #expect(listed.map(\.rootGeneration) == [1])
            let entry = try #require(
                try await sample.vault.audit().last { $0.action == "backup.create" })
            #expect(entry.outcome == .allowed)
            #expect(entry.object == "backup/\(sample.path)")
            #expect(entry.detail["root_generation"] == "1")
        }
    }

    @Test("A file that exists is replaced only when it is an earlier backup, and only on demand")
    func replacing() async throws {
        try await withSample { sample in
            let vault = sample.vault
            func make(_ path: String, force: Bool) async -> VaultError? {
                await vault.refusal(of: CreateBackup(path: path, recipients: [], force: force))
            }
            #expect(await make(sample.path, force: false)?.code == "exists")
            #expect(await make(sample.path, force: true) == nil)
            let listed = try await vault.ask(ListBackups())
            #expect(listed.count == 1)
            let other = vault.folder.file("notes.txt")
            put(Array("do not lose me".utf8), at: other)
            #expect(await make(other, force: false)?.code == "exists")
            #expect(await make(other, force: true)?.code == "exists")
            #expect(bytes(of: other) == Array("do not lose me".utf8))
            let third = vault.folder.file("third.sgb")
            put(Array("mine".utf8), at: third + ".new")
            #expect(await make(third, force: true)?.code == "exists")
            #expect(bytes(of: third + ".new") == Array("mine".utf8))
            // What a crash left is no obstacle.
            put([], at: third + ".new")
            #expect(await make(third, force: false) == nil)
            #expect(await verify(third, sample.key) == nil)
        }
    }

    @Test(
        "A file that has its name is known, although its folder cannot be made durable",
        .enabled(if: geteuid() != 0))
    func unreadableFolder() async throws {
        try await withSample { sample in
            let vault = sample.vault
            let folder = vault.folder.file("backups")
            // Who may not read a folder can put files into it, and not open it to synchronise it.
            try #require(unsafe mkdir(folder, 0o300) == 0)
            let path = folder + "/b"
            let refusal = await vault.refusal(
                of: CreateBackup(path: path, recipients: [], force: false))
            #expect(refusal?.code == "file")
            #expect(unsafe access(path, F_OK) == 0)
            #expect(try await vault.ask(ListBackups()).map(\.path) == [sample.path, path])
            try #require(unsafe chmod(folder, 0o700) == 0)
        }
    }

    @Test("A place beside the key or the data, or none at all, is refused, and the vault goes on")
    func places() async throws {
        try await withSample { sample in
            let vault = sample.vault
            let home = vault.home
            let bad: [(String, String)] = [
                ("", "validation"), ("relative", "validation"),
                (home.keys + "/b", "validation"), (home.data + "/b", "validation"),
                (home.run + "/b", "validation"), ("/nul\0l", "validation"), ("/x/", "validation"),
                ("/" + String(repeating: "x", count: VaultLimits.pathBytes), "validation"),
                (vault.folder.file("missing/b"), "file"), (vault.folder.path, "exists"),
            ]
            for (path, code) in bad {
                let refusal = await vault.refusal(
                    of: CreateBackup(path: path, recipients: [], force: false))
                #expect(refusal?.code == code, "\(path)")
            }
            let listed = try await vault.ask(ListBackups())
            #expect(listed.map(\.path) == [sample.path])
            let verdict = try await vault.ask(VerifyAudit(deep: true))
            #expect(verdict.ok)
        }
    }

    @Test("Recipients are checked, and so is their number")
    func recipients() async throws {
        try await withSample { sample in
            let key = RecipientIdentity.text(of: try BoxKeyPair(random: ()).publicKey)
            let path = sample.vault.folder.file("more.sgb")
            func make(_ recipients: [String]) async -> VaultError? {
                await sample.vault.refusal(
                    of: CreateBackup(path: path, recipients: recipients, force: true))
            }
            #expect(await make(["nonsense"])?.code == "recipient")
            let limit = VaultLimits.backupRecipients
            #expect(await make(Array(repeating: key, count: limit + 1))?.code == "validation")
            #expect(await make(Array(repeating: key, count: limit)) == nil)
            #expect(await verify(path, sample.key) == nil)
        }
    }

    @Test("Writers go on while a backup is taken, and it holds one state")
    func meanwhile() async throws {
        try await withSample { sample in
            let vault = sample.vault
            let path = vault.folder.file("busy.sgb")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        try await vault.ask(
                            SetVariable(
                                name: name("v\(number)"), environment: nil, value: "\(number)"))
                    }
                }
                group.addTask {
                    for _ in 0..<5 {
                        try await vault.ask(
                            CreateBackup(path: path, recipients: [], force: true))
                    }
                }
                try await group.waitForAll()
            }
            let report = try await BackupVerification.verify(path: path, key: sample.key)
            #expect(report.ok)
            #expect(report.contents.rows["variable", default: -1] >= 0)
        }
    }

    // MARK: Verifying

    @Test("Verifying opens everything, with a key file, the recovery code or an identity")
    func verifies() async throws {
        let folder = TemporaryFolder()
        try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
        let recipient = try RecipientIdentity.create(at: folder.file("id"))
        try await withSample(recipients: [RecipientIdentity.text(of: recipient)]) { sample in
            let code = try #require(sample.vault.recoveryCode)
            for key in [sample.key, .recoveryCode(code), .identity(folder.file("id"))] {
                let report = try await BackupVerification.verify(path: sample.path, key: key)
                #expect(report.ok)
                #expect(report.vault == sample.vault.service.store.vault)
                #expect(report.incarnation == 1)
                #expect(report.contents.secretValues == 2)
                #expect(report.contents.rows["token"] == 2)
                #expect(report.contents.rows["connection"] == 1)
                #expect(report.contents.auditEntries == 5)
                #expect(report.contents.closedEntries == 0)
            }
            // The identity's vault is untouched by all that.
            #expect(try await sample.vault.ask(VerifyAudit(deep: true)).ok)
        }
    }

    @Test("Another key opens nothing")
    func foreignKeys() async throws {
        try await withSample { sample in
            let folder = sample.vault.folder
            _ = try KeyFile.create(at: folder.file("own.key"), vault: VaultID())
            _ = try KeyFile.create(
                at: folder.file("same.key"), vault: sample.vault.service.store.vault)
            _ = try RecipientIdentity.create(at: folder.file("id"))
            let code = try RecoveryCode.create()
            let keys: [(BackupKey, String)] = [
                (.keyFiles([folder.file("own.key")], adopts: false), "wrong-key"),
                (.keyFiles([folder.file("same.key")], adopts: false), "wrong-key"),
                (.keyFiles([folder.file("none.key")], adopts: false), "key-missing"),
                (.keyFiles([], adopts: false), "key-missing"),
                (.identity(folder.file("id")), "wrong-key"),
                (.identity(folder.file("own.key")), "identity-damaged"),
                (.recoveryCode(SecretParcel(try code.text.copy())), "wrong-key"),
            ]
            for (key, expected) in keys {
                let error = await verify(sample.path, key)
                #expect(error?.code == expected)
                #expect(error?.exit == .sealed)
            }
        }
    }

    @Test("1,000 random bits changed, each alone, are all found")
    func everyBit() async throws {
        try await withSample { sample in
            let content = bytes(of: sample.path)
            let path = sample.vault.folder.file("changed.sgb")
            var generator = SystemRandomNumberGenerator()
            // The header and the start of the stream in full measure, the rest at random.
            let bits =
                (0..<300).map { _ in Int.random(in: 0..<3_000 * 8, using: &generator) }
                + (0..<700).map { _ in
                    Int.random(in: 0..<content.count * 8, using: &generator)
                }
            for bit in bits {
                var changed = content
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                put(changed, at: path)
                let error = await verify(path, sample.key)
                #expect(error != nil, "bit \(bit)")
                // A changed identity in the header reads as another vault's file.
                #expect(error?.exit == .integrity || error?.exit == .sealed, "bit \(bit)")
            }
            #expect(await verify(sample.path, sample.key) == nil)
        }
    }

    @Test("A backup that was cut off, lengthened or put together from two is found")
    func cutOff() async throws {
        try await withSample { sample in
            let content = bytes(of: sample.path)
            let path = sample.vault.folder.file("changed.sgb")
            try await sample.vault.ask(CreateBackup(path: path, recipients: [], force: false))
            let other = bytes(of: path)
            let middle = content.count / 2
            var variants = [0, 4, 8, 11, 12, 500, middle, content.count - 1].map {
                Array(content[..<$0])
            }
            variants.append(content + [0])
            variants.append(content + content)
            variants.append(Array(content[..<middle]) + Array(other[middle...]))
            variants.append(Array(content.dropLast(65_553)) + Array(content.suffix(30_000)))
            for (index, variant) in variants.enumerated() {
                put(variant, at: path)
                #expect(await verify(path, sample.key)?.exit == .integrity, "variant \(index)")
            }
            #expect(await verify(sample.vault.folder.file("none"), sample.key)?.exit == .notFound)
            #expect(await verify(sample.vault.folder.path, sample.key)?.exit == .usage)
        }
    }

    @Test("A header that claims to be huge is refused before it is read")
    func hugeHeader() async throws {
        try await withSample { sample in
            let path = sample.vault.folder.file("changed.sgb")
            for length in [VaultLimits.backupHeaderBytes + 1, 0xffff_ffff] {
                let bytes = (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
                put(Array("SGNTBAK1".utf8) + bytes + [0], at: path)
                #expect(await verify(path, sample.key)?.code == "backup-damaged")
            }
        }
    }

    // MARK: Restoring

    @Test("A restored vault has everything but live tokens, and says what it is")
    func restores() async throws {
        try await withSample { sample in
            // What happens after the backup is not in it.
            try await sample.vault.ask(SetSecret(name: name("later")), secret: "x")
            try await sample.restored(to: "second") { restored, report in
                #expect(report.incarnation == 2)
                #expect(report.deadTokens == 2)
                #expect(report.openRotations == 1)
                let file = try #require(report.keyFile)
                #expect(file.hasPrefix(restored.home.keys + "/"))
                let secrets = try await restored.ask(ListSecrets())
                #expect(secrets.map(\.name.text) == ["smtp-pass"])
                #expect(try await restored.ask(restored.message()).status == "sent")
                let refusal = await restored.refusal(of: ListConnections(), with: sample.token)
                #expect(refusal?.code == "unauthenticated")
                #expect(try await restored.ask(VerifyAudit(deep: true)).ok)
                let entry = try #require(
                    try await restored.audit().first { $0.action == "vault.restore" })
                #expect(entry.detail["incarnation"] == "2")
                #expect(entry.detail["gap"]?.contains("of incarnation 1") == true)
                #expect(entry.detail["open_rotations"] == "1")
                let versions = try await restored.ask(ListSecretVersions(name: name("smtp-pass")))
                #expect(versions.map(\.state) == [.current, .pending])
                #expect(versions.last?.note.hasPrefix("needs-check") == true)
            }
            // The vault it came from is as it was.
            #expect(await sample.vault.refusal(of: ListConnections(), with: sample.token) == nil)
        }
    }

    @Test("A vault whose default tenant was shredded is restored as any other")
    func withoutDefaultTenant() async throws {
        try await withSample { sample in
            let vault = sample.vault
            try await vault.ask(CreateTenant(name: name("acme")))
            try await vault.ask(
                ShredTenant(name: name("default"), confirmation: "default"))
            try await vault.ask(CreateBackup(path: sample.path, recipients: [], force: true))
            let key = BackupKey.keyFiles(vault.home.keyFiles(), adopts: true)
            try await sample.restored(to: "second", with: key) { restored, report in
                #expect(report.incarnation == 2)
                let tenants = try await restored.ask(ListTenants())
                #expect(tenants.map(\.name.text) == ["acme"])
                let verdict = try await restored.ask(VerifyAudit(deep: true))
                #expect(verdict.ok)
                let own = try await restored.service.store.read {
                    try $0.auditEntries(AuditFilter(), in: .system)
                }
                #expect(own.contains { $0.action == "vault.restore" })
            }
        }
    }

    @Test("A restore ends the sessions of persons, and they log in again with their passwords")
    func sessionsEnd() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "viewer")
            try await vault.plantPassword("correct horse", of: alice)
            let session = try await vault.logIn("alice", "correct horse").get()
            let path = vault.folder.file("backup.sgb")
            try await vault.ask(CreateBackup(path: path, recipients: [], force: false))
            let sample = Sample(
                vault: vault, token: session, path: path,
                keyFile: try #require(vault.home.keyFiles().first))
            try await sample.restored(to: "second") { restored, report in
                #expect(report.deadTokens == 2)
                let refusal = await restored.refusal(of: ListSecrets(), with: session)
                #expect(refusal?.code == "unauthenticated")
                #expect(
                    await restored.refusal(of: CloseSession(), with: session)?.code
                        == "unauthenticated")
                let again = try await restored.logIn("alice", "correct horse").get()
                #expect(await restored.refusal(of: ListSecrets(), with: again) == nil)
            }
            #expect(await vault.refusal(of: ListSecrets(), with: session) == nil)
        }
    }

    @Test("Tokens live on when they are kept on purpose")
    func keepsTokens() async throws {
        try await withSample { sample in
            try await sample.restored(to: "second", keepsTokens: true) { restored, report in
                #expect(report.deadTokens == 0)
                #expect(await restored.refusal(of: ListConnections(), with: sample.token) == nil)
                let entry = try await restored.audit().first { $0.action == "vault.restore" }
                #expect(entry?.detail["dead_tokens"] == "kept on purpose")
            }
        }
    }

    @Test("A vault restored from a restored vault's backup is the next incarnation")
    func again() async throws {
        try await withSample { sample in
            let path = sample.vault.folder.file("again.sgb")
            try await sample.restored(to: "second") { restored, _ in
                try await restored.ask(CreateBackup(path: path, recipients: [], force: false))
            }
            let third = BackupRestoration(
                home: sample.home("third"), key: sample.key, keepsTokens: false)
            #expect(try await third.restore(path).incarnation == 3)
        }
    }

    @Test("With a recovery code or an identity the restored vault gets a key file of its own")
    func restoresWithoutKeyFile() async throws {
        try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
        let folder = TemporaryFolder()
        let recipient = try RecipientIdentity.create(at: folder.file("id"))
        try await withSample(recipients: [RecipientIdentity.text(of: recipient)]) { sample in
            let code = try #require(sample.vault.recoveryCode)
            let keys: [BackupKey] = [.recoveryCode(code), .identity(folder.file("id"))]
            for (index, key) in keys.enumerated() {
                try await sample.restored(to: "home\(index)", with: key) { restored, report in
                    let file = try #require(report.keyFile)
                    #expect(restored.home.keyFiles() == [file])
                    #expect(bytes(of: restored.home.keyFiles()[0]) != bytes(of: sample.keyFile))
                    #expect(try await restored.ask(restored.message()).status == "sent")
                    #expect(try await restored.ask(ListProtectors()).count == 3)
                }
            }
        }
    }

    @Test("A vault that is there is never replaced, and a failed restore leaves none")
    func neverReplaces() async throws {
        try await withSample { sample in
            let over = BackupRestoration(
                home: sample.vault.home, key: sample.key, keepsTokens: false)
            await #expect(throws: VaultError.self) { try await over.restore(sample.path) }
            let home = sample.home("second")
            try await sample.restored(to: "second") { _, _ in }
            let again = BackupRestoration(home: home, key: sample.key, keepsTokens: false)
            await #expect {
                _ = try await again.restore(sample.path)
            } throws: { error in
                (error as? VaultError)?.code == "vault-exists"
            }
            var content = bytes(of: sample.path)
            content[content.count - 1] ^= 1
            let changed = sample.vault.folder.file("changed.sgb")
            put(content, at: changed)
            let third = sample.home("third")
            let broken = BackupRestoration(home: third, key: sample.key, keepsTokens: false)
            await #expect(throws: VaultError.self) { try await broken.restore(changed) }
            #expect(unsafe access(third.database, F_OK) != 0)
            #expect(unsafe access(third.database + ".restore", F_OK) != 0)
            #expect(third.keyFiles().isEmpty)
            #expect(try await broken.restore(sample.path).incarnation == 2)
        }
    }
}
