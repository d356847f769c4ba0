import Operations
import Sealing
import Testing
import VaultModel
import VaultStore

@Suite("Permissions of operations")
struct PermissionTests {
    @Test("A token without scopes is denied every operation, and each denial is recorded")
    func nothing() async throws {
        try await TestVault.with { vault in
            let token = try await vault.plantToken(scopes: [], expires: nil)
            for operation in OperationName.allCases {
                let found = try await Attempt.perform(operation, vault, token)
                #expect(found?.exit == .denied, "\(operation.rawValue)")
                #expect(found?.code == "scope-denied", "\(operation.rawValue)")
                let last = try await lastEntry(of: token, vault)
                #expect(last?.outcome == .denied, "\(operation.rawValue)")
                #expect(last?.action == Attempt.recordedName(operation))
            }
        }
    }

    @Test("A token with every other permission is denied the operation all the same")
    func everythingElse() async throws {
        try await TestVault.with { vault in
            for operation in OperationName.allCases {
                let scopes = try Permission.allCases
                    .filter { $0 != operation.permission && $0.isForTokens }
                    .map { permission in
                        try TokenScope(
                            parsing: permission == .send ? "send:*@production" : permission.rawValue
                        )
                    }
                let token = try await vault.plantToken(scopes: scopes, expires: nil)
                let found = try await Attempt.perform(operation, vault, token)
                #expect(found?.code == "scope-denied", "\(operation.rawValue)")
            }
        }
    }

    @Test("A token with an operation's permissions alone is not denied it")
    func exactly() async throws {
        try await TestVault.with { vault in
            // A token narrows itself and gives nothing else on.
            let others = OperationName.allCases.filter {
                !Attempt.notForTokens.contains($0) && $0 != .tokenAttenuate
                    && $0.permission.isForTokens
            }
            for operation in others {
                let token = try await vault.plantToken(
                    scopes: [try Attempt.scope(for: operation)]
                        + operation.alwaysNeeds.map { try TokenScope(parsing: $0.rawValue) },
                    expires: nil)
                let found = try await Attempt.perform(operation, vault, token)
                #expect(found?.code != "scope-denied", "\(operation.rawValue)")
                let last = try await lastEntry(of: token, vault)
                let outcome: AuditOutcome =
                    found.map { $0.exit == .denied ? .denied : .failed } ?? .allowed
                #expect(last?.outcome == outcome, "\(operation.rawValue)")
            }
        }
    }

    @Test("No token gives what would outlast it: tokens, roles, passwords, codes")
    func outlasting() async throws {
        try await TestVault.with { vault in
            let (service, person) = (try name("svc"), try name("ada"))
            try await vault.ask(CreatePrincipal(name: service, kind: .service))
            try await vault.ask(CreatePrincipal(name: person))
            let token = try await vault.token(
                ["token:issue", "role:bind", "tenant:admin", "connection:read"])
            for operation in Attempt.notForTokens {
                #expect(try await Attempt.perform(operation, vault, token)?.exit == .denied)
                #expect(try await lastEntry(of: token, vault)?.outcome == .denied)
            }
            let asked = [
                await vault.refusal(of: IssueServiceToken(name: service), with: token),
                await vault.refusal(
                    of: SetPrincipalPassword(name: person), with: token, secret: "long enough"),
                await vault.refusal(
                    of: SetPrincipalCode(name: person, enabled: false), with: token),
                await vault.refusal(
                    of: BindRole(role: try name("none"), principal: person, seconds: 1),
                    with: token),
                await vault.refusal(
                    of: CreatePrincipal(name: try name("eve")), with: token, secret: "long enough"),
            ]
            #expect(asked.map { $0?.code } == Array(repeating: "scope-denied", count: 5))
            // Without a password somebody new can do nothing yet.
            let bare = CreatePrincipal(name: try name("eve"))
            #expect(await vault.refusal(of: bare, with: token) == nil)
        }
    }

    @Test("Using a secret for another server takes the permission to retarget")
    func retarget() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let token = try await vault.token("connection:create", "connection:write")
            let alerts = try reference("alerts")
            let denied = [
                await vault.refusal(
                    of: CreateConnection(
                        name: try name("x"), environment: .production,
                        settings: try vault.settings(secret: "smtp-pass")), with: token),
                await vault.refusal(
                    of: UpdateConnection(reference: alerts, assignments: [], retarget: true),
                    with: token),
                await vault.refusal(
                    of: UpdateConnection(
                        reference: alerts, assignments: ["auth.secret_ref=smtp-pass"],
                        retarget: false), with: token),
            ]
            #expect(denied.map { $0?.exit } == [.denied, .denied, .denied])
            let plain = CreateConnection(
                name: try name("x"), environment: .production,
                settings: try vault.settings(secret: nil))
            #expect(await vault.refusal(of: plain, with: token) == nil)
            let more = try await vault.token(
                "connection:create", "connection:write", "connection:retarget")
            let retarget = UpdateConnection(reference: alerts, assignments: [], retarget: true)
            #expect(await vault.refusal(of: retarget, with: more) == nil)
        }
    }

    @Test("Dialogues take the permission to debug, whichever way they are asked for")
    func debugging() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            let scopes = ["connection:test", "connection:write", "connection:create"]
            let plain = try await vault.token(scopes[0], scopes[1], scopes[2], "connection:read")
            let debugger = try await vault.token(
                scopes[0], scopes[1], scopes[2], "connection:debug")
            let dialogue = TestConnection(reference: alerts, withDialogue: true)
            var settings = try vault.settings(secret: nil)
            settings.debug.until = Timestamp.now.adding(seconds: 60)
            let create = CreateConnection(
                name: try name("x"), environment: .production, settings: settings)
            for (token, isPermitted) in [(plain, false), (debugger, true)] {
                var found = [await vault.refusal(of: dialogue, with: token)]
                for assignment in ["debug.until=15m", "properties.mail.debug=true"] {
                    let update = UpdateConnection(
                        reference: alerts, assignments: [assignment], retarget: false)
                    found.append(await vault.refusal(of: update, with: token))
                }
                found.append(await vault.refusal(of: create, with: token))
                #expect(found.map { $0 == nil } == Array(repeating: isPermitted, count: 4))
            }
            // A copy does not take the dialogue along.
            let clone = CloneConnection(reference: alerts, name: try name("copy"))
            #expect(try await vault.ask(clone, with: plain).settings.debug.until == nil)
        }
    }

    private func lastEntry(of token: TestToken, _ vault: TestVault) async throws -> AuditEntry? {
        try await vault.audit().last { $0.actor == "token:\(token.accessor)" }
    }
}
