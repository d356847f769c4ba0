import Operations
import Sandbox
import Sealing
import Testing
import VaultModel
import VaultStore

/// What a request names: things of a tenant, or nothing that was ever there.
struct Named {
    let name: String
    let accessor: String
    let message: String
    let captured: String
    let tenant: String
    let rotation: RotationID
}

/// One request for each operation about what is named, so that an operation without one does not
/// compile.
enum Replay {
    /// A slot that no vault has, the same for every caller.
    private static let noSlot = SlotID()

    /// Whether the request names an object that must be there.
    static func needsObject(_ operation: OperationName) -> Bool {
        switch operation {
        case .secretShow, .secretVersions, .secretDelete, .secretRotate, .rotationPlan,
            .secretRollback, .connectionShow, .connectionUpdate, .connectionEnable,
            .connectionDisable, .connectionDelete, .connectionTest, .connectionClone,
            .connectionPromote, .connectionHistory, .connectionDiff, .connectionRollback,
            .connectionDeploy, .variableUnset, .certificateShow, .certificateDelete, .tokenShow,
            .tokenRevoke, .messageSend, .outboxShow, .sandboxInboxDelete, .sandboxList,
            .sandboxShow, .sandboxRaw, .sandboxSearch, .sandboxWait, .sandboxDelete, .tenantShow,
            .tenantDisable, .tenantEnable, .tenantShred, .tenantRotateKey, .rotationResume,
            .rotationAbort, .secretPolicy, .principalShow, .principalDisable, .principalEnable,
            .principalDelete, .principalSetPassword, .principalSetCode, .principalIssue, .roleShow,
            .roleDelete, .roleBind, .roleUnbind:
            true
        case .secretSet, .secretList, .connectionCreate, .connectionList, .connectionCheckName,
            .variableSet, .variableList, .certificateAdd, .certificateList, .certificateExpiring,
            .tokenCreate, .tokenList, .outboxList, .auditList, .auditVerify, .auditExport,
            .auditCheckpoint, .auditAuditor, .vaultStatus,
            .vaultDoctor, .protectorList, .protectorTest, .sandboxInboxCreate, .sandboxInboxList,
            .tenantCreate, .tenantList, .tokenAttenuate, .backupCreate, .backupList,
            .vaultRotateRootKey, .rotationDue, .secretReveal, .principalCreate, .principalList,
            .roleList, .roleBindings, .roleCreate, .settingList, .settingSet, .sessionOpen,
            .sessionClose, .principalChangePassword, .rotationList, .protectorAdd, .protectorRemove,
            .vaultSeal, .vaultUnseal, .tenantClaim:
            // Narrowing another token than one's own is denied whether it is there or not.
            false
        }
    }

