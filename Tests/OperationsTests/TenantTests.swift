import Access
import Glibc
import Operations
import Sandbox
import Testing
import VaultModel
import VaultStore

@Suite("Tenants")
struct TenantTests {
    /// A vault with the tenants `acme` and `bravo` beside `default`.
    private func withTenants(_ body: (TestVault) async throws -> Void) async throws {
        try await TestVault.with { vault in
            for tenant in ["acme", "bravo"] {
                try await vault.ask(CreateTenant(name: try name(tenant)))
            }
            try await body(vault)
        }
    }

    @Test("Tenants are made, listed and shown, and a name is taken once whatever its case")
    func makeAndShow() async throws {
        try await withTenants { vault in
            let listed = try await vault.ask(ListTenants())
            #expect(listed.map(\.name.text) == ["acme", "bravo", "default"])
            #expect(Set(listed.map(\.id)).count == 3)
            #expect(listed.allSatisfy { $0.state == "active" && $0.keyGeneration == 1 })
            let taken = await vault.refusal(of: CreateTenant(name: try name("ACME")))
            #expect(taken?.exit == .conflict)
            #expect(taken?.code == "exists")
            try await vault.ask(SetSecret(name: try name("pw")), as: .operator("acme"), secret: "x")
            let shown = try await vault.ask(ShowTenant(name: try name("acme")))
            #expect(shown.secrets == 1)
            #expect(try await vault.ask(ShowTenant(name: try name("bravo"))).secrets == 0)
        }
    }

    @Test("A tenant that is not there, and what is no name, are told apart from one that is")
    func unknown() async throws {
        try await withTenants { vault in
            let unknown = await vault.refusal(of: ListSecrets(), as: .operator("nobody"))
            #expect(unknown?.exit == .notFound)
            #expect(unknown?.cause == "there is no tenant 'nobody'")
            let malformed = await vault.refusal(of: ListSecrets(), as: .operator("no body"))
            #expect(malformed?.exit == .usage)
            #expect(await vault.refusal(of: ListSecrets(), as: .operator("ACME")) == nil)
        }
    }

    @Test("The same names in two tenants are two things")
    func sameNames() async throws {
        try await withTenants { vault in
            for tenant in ["acme", "bravo"] {
                try await vault.ask(
                    SetSecret(name: try name("pw")), as: .operator(tenant), secret: tenant)
                try await vault.ask(
                    CreateConnection(
                        name: try name("mail"), environment: .test,
                        settings: try vault.settings(secret: nil)), as: .operator(tenant))
            }
            try await vault.ask(
                SetSecret(name: try name("pw")), as: .operator("acme"), secret: "again")
            let versions = try await vault.ask(
                ListSecretVersions(name: try name("pw")), as: .operator("bravo"))
            #expect(versions.count == 1)
            #expect(try await vault.ask(ListSecrets()).isEmpty)
        }
    }

    @Test("A disabled tenant does nothing, its data stays, and each refusal is recorded")
    func disabled() async throws {
        try await withTenants { vault in
            let acme = try await vault.ask(ShowTenant(name: try name("acme"))).tenant
            try await vault.ask(SetSecret(name: try name("pw")), as: .operator("acme"), secret: "x")
            let token = try await vault.mightyToken(in: "acme")
            try await vault.ask(DisableTenant(name: try name("acme")))
            let refused = await vault.refusal(of: ListSecrets(), as: .operator("acme"))
            #expect(refused?.exit == .conflict)
            #expect(refused?.code == "tenant-disabled")
            #expect(refused?.remedy == "run vault tenant enable acme")
            let wrong = TestToken(text: "sgt_nonsense", accessor: "")
            let denied = await vault.refusal(of: ListSecrets(), as: .token(token))
            let nonsense = await vault.refusal(of: ListSecrets(), as: .token(wrong))
            #expect(denied == nonsense)
            #expect(denied?.exit == .denied)
            let inbox = try name("default")
            let source = RequestSource.local(user: geteuid())
            let session = await vault.service.mayDeliver(
                to: inbox, with: try parcel(token.text), from: source)
            #expect(session == nil)
            // The others go on.
            #expect(await vault.refusal(of: ListSecrets(), as: .operator("bravo")) == nil)
            #expect(await vault.refusal(of: ListSecrets()) == nil)
            try await vault.ask(EnableTenant(name: try name("acme")))
            #expect(try await vault.ask(ListSecrets(), as: .operator("acme")).count == 1)
            #expect(await vault.refusal(of: ListSecrets(), as: .token(token)) == nil)
            let entries = try await vault.ask(
                ListAudit(filter: AuditFilter()), as: .operator("acme"))
            #expect(entries.allSatisfy { $0.tenant == acme.id })
            let refusals = entries.filter { $0.reason == "tenant-disabled" }
            #expect(refusals.map(\.action) == ["secret.list", "secret.list", "sandbox.login"])
            #expect(refusals.allSatisfy { $0.outcome == .denied })
            #expect(refusals.last?.actor == "token:\(token.accessor)")
        }
    }

