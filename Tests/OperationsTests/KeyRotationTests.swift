import Access
import Glibc
import Operations
import SQLite
import Sandbox
import Sealing
import Testing
import VaultModel

@testable import VaultStore

@Suite("Replacing and destroying keys")
struct KeyRotationTests {
    private func withAcme(_ body: (TestVault) async throws -> Void) async throws {
        try await TestVault.with { vault in
            try await vault.ask(CreateTenant(name: try name("acme")))
            try await vault.ask(SetSecret(name: try name("pw")), as: .operator("acme"), secret: "x")
            try await body(vault)
        }
    }

    /// The same vault, closed and opened again.
    private func reopened(_ vault: TestVault) async throws -> TestVault {
        await vault.service.close()
        let again = try await VaultService.open(
            home: vault.home, keyFile: nil, settings: TestVault.settings)
        return TestVault(
            folder: vault.folder, home: vault.home, service: again, live: vault.live,
            recoveryCode: nil)
    }

    @Test("A tenant's key is replaced, with the rows that were sealed again and the proof")
    func tenantKey() async throws {
        try await withAcme { vault in
            let report = try await vault.ask(RotateTenantKey(name: try name("acme")))
            #expect(report.key == "tenant-key")
            #expect(report.generation == 2)
            #expect(report.retired == [1])
            #expect(!report.resumed)
            #expect(report.remaining.allSatisfy { $0.rows == 0 })
            let swept = Dictionary(
                report.swept.map { ("\($0.table).\($0.column)", $0.rows) }
            ) { $0 + $1 }
            #expect(swept["secret.sealed"] == 1)
            #expect(swept["secret_version.data_key"] == 1)
            let again = try await vault.ask(RotateTenantKey(name: try name("acme")))
            #expect(again.generation == 3)
            #expect(
                try await vault.ask(ShowTenant(name: try name("acme"))).tenant.keyGeneration == 3)
            #expect(
                try await vault.ask(ShowTenant(name: try name("default"))).tenant.keyGeneration == 1
            )
            let entries = try await vault.ask(
                ListAudit(filter: AuditFilter()), as: .operator("acme"))
            #expect(entries.contains { $0.action == "secret.set" }, "old entries still read")
        }
    }

    @Test("A token replaces the key of its own tenant and of no other")
    func ownKey() async throws {
        try await withAcme { vault in
            let token = try await vault.mightyToken(in: "acme")
            #expect(
                try await vault.ask(RotateTenantKey(name: nil), as: .token(token)).tenant?.text
                    == "acme")
            let foreign = await vault.refusal(
                of: RotateTenantKey(name: try name("default")), as: .token(token))
            #expect(foreign?.exit == .notFound)
            #expect(await vault.refusal(of: ListSecrets(), as: .token(token)) == nil)
        }
    }

    @Test("Sends go on while keys are replaced, and every one of them is accounted for")
    func online() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<10 {
                            let report = try await vault.ask(try vault.message())
                            #expect(report.status == "sent")
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<5 {
                        try await vault.ask(RotateTenantKey(name: nil))
                        try await vault.ask(RotateRootKey(shred: false))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await vault.live.messages().count == 40)
            try await vault.service.store.checkEverything()
            #expect(try await vault.ask(VerifyAudit(deep: false)).ok)
            let again = try await reopened(vault)
            #expect(try await again.ask(try again.message()).status == "sent")
            await again.service.close()
        }
    }

    @Test("Tokens, slots and secrets outlive the root key")
    func rootKey() async throws {
        try await withAcme { vault in
            let token = try await vault.mightyToken(in: "acme")
            let report = try await vault.ask(RotateRootKey(shred: false))
            #expect(report.key == "root-key")
            #expect(report.generation == 2)
            #expect(report.retired == [1], "the old one is kept for backups")
            #expect(report.remaining.allSatisfy { $0.rows == 0 })
            let again = try await reopened(vault)
            #expect(await again.refusal(of: ListSecrets(), as: .token(token)) == nil)
            let proven = try await again.service.perform(
                TestProtector(), from: .local(user: geteuid()), secret: vault.recoveryCode)
            #expect(proven.response.contains { $0.kind == "recovery-code" && $0.opens == true })
            let shredded = try await again.ask(RotateRootKey(shred: true))
            #expect(shredded.retired.isEmpty)
            #expect(
                await again.refusal(of: RotateRootKey(shred: false), as: .operator("acme"))?.code
                    == "vault-wide")
            await again.service.close()
        }
    }

    @Test("A replacement that was interrupted is finished by the next server")
    func resumed() async throws {
        try await withAcme { vault in
            let store = vault.service.store
            let acme = try await vault.ask(ShowTenant(name: try name("acme"))).tenant.id
            let made = try store.keys.prepareScopeKey(for: acme)
            try await store.transaction {
                try $0.insertScopeKey(made.wrapped, of: acme, generation: made.generation)
            }
            let again = try await reopened(vault)
            #expect(again.service.store.keys.generations(of: acme) == [1, 2])
            await again.service.resumeKeyWork()
            #expect(again.service.store.keys.generations(of: acme) == [2])
            let entries = try await again.audit()
            let last = try #require(entries.last { $0.action == "tenant.rotate-key" })
            #expect(last.actor == "system")
            #expect(try await again.ask(ListSecrets(), as: .operator("acme")).count == 1)
            // The command does the same.
            let second = try again.service.store.keys.prepareScopeKey(for: acme)
            try await again.service.store.transaction {
                try $0.insertScopeKey(second.wrapped, of: acme, generation: second.generation)
            }
            again.service.store.keys.adopt(second)
            let report = try await again.ask(RotateTenantKey(name: try name("acme")))
            #expect(report.resumed)
            #expect(report.generation == 3)
            await again.service.close()
        }
    }

    // MARK: Shredding

    @Test("A shredded tenant is gone with its keys, and the backups that still hold it are named")
    func shred() async throws {
        try await withAcme { vault in
            let token = try await vault.mightyToken(in: "acme")
            try await vault.ask(CreateInbox(name: try name("team")), as: .operator("acme"))
            try await vault.ask(RotateTenantKey(name: try name("acme")))
            let path = vault.folder.file("before.backup")
            try await vault.ask(CreateBackup(path: path, recipients: [], force: false))
            let unconfirmed = await vault.refusal(
                of: ShredTenant(name: try name("acme"), confirmation: "acm"))
            #expect(unconfirmed?.exit == .usage)
            let report = try await vault.ask(
                ShredTenant(name: try name("acme"), confirmation: "acme"))
            #expect(report.destroyedKeys == 2)
            #expect(report.keyCopies == 0)
            #expect(report.removed.reduce(0) { $0 + $1.rows } >= 3)
            #expect(report.backups.map(\.path) == [path])
            #expect(report.backups.map(\.rootGeneration) == [1])
            #expect(report.rootGeneration == 2)
            #expect(
                await vault.refusal(of: ListSecrets(), as: .operator("acme"))?.exit == .notFound)
            #expect(await vault.refusal(of: ListSecrets(), as: .token(token))?.exit == .denied)
            try await vault.service.store.checkEverything()
            #expect(try await vault.ask(VerifyAudit(deep: true)).ok)
            // The name is free again, for a tenant that has nothing.
            try await vault.ask(CreateTenant(name: try name("acme")))
            #expect(try await vault.ask(ListSecrets(), as: .operator("acme")).isEmpty)
            #expect(
                try await vault.ask(ListInboxes(), as: .operator("acme")).map(\.name)
                    == ["default"])
            let again = try await reopened(vault)
            #expect(try await again.ask(VerifyAudit(deep: true)).ok)
            await again.service.close()
        }
    }

    @Test("What a killed backup has left is removed by the next opening and with the keys in it")
    func backupRemains() async throws {
        try await withAcme { vault in
            let copy = vault.home.data + "/backup.copy"
            let remains = [copy, copy + ".partial"]
            func leave() async throws {
                for path in remains { _ = try await vault.service.store.snapshot(to: path) }
            }
            func left() -> [String] { remains.filter { unsafe access($0, F_OK) == 0 } }
            try await leave()
            try await vault.ask(RotateRootKey(shred: true))
            #expect(left() == [])
            try await leave()
            let report = try await vault.ask(
                ShredTenant(name: try name("acme"), confirmation: "acme"))
            #expect(report.keyCopies == 0)
            #expect(left() == [])
            try await leave()
            let again = try await reopened(vault)
            #expect(left() == [])
            await again.service.close()
        }
    }

    @Test("Beside a reader, what is deleted is gone for good once that ends; shredding says so")
    func besideReader() async throws {
        try await withAcme { vault in
            let store = vault.service.store
            let log = vault.home.database + "-wal"
            try await vault.ask(SetSecret(name: name("spare")), secret: "spare")
            let reader = try SQLiteConnection(
                path: vault.home.database, mode: .readOnly,
                options: SQLiteOptions(applicationID: Schema.applicationID))
            try reader.beginReading()
            _ = try reader.first("SELECT COUNT(*) FROM meta")
            // Done is done, and is not reported as failed because somebody reads.
            try await vault.ask(DeleteSecret(name: name("spare"), force: false))
            try await vault.ask(RotateTenantKey(name: try name("acme")))
            try await vault.ask(RotateRootKey(shred: false))
            #expect(!CutVault.contents(of: log).isEmpty)
            #expect(throws: SQLiteError.self) { try store.emptyLogIfDueNow() }
            // What promises that nothing is left does not break that promise.
            #expect(await vault.refusal(of: RotateRootKey(shred: true))?.code == "busy")
            try reader.rollback()
            try store.emptyLogIfDueNow()
            #expect(CutVault.contents(of: log).isEmpty)
            reader.close()
            try await vault.ask(RotateRootKey(shred: true))
            let failed = try await vault.audit().filter { $0.outcome == .failed }
            #expect(failed.map(\.action) == ["vault.rotate-root-key"])
        }
    }

    @Test("A shredding that was interrupted goes on where it was, and the tenant does nothing")
    func resumedShred() async throws {
        try await withAcme { vault in
            let store = vault.service.store
            let acme = try await vault.ask(ShowTenant(name: try name("acme"))).tenant.id
            try await store.transaction { transaction in
                guard var record = try transaction.find(TenantRecord.self, acme, in: .system) else {
                    throw StoreError.stale(what: "the tenant")
                }
                record.state = .shredding
                try transaction.update(record)
            }
            let again = try await reopened(vault)
            #expect(
                await again.refusal(of: ListSecrets(), as: .operator("acme"))?.code
                    == "tenant-disabled")
            #expect(
                await again.refusal(of: EnableTenant(name: try name("acme")))?.code
                    == "tenant-disabled")
            await again.service.resumeKeyWork()
            #expect(try await again.ask(ListTenants()).map(\.name.text) == ["default"])
            try await again.service.store.checkEverything()
            await again.service.close()
        }
    }

    @Test("The default tenant can be shredded and made again")
    func defaultTenant() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(ShredTenant(name: try name("default"), confirmation: "default"))
            #expect(await vault.refusal(of: ListSecrets())?.exit == .notFound)
            #expect(try await vault.ask(ListTenants()).isEmpty)
            try await vault.ask(CreateTenant(name: try name("default")))
            #expect(try await vault.ask(ListSecrets()).isEmpty)
            let again = try await reopened(vault)
            #expect(try await again.ask(ListConnections()).isEmpty)
            await again.service.close()
        }
    }

    @Test("Only one replacement of keys is under way at a time")
    func oneAtATime() async throws {
        try await withAcme { vault in
            let results = await withTaskGroup(of: VaultError?.self) { group in
                for _ in 0..<8 {
                    group.addTask { await vault.refusal(of: RotateRootKey(shred: true)) }
                }
                var found: [VaultError?] = []
                for await result in group { found.append(result) }
                return found
            }
            #expect(results.contains { $0 == nil })
            #expect(results.allSatisfy { $0 == nil || $0?.code == "rotation-running" })
        }
    }
}
