import Access
import Testing
import VaultModel
import VaultStore

@testable import Operations

@Suite("Who sees the accounts that connections log in as")
struct AccountCurtainTests {
    private static let accounts = [
        "auth.username=canary-account", "auth.authorization_id=canary-delegate",
        "properties.mail.smtp.user=canary-account",
    ]

    /// A principal that holds every permission of tenants but to see accounts.
    private func blind(_ vault: TestVault) async throws -> TestToken {
        let permissions = Permission.allCases.filter {
            $0.holders.contains(.tenantRole) && $0 != .connectionAccount
        }
        let role = try name("blind")
        try await vault.ask(CreateRole(name: role, permissions: permissions))
        return try await vault.session(of: try await vault.person("somebody", role.text))
    }

    @Test("No operation tells an account to somebody with every right but that one")
    func everyOperation() async throws {
        try await TestVault.with { vault in
            let named = try await vault.fill("default")
            try await vault.ask(
                SetVariable(name: name("who"), environment: nil, value: "canary-variable"))
            for environment in ["test", "production"] {
                let it = try reference("\(named.name)@\(environment)")
                try await vault.ask(
                    UpdateConnection(
                        reference: it, assignments: Self.accounts, retarget: true))
            }
            try await vault.ask(
                UpdateConnection(
                    reference: reference("\(named.name)@test"),
                    assignments: ["properties.mail.smtp.user=", "auth.username=canary-${who}"],
                    retarget: true, asDraft: true))
            var change = PolicyChange()
            change.strategy = .alternating
            change.users = ["canary-a", "canary-b"]
            try await vault.ask(SetSecretPolicy(name: name(named.name), change: change))
            for telling in [
                Self.text(
                    try await Replay.perform(
                        .connectionShow, on: named, vault, as: .operator("default"))),
                Self.text(
                    try await Replay.perform(
                        .variableList, on: named, vault, as: .operator("default"))),
                Self.text(
                    try await Replay.perform(
                        .secretShow, on: named, vault, as: .operator("default"))),
            ] { #expect(telling.contains("canary-")) }
            let token = try await blind(vault)
            let contradicting = UpdateConnection(
                reference: try reference("\(named.name)@production"),
                assignments: ["auth.username=mine"], retarget: true)
            let open = await vault.refusal(of: contradicting)
            #expect(open?.cause.contains("canary-account") == true)
            let hidden = await vault.refusal(of: contradicting, with: token)
            #expect(hidden?.code == open?.code)
            #expect(hidden?.cause.contains("[hidden]") == true)
            #expect(hidden.map { $0.cause + $0.remedy }?.contains("canary") == false)
            // What takes things away comes last.
            let ends = ["delete", "disable", "unset", "revoke", "close", "abort"]
            func isEnd(_ operation: OperationName) -> Bool {
                ends.contains { operation.rawValue.hasSuffix($0) }
            }
            var answered: Set<OperationName> = []
            for operation in OperationName.allCases.filter({ !isEnd($0) })
                + OperationName.allCases.filter(isEnd)
            {
                let result = try await Replay.perform(
                    operation, on: named, vault, as: .token(token))
                if case .success = result { answered.insert(operation) }
                #expect(!Self.text(result).contains("canary-"), "\(operation.rawValue)")
            }
            #expect(
                answered.isSuperset(of: [
                    .connectionList, .connectionShow, .connectionUpdate, .connectionHistory,
                    .connectionDiff, .connectionTest, .variableList,
                    .secretList, .secretShow, .messageSend, .outboxList, .outboxShow,
                    .rotationPlan, .rotationDue,
                ]), "\(OperationName.allCases.filter { !answered.contains($0) })")
        }
    }

    private static func text(_ result: Result<String, VaultError>) -> String {
        switch result {
        case .success(let text): text
        case .failure(let error): "\(error.cause) \(error.remedy)"
        }
    }