    @Test("A disabled default tenant can be enabled again")
    func disabledDefault() async throws {
        try await withTenants { vault in
            let own = try name("default")
            try await vault.ask(DisableTenant(name: own))
            #expect(await vault.refusal(of: ListSecrets())?.code == "tenant-disabled")
            try await vault.ask(EnableTenant(name: own))
            #expect(await vault.refusal(of: ListSecrets()) == nil)
        }
    }

    @Test("Entries about tenants are the vault's own, which only its overseer sees")
    func auditScopes() async throws {
        try await withTenants { vault in
            try await vault.ask(ListSecrets(), as: .operator("acme"))
            let all = try await vault.audit()
            let made = all.filter { $0.action == "tenant.create" }
            #expect(made.map(\.object) == ["tenant/acme", "tenant/bravo"])
            #expect(made.allSatisfy { $0.tenant == .system })
            #expect(!all.contains { $0.action == "secret.list" })
            #expect(all.map(\.sequence) == all.map(\.sequence).sorted())
            for caller in [
                TenantCaller.operator("acme"), .operator("default"),
                .token(try await vault.mightyToken(in: "acme")),
            ] {
                let seen = try await vault.ask(ListAudit(filter: AuditFilter()), as: caller)
                #expect(!seen.contains { $0.action == "tenant.create" })
            }
            let newest = try await vault.ask(ListAudit(filter: AuditFilter(limit: 1)))
            #expect(newest.count == 1)
        }
    }

    @Test("Who acts in one tenant makes none, and knows of none but the own one")
    func oneTenantAlone() async throws {
        try await withTenants { vault in
            let made = await vault.refusal(
                of: CreateTenant(name: try name("more")), as: .operator("acme"))
            #expect(made?.exit == .denied)
            #expect(made?.code == "vault-wide")
            let token = try await vault.mightyToken(in: "acme")
            for caller in [TenantCaller.operator("acme"), .token(token)] {
                #expect(try await vault.ask(ListTenants(), as: caller).map(\.name.text) == ["acme"])
                let foreign = await vault.refusal(
                    of: ShowTenant(name: try name("bravo")), as: caller)
                let missing = await vault.refusal(
                    of: ShowTenant(name: try name("nowhere")), as: caller)
                #expect(foreign?.cause == "there is no tenant 'bravo'")
                #expect(foreign?.exit == missing?.exit)
                #expect(foreign?.remedy == missing?.remedy)
            }
        }
    }

