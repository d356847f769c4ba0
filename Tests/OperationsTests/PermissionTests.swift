import Operations
import Testing
import VaultModel
import VaultStore

/// One request for each operation, so that an operation without one does not compile.
private enum Attempt {
    /// Performs an operation with a token; the answer is the error, if there was one.
    static func perform(
        _ operation: OperationName, _ vault: TestVault, _ token: TestToken
    ) async throws -> VaultError? {
        let it = try name("it")
        let connection = try reference("it@production")
        func ask(_ request: some OperationRequest, secret: String? = nil) async -> VaultError? {
            await vault.refusal(of: request, with: token, secret: secret)
        }
        return switch operation {
        case .secretSet: await ask(SetSecret(name: it), secret: "x")
        case .secretList: await ask(ListSecrets())
        case .secretShow: await ask(ShowSecret(name: it))
        case .secretVersions: await ask(ListSecretVersions(name: it))
        case .secretDelete: await ask(DeleteSecret(name: it, force: false))
        case .secretRotate: await ask(RotateSecret(name: it, connection: nil), secret: "x")
        case .rotationPlan: await ask(RotateSecret(name: it, connection: nil, planOnly: true))
        case .secretRollback: await ask(RollBackSecret(name: it))
        case .connectionCreate:
            await ask(
                CreateConnection(
                    name: it, environment: .production, settings: try vault.settings(secret: nil)))
        case .connectionList: await ask(ListConnections())
        case .connectionShow: await ask(ShowConnection(reference: connection))
        case .connectionUpdate:
            await ask(
                UpdateConnection(reference: connection, assignments: ["title=x"], retarget: false))
        case .connectionEnable: await ask(EnableConnection(reference: connection))
        case .connectionDisable: await ask(DisableConnection(reference: connection))
        case .connectionDelete: await ask(DeleteConnection(reference: connection))
        case .connectionCheckName:
            await ask(CheckConnectionName(name: "it", environment: .production))
        case .connectionTest: await ask(TestConnection(reference: connection))
        case .connectionClone:
            await ask(CloneConnection(reference: connection, name: try name("it-2")))
        case .connectionPromote:
            await ask(PromoteConnection(name: it, from: .test, to: .production))
        case .connectionHistory: await ask(ShowConnectionHistory(reference: connection))
        case .connectionDiff: await ask(DiffConnection(reference: connection))
        case .connectionRollback: await ask(RollBackConnection(reference: connection))
        case .connectionDeploy: await ask(DeployConnection(reference: connection))
        case .variableSet: await ask(SetVariable(name: it, environment: nil, value: "x"))
        case .variableList: await ask(ListVariables())
        case .variableUnset: await ask(UnsetVariable(name: it, environment: nil))
        case .certificateExpiring: await ask(ListExpiringCertificates(withinSeconds: 1))
        case .certificateAdd: await ask(AddCertificate(name: it, pem: ""))
        case .certificateList: await ask(ListCertificates())
        case .certificateShow: await ask(ShowCertificate(name: it))
        case .certificateDelete: await ask(DeleteCertificate(name: it))
        case .tokenCreate:
            await ask(
                CreateToken(
                    scopes: [try TokenScope(parsing: "audit:read")], seconds: nil, label: ""))
        case .tokenList: await ask(ListTokens())
        case .tokenShow: await ask(ShowToken(accessor: "x"))
        case .tokenRevoke: await ask(RevokeToken(accessor: "x"))
        case .messageSend: await ask(SendMessage(name: it, environment: .production))
        case .outboxList: await ask(ListOutbox(limit: 1))
        case .outboxShow: await ask(ShowMessage(id: "x"))
        case .auditList: await ask(ListAudit(filter: AuditFilter()))
        case .auditVerify: await ask(VerifyAudit(deep: false))
        case .vaultStatus: await ask(ShowStatus())
        case .vaultDoctor: await ask(RunDoctor())
        case .protectorList: await ask(ListProtectors())
        case .protectorTest: await ask(TestProtector())
        case .sandboxInboxCreate: await ask(CreateInbox(name: it))
        case .sandboxInboxList: await ask(ListInboxes())
        case .sandboxInboxDelete: await ask(DeleteInbox(name: it))
        case .sandboxList: await ask(ListSandboxMessages(inbox: it, limit: 1))
        case .sandboxShow: await ask(ShowSandboxMessage(inbox: it, id: "latest"))
        case .sandboxRaw: await ask(ReadRawSandboxMessage(inbox: it, id: "latest"))
        case .sandboxSearch: await ask(SearchSandbox(inbox: it, query: "x", limit: 1))
        case .sandboxWait:
            await ask(
                WaitForSandboxMessage(
                    inbox: it, to: nil, from: nil, subject: nil, contains: nil, count: 1, after: 0,
                    timeoutMs: 0, absent: true))
        case .sandboxDelete: await ask(DeleteSandboxMessages(inbox: it, ids: [], all: true))
        }
    }

    /// The scope that covers an operation's permission.
    static func scope(for operation: OperationName) throws -> TokenScope {
        let permission = operation.permission
        return try TokenScope(
            parsing: permission == .send ? "send:it@production" : permission.rawValue)
    }

    /// What an operation needs besides its own permission.
    static func further(_ operation: OperationName) -> [String] {
        switch operation {
        case .connectionClone: ["connection:read"]
        case .connectionPromote: ["connection:read", "connection:create"]
        case .certificateDelete: ["connection:retarget"]
        default: []
        }
    }

    /// The name under which an attempt is recorded: a plan is asked for as a rotation.
    static func recordedName(_ operation: OperationName) -> String {
        (operation == .rotationPlan ? OperationName.secretRotate : operation).rawValue
    }
}

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
            // Making tokens is the operator's alone.
            for operation in OperationName.allCases where operation != .tokenCreate {
                let token = try await vault.plantToken(
                    scopes: [try Attempt.scope(for: operation)]
                        + Attempt.further(operation).map { try TokenScope(parsing: $0) },
                    expires: nil)
                let found = try await Attempt.perform(operation, vault, token)
                #expect(found?.exit != .denied, "\(operation.rawValue)")
                let last = try await lastEntry(of: token, vault)
                #expect(
                    last?.outcome == (found == nil ? .allowed : .failed), "\(operation.rawValue)")
            }
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

    private func lastEntry(of token: TestToken, _ vault: TestVault) async throws -> AuditEntry? {
        try await vault.audit().last { $0.actor == "token:\(token.accessor)" }
    }
}