    @Test(
        "A sender sees connections without accounts, and others with them",
        arguments: [
            ("sender", false), ("viewer", true), ("auditor", true), ("approver", true),
            ("operator", true), ("owner", true),
        ])
    func roles(role: String, sees: Bool) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            try await vault.ask(
                UpdateConnection(
                    reference: alerts, assignments: ["title=x", "auth.username=other"],
                    retarget: true))
            let token = try await vault.session(of: try await vault.person("somebody", role))
            let shown = try await vault.ask(ShowConnection(reference: alerts), with: token)
            #expect(shown.settings.auth.username == (sees ? "other" : "[hidden]"))
            #expect(shown.settings.auth.secretRef?.name.text == "smtp-pass")
            let listed = try await vault.ask(ListConnections(), with: token)
            #expect(listed.map(\.settings.auth.username) == [sees ? "other" : "[hidden]"])
            let wanted = [
                "auth.username": sees ? ["user", "other"] : ["[hidden]", "[hidden]"],
                "title": ["", "x"],
            ]
            func table(_ changes: [ConnectionField.Difference]) -> [String: [String]] {
                Dictionary(
                    uniqueKeysWithValues: changes.map { ($0.field, [$0.before, $0.after]) })
            }
            let history = try await vault.ask(
                ShowConnectionHistory(reference: alerts), with: token)
            #expect(history.first.map { table($0.changes) } == wanted)
            let diff = try await vault.ask(DiffConnection(reference: alerts), with: token)
            #expect(table(diff.changes) == wanted)
        }
    }

    @Test("The right goes as far as the role that gives it, and takes a scope of its own")
    func reach() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(.development)
            try await vault.addAlerts(.production)
            let person = try await vault.person("somebody", "sender")
            try await vault.bind("developer", to: person)
            let session = try await vault.session(of: person)
            let listed = try await vault.ask(ListConnections(), with: session)
            #expect(
                Dictionary(
                    uniqueKeysWithValues: listed.map {
                        ($0.environment, $0.settings.auth.username)
                    }) == [.development: "user", .production: "[hidden]"])
            let blind = try await vault.token("connection:read")
            let seeing = try await vault.token("connection:read", "connection:account")
            for (token, account) in [(blind, "[hidden]"), (seeing, "user")] {
                let shown = try await vault.ask(
                    ShowConnection(reference: reference("alerts@production")), with: token)
                #expect(shown.settings.auth.username == account)
            }
        }
    }

    @Test("A connection is compared with none that one may not see")
    func compared() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(.development)
            try await vault.addAlerts(.production)
            let token = try await vault.session(of: try await vault.person("dev", "developer"))
            let alerts = try reference("alerts@development")
            let forbidden = try reference("alerts@production")
            #expect(
                await vault.refusal(
                    of: DiffConnection(reference: alerts, other: forbidden), with: token
                )?.code == "scope-denied")
            #expect(
                await vault.refusal(
                    of: DiffConnection(reference: alerts, other: alerts), with: token) == nil)
        }
    }

    @Test("What a server says of an account is not passed on to whoever may not see it")
    func echoed() async throws {
        try await TestVault.with { vault in
            try await PlainServer.serving(
                offers: ["AUTH PLAIN"], ["AUTH": "535 5.7.8 no mailbox for Canary-Account (user)"]
            ) { server, port in
                try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
                var settings = try vault.settings(secret: "smtp-pass")
                settings.port = port
                settings.auth.username = "canary-account"
                try await vault.ask(
                    CreateConnection(
                        name: name("alerts"), environment: .development, settings: settings))
                let sender = try await vault.token("send:*@development", "audit:read")
                let tester = try await vault.token("connection:test", "connection:debug")
                let rotator = try await vault.token("secret:rotate")
                let test = TestConnection(
                    reference: try reference("alerts@development"), withDialogue: true)
                let message = try vault.message(.development)
                let rotation = RotateSecret(name: try name("smtp-pass"), connection: nil)
                let sent = try await vault.ask(message, with: sender)
                #expect(sent.status == "failed")
                #expect(sent.attempts.first?.explanation.contains("[hidden] (user)") == true)
                let told = try await vault.ask(test)
                #expect(try json(told).contains("Canary-Account"))
                let texts = [
                    try json(sent), try json(try await vault.ask(test, with: tester)),
                    try json(try await vault.ask(ListOutbox(limit: 1), with: sender)),
                    try json(try await vault.ask(rotation, with: rotator, secret: "newer")),
                ]
                var hidden = texts
                // What was said of an account stays hidden when the connection has another, and
                // when it is gone.
                let alerts = try reference("alerts@development")
                try await vault.ask(
                    UpdateConnection(
                        reference: alerts, assignments: ["auth.username=other"], retarget: false))
                hidden.append(try json(try await vault.ask(ListOutbox(limit: 1), with: sender)))
                try await vault.ask(DeleteConnection(reference: alerts))
                hidden.append(try json(try await vault.ask(ListOutbox(limit: 1), with: sender)))
                for text in hidden {
                    #expect(!text.lowercased().contains("canary"), "\(text)")
                    #expect(text.contains("[hidden]"), "\(text)")
                }
            }
        }
    }

    @Test(
        "Names are found in texts as whole words, whatever their case",
        arguments: [
            ("no such user bob", "no such user [hidden]"), ("BOB: unknown", "[hidden]: unknown"),
            ("<bob@example.org>", "<[hidden]>"), ("bobby, bob1 and kabob", "bobby, bob1 and kabob"),
            ("bob", "[hidden]"), ("", ""), ("bö bob ö", "bö [hidden] ö"), ("öbob", "öbob"),
        ])
    func words(text: String, expected: String) throws {
        let nobody = Principal(
            name: "nobody", tenant: .system, authority: .roles(RoleAuthority([])))
        let curtain = AccountCurtain(
            nobody, objects: [.vault], names: ["bob", "bob@example.org"])
        #expect(curtain.masked(text) == expected)
    }
}