    @Test(
        "Whoever names a tenant is refused what is the whole vault's, and that tenant's log tells it"
    )
    func wholeVault() async throws {
        try await withTenants { vault in
            let whole: Set<OperationName> = [
                .tenantCreate, .tenantShred, .vaultRotateRootKey, .protectorList, .protectorAdd,
                .protectorRemove, .protectorTest, .backupCreate, .backupList, .auditCheckpoint,
                .auditAuditor,
            ]
            let named = Named(
                name: "it", accessor: "nothing", message: "\(MessageRecordID())",
                captured: "\(SandboxMessageID(at: .now))", tenant: "acme", rotation: RotationID())
            var refused: Set<OperationName> = []
            // A disabled tenant would answer otherwise.
            for operation in OperationName.allCases where operation != .tenantDisable {
                let answer = try await Replay.perform(
                    operation, on: named, vault, as: .operator("acme"))
                guard case .failure(let error) = answer, error.code == "vault-wide" else {
                    continue
                }
                #expect(error.exit == .denied)
                refused.insert(operation)
            }
            #expect(refused == whole)
            #expect(try await vault.ask(ListProtectors()).count == 2)
            var filter = AuditFilter(limit: 1000)
            filter.outcome = .denied
            let told = try await vault.ask(ListAudit(filter: filter), as: .operator("acme"))
                .filter { $0.reason == "vault-wide" }
            #expect(Set(told.map(\.action)) == Set(whole.map(\.rawValue)))
        }
    }

