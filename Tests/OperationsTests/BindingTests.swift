import Access
import Glibc
import Operations
import Testing
import VaultModel
import VaultStore

@Suite("Roles and bindings")
struct BindingTests {
    @Test("A binding gives its rights with the next request, and takes them with the next")
    func atOnce() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alice = try await vault.person("alice")
            let session = try await vault.session(of: alice)
            let show = ShowConnection(reference: try reference("alerts@production"))
            #expect(await vault.refusal(of: show, with: session)?.code == "scope-denied")
            try await vault.bind("viewer", to: alice)
            #expect(await vault.refusal(of: show, with: session) == nil)
            try await vault.ask(UnbindRole(role: name("viewer"), principal: alice))
            #expect(await vault.refusal(of: show, with: session)?.code == "scope-denied")
            let entries = try await vault.audit().filter { $0.actor == "person:alice" }
            #expect(entries.map(\.outcome) == [.denied, .allowed, .denied])
        }
    }

    @Test("A narrowed sender sends through what it names, and sees that alone")
    func narrowed() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            for (text, environment) in [
                ("alerts", DeploymentEnvironment.test), ("other", .production),
            ] {
                try await vault.ask(
                    CreateConnection(
                        name: name(text), environment: environment,
                        settings: vault.settings(secret: nil)))
            }
            let sender = try await vault.person(
                "sender", "sender", environments: [.production], connections: ["ALERT?"])
            let session = try await vault.session(of: sender)
            #expect(try await vault.ask(vault.message(), with: session).status == "sent")
            let seen = try await vault.ask(ListConnections(), with: session)
            #expect(seen.map(\.name.text) == ["alerts"])
            #expect(seen.map(\.environment) == [.production])
            let elsewhere = try vault.message { $0.name = (try? name("other")) ?? $0.name }
            let refusals = [
                await vault.refusal(of: elsewhere, with: session),
                await vault.refusal(of: try vault.message(.test), with: session),
                await vault.refusal(
                    of: ShowConnection(reference: try reference("alerts")), with: session),
                await vault.refusal(
                    of: ShowConnection(reference: try reference("none@production")), with: session),
                await vault.refusal(of: ListVariables(), with: session),
                await vault.refusal(of: ListSecrets(), with: session),
            ]
            #expect(refusals.allSatisfy { $0?.code == "scope-denied" })
            let mine = ShowConnection(reference: try reference("alerts@production"))
            #expect(await vault.refusal(of: mine, with: session) == nil)
        }
    }

    @Test("A binding that has ended gives nothing")
    func ended() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice")
            let session = try await vault.session(of: alice)
            let store = vault.service.store
            for (role, expires) in [
                ("auditor", Timestamp.now.adding(seconds: -1)),
                ("viewer", Timestamp.now.adding(seconds: 3_600)),
            ] {
                try await store.transaction { transaction in
                    let tenant = try transaction.tenant(named: ResourceName("default"))
                    guard let tenant,
                        let record = try transaction.principal(
                            named: alice, in: tenant.id)
                    else { throw StoreError.tampered(what: "the principal") }
                    try transaction.insert(
                        RoleBindingRecord(
                            tenant: tenant.id, principal: record.id, expires: expires,
                            content: RoleBindingRecord.Content(
                                role: role, environments: [], connections: [], reason: "",
                                issuer: "test")))
                }
            }
            #expect(await vault.refusal(of: ListSecrets(), with: session) == nil)
            let audit = ListAudit(filter: AuditFilter())
            #expect(await vault.refusal(of: audit, with: session)?.code == "scope-denied")
            let shown = try await vault.ask(ShowPrincipal(name: alice))
            #expect(shown.roles == ["viewer"])
            #expect(shown.bindings?.map(\.active).sorted { !$0 && $1 } == [false, true])
        }
    }

    // MARK: Escalation

    @Test("Nobody gives a role, a permission or a token beyond what they may do")
    func escalation() async throws {
        try await TestVault.with { vault in
            let access: [Permission] = [.roleRead, .roleBind, .tenantAdmin, .tokenIssue]
            try await vault.ask(
                CreateRole(name: name("gatekeeper"), permissions: access + [.connectionRead]))
            let keeper = try await vault.person("keeper", "gatekeeper")
            let other = try await vault.person("other")
            let session = try await vault.session(of: keeper)
            func refusal(_ request: some OperationRequest) async -> String? {
                await vault.refusal(of: request, with: session)?.code
            }
            for role in RoleTable.all {
                let request = BindRole(
                    role: try name(role.name), principal: keeper,
                    seconds: role.isTimeBoxed ? 60 : nil, reason: "x")
                #expect(await refusal(request) == "escalation", "\(role.name)")
            }
            for permission in Permission.allCases {
                let request = CreateRole(
                    name: try name("r-\(permission.rawValue.replacing(":", with: "-"))"),
                    permissions: [permission])
                let isHeld = access.contains(permission) || permission == .connectionRead
                #expect(
                    await refusal(request) == (isHeld ? nil : "escalation"),
                    "\(permission.rawValue)")
            }
            let mine = BindRole(role: try name("gatekeeper"), principal: other)
            #expect(await refusal(mine) == nil)
            for (scope, isHeld) in [
                ("connection:read", true), ("role:bind", true), ("connection:write", false),
                ("send:*@test", false), ("audit:read", false), ("system:metrics", false),
            ] {
                let request = CreateToken(
                    scopes: [try TokenScope(parsing: scope)], seconds: nil, label: "")
                #expect(await refusal(request) == (isHeld ? nil : "escalation"), "\(scope)")
            }
            let mixed = CreateToken(
                scopes: try ["connection:read", "secret:write"].map {
                    try TokenScope(parsing: $0)
                }, seconds: nil, label: "")
            #expect(await refusal(mixed) == "escalation")
        }
    }

    @Test("A token that a session made cannot bind, mint or raise its maker further")
    func childTokens() async throws {
        try await TestVault.with { vault in
            let owner = try await vault.person("owner", "owner")
            let session = try await vault.session(of: owner)
            let child = try await vault.createToken(
                "role:bind", "token:issue", "connection:read", with: session)
            func refusal(_ request: some OperationRequest) async -> VaultError? {
                await vault.refusal(of: request, with: child)
            }
            for role in RoleTable.all {
                let request = BindRole(
                    role: try name(role.name), principal: owner,
                    seconds: role.isTimeBoxed ? 60 : nil, reason: "x")
                #expect(await refusal(request)?.exit == .denied, "\(role.name)")
            }
            let wider = CreateToken(
                scopes: [try TokenScope(parsing: "secret:write")], seconds: nil, label: "")
            #expect(await refusal(wider)?.exit == .denied)
            let role = CreateRole(name: try name("mine"), permissions: [.secretWrite])
            #expect(await refusal(role)?.code == "escalation")
            // What it does hold it can give on, as far as its maker can.
            #expect(
                await refusal(CreateRole(name: try name("r"), permissions: [.connectionRead]))
                    == nil)
        }
    }

    @Test("Nobody takes over somebody who may do more: by password, code or token")
    func takeOver() async throws {
        try await TestVault.with { vault in
            try await vault.ask(
                CreateRole(
                    name: name("helpdesk"), permissions: [.tenantAdmin, .roleRead, .tokenIssue]))
            let session = try await vault.session(
                of: try await vault.person("helper", "helpdesk"))
            let owner = try await vault.person("owner", "owner")
            let robot = try name("robot")
            try await vault.ask(CreatePrincipal(name: robot, kind: .service))
            try await vault.bind("owner", to: robot)
            let refusals = [
                await vault.refusal(
                    of: SetPrincipalPassword(name: owner), with: session, secret: "long enough"),
                await vault.refusal(
                    of: SetPrincipalCode(name: owner, enabled: true), with: session),
                await vault.refusal(of: IssueServiceToken(name: robot), with: session),
                await vault.refusal(of: DisablePrincipal(name: owner), with: session),
                await vault.refusal(of: DeletePrincipal(name: owner), with: session),
                await vault.refusal(of: EnablePrincipal(name: owner), with: session),
            ]
            #expect(refusals.map { $0?.code } == Array(repeating: "escalation", count: 6))
            let newcomer = try await vault.person("newcomer")
            #expect(await vault.refusal(of: DisablePrincipal(name: newcomer), with: session) == nil)
        }
    }

    @Test("The permissions that no role may hold are refused, even to the operator")
    func neverGrantable() async throws {
        try await TestVault.with { vault in
            for permission in Permission.allCases {
                let request = CreateRole(
                    name: try name("r-\(permission.rawValue.replacing(":", with: "-"))"),
                    permissions: [.connectionRead, permission])
                let isRefused = Permission.neverGrantable.contains(permission)
                #expect(
                    await vault.refusal(of: request)?.code == (isRefused ? "escalation" : nil),
                    "\(permission.rawValue)")
            }
        }
    }

    // MARK: Owners

    @Test("The last owner cannot go, except by the operator's hand")
    func lastOwner() async throws {
        try await TestVault.with { vault in
            let first = try await vault.person("first", "owner")
            let session = try await vault.session(of: first)
            let unbind = UnbindRole(role: try name("owner"), principal: first)
            func leave() async -> [String?] {
                [
                    await vault.refusal(of: unbind, with: session)?.code,
                    await vault.refusal(of: DisablePrincipal(name: first), with: session)?.code,
                    await vault.refusal(of: DeletePrincipal(name: first), with: session)?.code,
                ]
            }
            #expect(await leave() == ["last-owner", "last-owner", "last-owner"])
            // A disabled owner and one of some environments are none to rely on.
            let second = try await vault.person("second", "owner")
            try await vault.ask(DisablePrincipal(name: second))
            try await vault.person("third", "owner", environments: [.test])
            #expect(await leave() == ["last-owner", "last-owner", "last-owner"])
            try await vault.ask(EnablePrincipal(name: second))
            #expect(await vault.refusal(of: unbind, with: session) == nil)
            // The operator takes the last one away.
            try await vault.ask(UnbindRole(role: name("owner"), principal: second))
            #expect(try await vault.ask(ShowRole(name: name("owner"))).bindings?.count == 1)
        }
    }

    @Test("An owner takes the glass back, and leaves the platform alone")
    func owners() async throws {
        try await TestVault.with { vault in
            let owner = try await vault.session(of: try await vault.person("owner", "owner"))
            let glass = try await vault.person("glass", "break-glass")
            let platform = try await vault.person("platform", "platform-admin")
            #expect(
                await vault.refusal(
                    of: UnbindRole(role: try name("break-glass"), principal: glass), with: owner)
                    == nil)
            #expect(
                await vault.refusal(of: DisablePrincipal(name: platform), with: owner)?.code
                    == "escalation")
            // Who runs the vault has that role alone.
            for (person, role) in [(platform, "viewer"), (glass, "viewer")] {
                let bind = BindRole(role: try name(role), principal: person)
                #expect(
                    await vault.refusal(of: bind)?.code
                        == (person == platform ? "incompatible-roles" : nil))
            }
            let bind = BindRole(role: try name("platform-admin"), principal: glass)
            #expect(await vault.refusal(of: bind)?.code == "incompatible-roles")
        }
    }

    // MARK: Break-glass

    @Test("Breaking the glass takes an end and a reason, and marks what is done")
    func breakGlass() async throws {
        try await TestVault.with { vault in
            let bob = try await vault.person("bob")
            let role = try name("break-glass")
            func bind(_ seconds: Int64?, _ reason: String) -> BindRole {
                BindRole(role: role, principal: bob, seconds: seconds, reason: reason)
            }
            for bad in [
                bind(nil, "x"), bind(60, ""), bind(60, " \n"),
                bind(AccessLimits.timeBoxSeconds + 1, "x"), bind(0, "x"),
            ] {
                #expect(await vault.refusal(of: bad)?.exit == .usage)
            }
            #expect(
                await vault.refusal(of: bind(AccessLimits.timeBoxSeconds, "INC-42")) == nil)
            let given = try await vault.audit().last { $0.action == "role.bind" }
            #expect(given?.detail["reason"] == "INC-42")
            #expect(given?.detail["role"] == "break-glass")
            let session = try await vault.session(of: bob)
            _ = await vault.refusal(of: ListSecrets(), with: session)
            _ = await vault.refusal(of: RunDoctor(), with: session)
            let marked = try await vault.audit().filter { $0.actor == "person:bob" }
            #expect(marked.count == 2)
            #expect(marked.allSatisfy { $0.detail["role"] == "break-glass" })
        }
    }

    @Test("What is done under a part of break-glass is marked too")
    func narrowedGlass() async throws {
        try await TestVault.with { vault in
            let bob = try await vault.person("bob")
            try await vault.bind("break-glass", to: bob, environments: [.test])
            let session = try await vault.session(of: bob)
            _ = await vault.refusal(of: ListConnections(), with: session)
            let marked = try await vault.audit().last { $0.actor == "person:bob" }
            #expect(marked?.detail["role"] == "break-glass")
        }
    }

    @Test("Who has rights for a while gives nobody any for longer, in no way")
    func timeBoxed() async throws {
        try await TestVault.with { vault in
            try await vault.ask(
                CreateRole(name: name("revealer"), permissions: [.secretReveal, .secretStat]))
            let glass = try await vault.person("glass", "break-glass")
            let owner = try await vault.person("owner", "owner")
            let robot = try name("robot")
            try await vault.ask(CreatePrincipal(name: robot, kind: .service))
            try await vault.bind("viewer", to: robot)
            let session = try await vault.session(of: glass)
            func bind(_ role: String, _ seconds: Int64?) async throws -> String? {
                await vault.refusal(
                    of: BindRole(
                        role: try name(role), principal: glass, seconds: seconds, reason: "x"),
                    with: session)?.code
            }
            for role in ["owner", "revealer"] {
                #expect(try await bind(role, nil) == "escalation")
                #expect(try await bind(role, 7_200) == "escalation")
                #expect(try await bind(role, 60) == nil)
            }
            #expect(try await bind("break-glass", 7_200) == "escalation")
            // A password, a code and a service's token are ways to rights without an end.
            for found in [
                await vault.refusal(
                    of: SetPrincipalPassword(name: owner), with: session, secret: "long enough"),
                await vault.refusal(
                    of: SetPrincipalCode(name: owner, enabled: false), with: session),
                await vault.refusal(of: IssueServiceToken(name: robot), with: session),
            ] {
                #expect(found?.code == "escalation")
            }
            // Taking away lasts and needs no right that does; nor does a role that nobody has.
            try await vault.person("second", "owner")
            #expect(await vault.refusal(of: DisablePrincipal(name: owner), with: session) == nil)
            let role = CreateRole(name: try name("r"), permissions: [.secretReveal])
            #expect(await vault.refusal(of: role, with: session) == nil)
        }
    }

    // MARK: Bounds

    @Test("Bindings have bounds, and globs are patterns of names")
    func bounds() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice")
            func bind(
                _ role: String = "viewer", _ environments: [DeploymentEnvironment] = [],
                _ globs: [String] = [], _ seconds: Int64? = nil, _ reason: String = ""
            ) throws -> BindRole {
                BindRole(
                    role: try name(role), principal: alice, environments: environments,
                    connections: globs, seconds: seconds, reason: reason)
            }
            let long = String(repeating: "x", count: VaultLimits.reasonBytes + 1)
            let many = Array(repeating: "a*", count: AccessLimits.bindingGlobs + 1)
            for bad in [
                try bind(globs: [""]), try bind(globs: ["a b"]), try bind(globs: ["a@b"]),
                try bind(globs: many), try bind(reason: long), try bind(seconds: 0),
                try bind(seconds: AccessLimits.bindingSeconds + 1),
                try bind("developer", [.production]), try bind("platform-admin", [.test]),
            ] {
                #expect(await vault.refusal(of: bad)?.exit == .usage)
            }
            func bind(globs: [String]) throws -> BindRole { try bind("viewer", [], globs) }
            func bind(reason: String) throws -> BindRole { try bind("viewer", [], [], nil, reason) }
            func bind(seconds: Int64) throws -> BindRole { try bind("viewer", [], [], seconds) }
            for good in [
                try bind(globs: Array(many.dropLast())), try bind(reason: String(long.dropLast())),
                try bind(seconds: AccessLimits.bindingSeconds), try bind("developer", [.test]),
            ] {
                #expect(await vault.refusal(of: good) == nil)
            }
            #expect(await vault.refusal(of: try bind("nothing"))?.exit == .notFound)
            for _ in 4..<AccessLimits.bindings { try await vault.ask(bind()) }
            #expect(await vault.refusal(of: try bind())?.code == "too-many")
        }
    }

    @Test("A tenant's role is made, bound, shown, and deleted when nobody has it")
    func customRole() async throws {
        try await TestVault.with { vault in
            let role = try name("Tester")
            let made = try await vault.ask(
                CreateRole(
                    name: role, permissions: [.connectionTest, .connectionRead, .connectionRead],
                    description: "tests"))
            #expect(made.permissions == [.connectionRead, .connectionTest])
            #expect(
                await vault.refusal(of: CreateRole(name: role, permissions: [.send]))?.exit
                    == .conflict)
            #expect(
                await vault.refusal(of: CreateRole(name: try name("OWNER"), permissions: [.send]))?
                    .code == "exists")
            #expect(
                await vault.refusal(of: CreateRole(name: try name("x"), permissions: []))?.exit
                    == .usage)
            let alice = try await vault.person("alice", "tester")
            #expect(try await vault.ask(ShowPrincipal(name: alice)).roles == ["Tester"])
            #expect(await vault.refusal(of: DeleteRole(name: role))?.code == "in-use")
            #expect(
                await vault.refusal(of: DeleteRole(name: try name("viewer")))?.code == "built-in")
            try await vault.ask(UnbindRole(role: role, principal: alice))
            try await vault.ask(DeleteRole(name: role))
            #expect(await vault.refusal(of: ShowRole(name: role))?.exit == .notFound)
            #expect(try await vault.ask(ListRoles()).map(\.name) == RoleTable.all.map(\.name))
        }
    }
}
