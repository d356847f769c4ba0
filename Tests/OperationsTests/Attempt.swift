import Operations
import Sealing
import Testing
import VaultModel
import VaultStore

/// One request for each operation, so that an operation without one does not compile.
enum Attempt {
    /// What gives somebody more than a token that asked would last for, so that none may.
    static let notForTokens: [OperationName] = [
        .tokenCreate, .principalIssue, .principalSetPassword, .principalSetCode, .roleBind,
    ]

    /// Performs an operation with a token; the answer is the error, if there was one.
    static func perform(
        _ operation: OperationName, _ vault: TestVault, _ token: TestToken,
        in environment: DeploymentEnvironment = .production
    ) async throws -> VaultError? {
        let it = try name("it")
        let connection = ConnectionReference(name: it, environment: environment)
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
                    name: it, environment: environment, settings: try vault.settings(secret: nil)))
        case .connectionList: await ask(ListConnections())
        case .connectionShow: await ask(ShowConnection(reference: connection))
        case .connectionUpdate:
            await ask(
                UpdateConnection(reference: connection, assignments: ["title=x"], retarget: false))
        case .connectionEnable: await ask(EnableConnection(reference: connection))
        case .connectionDisable: await ask(DisableConnection(reference: connection))
        case .connectionDelete: await ask(DeleteConnection(reference: connection))
        case .connectionCheckName:
            await ask(CheckConnectionName(name: "it", environment: environment))
        case .connectionTest: await ask(TestConnection(reference: connection))
        case .connectionClone:
            await ask(CloneConnection(reference: connection, name: try name("it-2")))
        case .connectionPromote:
            await ask(
                PromoteConnection(
                    name: it, from: environment == .test ? .development : .test, to: environment))
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
        case .messageSend: await ask(SendMessage(name: it, environment: environment))
        case .outboxList: await ask(ListOutbox(limit: 1))
        case .outboxShow: await ask(ShowMessage(id: "x"))
        case .auditList: await ask(ListAudit(filter: AuditFilter()))
        case .auditVerify: await ask(VerifyAudit(deep: false))
        case .auditExport: await ask(ExportAudit(filter: AuditFilter()))
        case .auditCheckpoint: await ask(SignAuditCheckpoint())
        case .auditAuditor: await ask(NameAuditor())
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
        case .tokenAttenuate:
            await ask(
                AttenuateToken(
                    parent: "nothing", scopes: [], seconds: nil, label: "",
                    conditions: TokenConditions()))
        case .backupCreate: await ask(CreateBackup(path: "", recipients: [], force: false))
        case .backupList: await ask(ListBackups())
        case .tenantCreate: await ask(CreateTenant(name: it))
        case .tenantList: await ask(ListTenants())
        case .tenantShow: await ask(ShowTenant(name: it))
        case .tenantDisable: await ask(DisableTenant(name: it))
        case .tenantEnable: await ask(EnableTenant(name: it))
        case .rotationResume: await ask(ResumeRotation(id: RotationID()))
        case .rotationAbort: await ask(AbortRotation(id: RotationID()))
        case .rotationDue: await ask(RotateDue(planOnly: true))
        case .secretPolicy: await ask(SetSecretPolicy(name: it, change: PolicyChange()))
        case .tenantClaim: await ask(ClaimTenant(name: it))
        case .tenantShred: await ask(ShredTenant(name: it, confirmation: "it"))
        case .tenantRotateKey: await ask(RotateTenantKey(name: it))
        case .vaultRotateRootKey: await ask(RotateRootKey(shred: false))
        case .secretReveal: await ask(RevealSecret(name: it, reason: "x"))
        case .principalCreate: await ask(CreatePrincipal(name: it, kind: .service))
        case .principalList: await ask(ListPrincipals())
        case .principalShow: await ask(ShowPrincipal(name: it))
        case .principalDisable: await ask(DisablePrincipal(name: try name("none")))
        case .principalEnable: await ask(EnablePrincipal(name: try name("none")))
        case .principalDelete: await ask(DeletePrincipal(name: try name("none")))
        case .principalSetPassword:
            await ask(SetPrincipalPassword(name: try name("none")), secret: "short")
        case .principalSetCode:
            await ask(SetPrincipalCode(name: try name("none"), enabled: true))
        case .principalIssue: await ask(IssueServiceToken(name: try name("none")))
        case .roleList: await ask(ListRoles())
        case .roleShow: await ask(ShowRole(name: it))
        case .roleBindings: await ask(ListBindings())
        case .roleCreate: await ask(CreateRole(name: it, permissions: [.connectionRead]))
        case .roleDelete: await ask(DeleteRole(name: try name("none")))
        case .roleBind:
            await ask(BindRole(role: try name("viewer"), principal: try name("none")))
        case .roleUnbind:
            await ask(UnbindRole(role: try name("viewer"), principal: try name("none")))
        case .settingList: await ask(ListSettings())
        case .settingSet: await ask(SetSetting(name: .reveal, value: "off"))
        case .sessionOpen: await ask(OpenSession(name: "none"), secret: "wrong")
        case .sessionClose: await ask(CloseSession())
        case .protectorAdd: await ask(AddProtector(kind: .recoveryCode))
        case .protectorRemove: await ask(RemoveProtector(slot: SlotID()))
        case .vaultSeal: await ask(SealVault())
        case .vaultUnseal: await ask(UnsealVault(means: .machine))
        case .principalChangePassword: await ask(ChangePassword(), secret: "wrong\nshort")
        case .rotationList: await ask(ListRotations(all: true))
        }
    }

    /// The scope that covers an operation's permission.
    static func scope(for operation: OperationName) throws -> TokenScope {
        let permission = operation.permission
        return try TokenScope(
            parsing: permission == .send ? "send:it@production" : permission.rawValue)
    }

    /// The name under which an attempt is recorded: a plan is asked for as a rotation.
    static func recordedName(_ operation: OperationName) -> String {
        (operation == .rotationPlan ? OperationName.secretRotate : operation).rawValue
    }
}