    @Test("A platform-admin makes, sees, disables and enables tenants, and sees into none of them")
    func platformAdmin() async throws {
        try await withTenants { vault in
            let pw = try name("pw")
            try await vault.ask(SetSecret(name: pw), as: .operator("acme"), secret: "x")
            let acme = try name("acme")
            let token = try await vault.mightyToken(in: "acme")
            let olga = try await vault.person("olga", "platform-admin")
            let platform = TenantCaller.token(try await vault.session(of: olga))
            func code<Request: OperationRequest>(_ request: Request) async -> String? {
                let refusal = await vault.refusal(of: request, as: platform)
                return refusal?.code
            }
            try await vault.ask(CreateTenant(name: try name("more")), as: platform)
            let listed = try await vault.ask(ListTenants(), as: platform)
            #expect(listed.map(\.name.text) == ["acme", "bravo", "default", "more"])
            #expect(
                try await vault.ask(ShowTenant(name: acme), as: platform).tenant.state == "active")
            #expect(
                try await vault.ask(DisableTenant(name: acme), as: platform).state == "disabled")
            #expect(
                await vault.refusal(of: ListSecrets(), as: .token(token))?.code
                    == "unauthenticated")
            try await vault.ask(EnableTenant(name: acme), as: platform)
            #expect(await vault.refusal(of: ListSecrets(), as: .token(token)) == nil)
            #expect(await code(ShowTenant(name: try name("nowhere"))) == "not-found")
            // Nothing inside a tenant, nor the end of one.
            #expect(
                await code(ShredTenant(name: acme, confirmation: "acme")) == "scope-denied")
            #expect(await code(RotateTenantKey(name: acme)) == "scope-denied")
            #expect(await code(ListSecrets()) == "scope-denied")
            #expect(await code(RevealSecret(name: pw, reason: "x")) == "scope-denied")
            #expect(await code(ListConnections()) == "scope-denied")
            let message = try vault.message(.test)
            #expect(await code(message) == "scope-denied")
            #expect(await code(ListOutbox(limit: 1)) == "scope-denied")
            #expect(await code(ListAudit(filter: AuditFilter())) == "scope-denied")
            #expect(await code(ListPrincipals()) == "scope-denied")
            #expect(await code(ListInboxes()) == "scope-denied")
            let done = try await vault.audit().filter { $0.actor == "person:olga" }
            #expect(
                done.filter { $0.outcome == .allowed }.map(\.action) == [
                    "tenant.create", "tenant.list", "tenant.show", "tenant.disable",
                    "tenant.enable",
                ])
            #expect(done.filter { $0.outcome == .allowed }.allSatisfy { $0.tenant == .system })
            // Without the role the other tenants are gone from the next request on.
            try await vault.ask(UnbindRole(role: name("platform-admin"), principal: olga))
            #expect(await code(ListTenants()) == "scope-denied")
        }
    }

    @Test("An owner disables the own tenant, and is told of no other")
    func ownTenant() async throws {
        try await withTenants { vault in
            let owner = try await vault.session(of: try await vault.person("olga", "owner"))
            let caller = TenantCaller.token(owner)
            #expect(try await vault.ask(ListTenants(), as: caller).map(\.name.text) == ["default"])
            for request in [try name("acme"), try name("nowhere")] {
                #expect(
                    await vault.refusal(of: DisableTenant(name: request), as: caller)?.code
                        == "not-found")
            }
            #expect(
                await vault.refusal(of: CreateTenant(name: try name("x")), as: caller)?.code
                    == "scope-denied")
            try await vault.ask(DisableTenant(name: try name("default")), as: caller)
            #expect(
                await vault.refusal(of: ListTenants(), as: caller)?.code == "unauthenticated")
        }
    }

    @Test("Mail of Test connections reaches the inboxes of the connection's own tenant")
    func sandbox() async throws {
        try await withTenants { vault in
            for tenant in ["acme", "bravo", "default"] {
                try await vault.ask(
                    CreateConnection(
                        name: try name("alerts"), environment: .test,
                        settings: try vault.settings(secret: nil)), as: .operator(tenant))
                let report = try await vault.ask(
                    try vault.message(.test) { $0.subject = "of \(tenant)" }, as: .operator(tenant))
                #expect(report.status == "sent")
            }
            for tenant in ["acme", "bravo", "default"] {
                let seen = try await vault.inbox("default", as: .operator(tenant))
                #expect(seen == ["of \(tenant)"])
                let token = try await vault.mightyToken(in: tenant)
                #expect(try await vault.inbox("default", as: .token(token)) == ["of \(tenant)"])
            }
            let helo = try await vault.ask(
                ShowSandboxMessage(inbox: try name("default"), id: "latest"), as: .operator("acme")
            ).session.helo
            #expect(helo == "localhost")
        }
    }

    @Test("An inbox of one tenant is not there for another, even under the same name")
    func inboxes() async throws {
        try await withTenants { vault in
            let team = try name("team")
            try await vault.ask(CreateInbox(name: team), as: .operator("acme"))
            let foreign = await vault.refusal(
                of: ListSandboxMessages(inbox: team, limit: 1), as: .operator("bravo"))
            #expect(foreign?.exit == .notFound)
            #expect(
                try await vault.ask(ListInboxes(), as: .operator("bravo")).map(\.name)
                    == ["default"])
            #expect(
                try await vault.ask(ListInboxes(), as: .operator("acme")).map(\.name)
                    == ["default", "team"])
            try await vault.ask(CreateInbox(name: team), as: .operator("bravo"))
            try await vault.ask(DeleteInbox(name: team), as: .operator("bravo"))
            #expect(try await vault.inbox("team", as: .operator("acme")).isEmpty)
            // A login opens the inbox of the token's tenant.
            let acme = try await vault.mightyToken(in: "acme")
            let bravo = try await vault.mightyToken(in: "bravo")
            var places: [SandboxPlace] = []
            for token in [acme, bravo] {
                let ticket = await vault.service.mayDeliver(
                    to: team, with: try parcel(token.text), from: .local(user: geteuid()))
                places.append(vault.service.place(for: try #require(ticket)))
            }
            #expect(places[0] != places[1])
        }
    }

    @Test("A vault remembers its tenants")
    func reopening() async throws {
        try await withTenants { vault in
            try await vault.ask(SetSecret(name: try name("pw")), as: .operator("acme"), secret: "x")
            try await vault.ask(DisableTenant(name: try name("bravo")))
            await vault.service.close()
            let again = try await VaultService.open(
                home: vault.home, keyFile: nil, settings: TestVault.settings)
            let reopened = TestVault(
                folder: vault.folder, home: vault.home, service: again, live: vault.live,
                recoveryCode: nil)
            #expect(try await reopened.ask(ListSecrets(), as: .operator("acme")).count == 1)
            #expect(
                await reopened.refusal(of: ListSecrets(), as: .operator("bravo"))?.code
                    == "tenant-disabled")
            await again.close()
        }
    }
}