    /// Performs an operation as `caller`; the answer as JSON, or the error.
    static func perform(
        _ operation: OperationName, on named: Named, _ vault: TestVault, as caller: TenantCaller
    ) async throws -> Result<String, VaultError> {
        let it = try name(named.name)
        let connection = try reference("\(named.name)@production")
        func ask(
            _ request: some OperationRequest, secret: String? = nil
        ) async -> Result<String, VaultError> {
            do {
                return .success(
                    try json(try await vault.ask(request, as: caller, secret: secret)))
            } catch {
                return .failure(VaultError(wrapping: error))
            }
        }
        return switch operation {
        case .secretSet: await ask(SetSecret(name: it), secret: "x")
        case .secretList: await ask(ListSecrets())
        case .secretShow: await ask(ShowSecret(name: it))
        case .secretVersions: await ask(ListSecretVersions(name: it))
        case .secretDelete: await ask(DeleteSecret(name: it, force: true))
        case .secretRotate: await ask(RotateSecret(name: it, connection: nil), secret: "x")
        case .rotationPlan:
            await ask(RotateSecret(name: nil, connection: connection, planOnly: true))
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
            await ask(CheckConnectionName(name: named.name, environment: .production))
        case .connectionTest: await ask(TestConnection(reference: connection))
        case .connectionClone:
            await ask(CloneConnection(reference: connection, name: try name("copy")))
        case .connectionPromote:
            await ask(PromoteConnection(name: it, from: .test, to: .production))
        case .connectionHistory: await ask(ShowConnectionHistory(reference: connection))
        case .connectionDiff: await ask(DiffConnection(reference: connection))
        case .connectionRollback: await ask(RollBackConnection(reference: connection))
        case .connectionDeploy: await ask(DeployConnection(reference: connection))
        case .variableSet: await ask(SetVariable(name: it, environment: nil, value: "x"))
        case .variableList: await ask(ListVariables())
        case .variableUnset: await ask(UnsetVariable(name: it, environment: nil))
        case .certificateExpiring: await ask(ListExpiringCertificates(withinSeconds: 1 << 30))
        case .certificateAdd: await ask(AddCertificate(name: it, pem: "x"))
        case .certificateList: await ask(ListCertificates())
        case .certificateShow: await ask(ShowCertificate(name: it))
        case .certificateDelete: await ask(DeleteCertificate(name: it))
        case .tokenCreate:
            await ask(
                CreateToken(
                    scopes: [try TokenScope(parsing: "audit:read")], seconds: nil, label: ""))
        case .tokenList: await ask(ListTokens())
        case .tokenShow: await ask(ShowToken(accessor: named.accessor))
        case .tokenRevoke: await ask(RevokeToken(accessor: named.accessor))
        case .messageSend:
            await ask(
                try vault.message {
                    $0.name = it
                    $0.to = ["ops@example.net"]
                })
        case .outboxList: await ask(ListOutbox(limit: 100))
        case .outboxShow: await ask(ShowMessage(id: named.message))
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
        case .sandboxShow:
            await ask(ShowSandboxMessage(inbox: try name("default"), id: named.captured))
        case .sandboxRaw:
            await ask(ReadRawSandboxMessage(inbox: try name("default"), id: named.captured))
        case .sandboxSearch: await ask(SearchSandbox(inbox: it, query: "acme", limit: 1))
        case .sandboxWait:
            await ask(
                WaitForSandboxMessage(
                    inbox: it, to: nil, from: nil, subject: nil, contains: nil, count: 1, after: 0,
                    timeoutMs: 0, absent: false))
        case .sandboxDelete: await ask(DeleteSandboxMessages(inbox: it, ids: [], all: true))
        case .tokenAttenuate:
            await ask(
                AttenuateToken(
                    parent: named.accessor, scopes: [], seconds: nil, label: "",
                    conditions: TokenConditions()))
        case .backupCreate: await ask(CreateBackup(path: "x", recipients: [], force: false))
        case .backupList: await ask(ListBackups())
        case .tenantCreate: await ask(CreateTenant(name: try name(named.tenant)))
        case .tenantList: await ask(ListTenants())
        case .tenantShow: await ask(ShowTenant(name: try name(named.tenant)))
        case .tenantDisable: await ask(DisableTenant(name: try name(named.tenant)))
        case .tenantEnable: await ask(EnableTenant(name: try name(named.tenant)))
        case .rotationResume: await ask(ResumeRotation(id: named.rotation))
        case .rotationAbort: await ask(AbortRotation(id: named.rotation))
        case .rotationDue: await ask(RotateDue(planOnly: true))
        case .secretPolicy: await ask(SetSecretPolicy(name: it, change: PolicyChange()))
        case .secretReveal: await ask(RevealSecret(name: it, reason: "x"))
        case .principalCreate: await ask(CreatePrincipal(name: it, kind: .service))
        case .principalList: await ask(ListPrincipals())
        case .principalShow: await ask(ShowPrincipal(name: it))
        case .principalDisable: await ask(DisablePrincipal(name: it))
        case .principalEnable: await ask(EnablePrincipal(name: it))
        case .principalDelete: await ask(DeletePrincipal(name: it))
        case .principalSetPassword:
            await ask(SetPrincipalPassword(name: it), secret: "correct horse battery")
        case .principalSetCode: await ask(SetPrincipalCode(name: it, enabled: true))
        case .principalIssue: await ask(IssueServiceToken(name: it))
        case .roleList: await ask(ListRoles())
        case .roleShow: await ask(ShowRole(name: it))
        case .roleBindings: await ask(ListBindings())
        case .roleCreate: await ask(CreateRole(name: it, permissions: [.connectionRead]))
        case .roleDelete: await ask(DeleteRole(name: it))
        case .roleBind: await ask(BindRole(role: try name("viewer"), principal: it))
        case .roleUnbind: await ask(UnbindRole(role: try name("viewer"), principal: it))
        case .settingList: await ask(ListSettings())
        case .settingSet: await ask(SetSetting(name: .reveal, value: "off"))
        case .sessionOpen: await ask(OpenSession(name: named.name), secret: "wrong")
        case .sessionClose: await ask(CloseSession())
        case .tenantClaim: await ask(ClaimTenant(name: it), secret: "short")
        case .tenantShred:
            await ask(
                ShredTenant(name: try name(named.tenant), confirmation: named.tenant))
        case .tenantRotateKey: await ask(RotateTenantKey(name: try name(named.tenant)))
        case .protectorAdd: await ask(AddProtector(kind: .recoveryCode))
        case .protectorRemove: await ask(RemoveProtector(slot: noSlot))
        case .vaultSeal: await ask(SealVault())
        case .vaultUnseal: await ask(UnsealVault(means: .machine))
        case .vaultRotateRootKey: await ask(RotateRootKey(shred: false))
        case .principalChangePassword: await ask(ChangePassword(), secret: "wrong\nshort")
        case .rotationList: await ask(ListRotations(all: true))
        }
    }
}

extension TestVault {
    /// Fills a tenant with one of everything, whose texts all hold the tenant's name.
    func fill(_ tenant: String) async throws -> Named {
        let caller = TenantCaller.operator(tenant)
        let it = try name("\(tenant)-it")
        try await ask(SetSecret(name: it), as: caller, secret: "right")
        try await ask(SetSecret(name: it), as: caller, secret: "right")
        for environment in [DeploymentEnvironment.test, .production] {
            try await ask(
                CreateConnection(
                    name: it, environment: environment,
                    settings: try settings(secret: it.text)), as: caller)
        }
        try await ask(
            SetVariable(name: it, environment: nil, value: "\(tenant)-value"), as: caller)
        try await ask(
            AddCertificate(name: it, pem: try read(live.authorityPath)), as: caller)
        try await ask(CreatePrincipal(name: it, kind: .service), as: caller)
        try await ask(CreateRole(name: it, permissions: [.connectionRead]), as: caller)
        try await ask(BindRole(role: it, principal: it), as: caller)
        let token = try await token(
            of: tenant, scopes: [try TokenScope(parsing: "audit:read")])
        let rotation = try await ask(
            RotateSecret(name: it, connection: nil, skipTest: true), as: caller, secret: "right")
        let report = try await ask(
            try message(.test) {
                $0.name = it
                $0.subject = "\(tenant)-subject"
            }, as: caller)
        try await ask(CreateInbox(name: it), as: caller)
        let captured = try await ask(
            ListSandboxMessages(inbox: try name("default"), limit: 1), as: caller)
        return Named(
            name: it.text, accessor: token.accessor, message: report.id,
            captured: "\(try #require(captured.first).id)", tenant: tenant,
            rotation: rotation.id)
    }
}
