private import Access
private import JSONCoding
internal import Operations

extension OperationName {
    /// The type of the operation's request; an operation without one does not compile.
    var requestType: any OperationRequest.Type {
        switch self {
        case .secretSet: SetSecret.self
        case .secretList: ListSecrets.self
        case .secretShow: ShowSecret.self
        case .secretVersions: ListSecretVersions.self
        case .secretDelete: DeleteSecret.self
        case .secretRotate, .rotationPlan: RotateSecret.self
        case .secretRollback: RollBackSecret.self
        case .connectionCreate: CreateConnection.self
        case .connectionList: ListConnections.self
        case .connectionShow: ShowConnection.self
        case .connectionUpdate: UpdateConnection.self
        case .connectionEnable: EnableConnection.self
        case .connectionDisable: DisableConnection.self
        case .connectionDelete: DeleteConnection.self
        case .connectionCheckName: CheckConnectionName.self
        case .connectionTest: TestConnection.self
        case .connectionClone: CloneConnection.self
        case .connectionPromote: PromoteConnection.self
        case .connectionHistory: ShowConnectionHistory.self
        case .connectionDiff: DiffConnection.self
        case .connectionRollback: RollBackConnection.self
        case .connectionDeploy: DeployConnection.self
        case .variableSet: SetVariable.self
        case .variableList: ListVariables.self
        case .variableUnset: UnsetVariable.self
        case .certificateAdd: AddCertificate.self
        case .certificateList: ListCertificates.self
        case .certificateShow: ShowCertificate.self
        case .certificateDelete: DeleteCertificate.self
        case .certificateExpiring: ListExpiringCertificates.self
        case .tokenCreate: CreateToken.self
        case .tokenList: ListTokens.self
        case .tokenShow: ShowToken.self
        case .tokenRevoke: RevokeToken.self
        case .messageSend: SendMessage.self
        case .outboxList: ListOutbox.self
        case .outboxShow: ShowMessage.self
        case .auditList: ListAudit.self
        case .auditVerify: VerifyAudit.self
        case .vaultStatus: ShowStatus.self
        case .vaultDoctor: RunDoctor.self
        case .protectorList: ListProtectors.self
        case .protectorTest: TestProtector.self
        case .sandboxInboxCreate: CreateInbox.self
        case .sandboxInboxList: ListInboxes.self
        case .sandboxInboxDelete: DeleteInbox.self
        case .sandboxList: ListSandboxMessages.self
        case .sandboxShow: ShowSandboxMessage.self
        case .sandboxRaw: ReadRawSandboxMessage.self
        case .sandboxSearch: SearchSandbox.self
        case .sandboxWait: WaitForSandboxMessage.self
        case .sandboxDelete: DeleteSandboxMessages.self
        case .protectorAdd: AddProtector.self
        case .protectorRemove: RemoveProtector.self
        case .vaultSeal: SealVault.self
        case .vaultUnseal: UnsealVault.self
        case .principalChangePassword: ChangePassword.self
        case .rotationList: ListRotations.self
        case .auditExport: ExportAudit.self
        case .auditCheckpoint: SignAuditCheckpoint.self
        case .auditAuditor: NameAuditor.self
        case .secretReveal: RevealSecret.self
        case .principalCreate: CreatePrincipal.self
        case .principalList: ListPrincipals.self
        case .principalShow: ShowPrincipal.self
        case .principalDisable: DisablePrincipal.self
        case .principalEnable: EnablePrincipal.self
        case .principalDelete: DeletePrincipal.self
        case .principalSetPassword: SetPrincipalPassword.self
        case .principalSetCode: SetPrincipalCode.self
        case .principalIssue: IssueServiceToken.self
        case .roleList: ListRoles.self
        case .roleShow: ShowRole.self
        case .roleBindings: ListBindings.self
        case .roleCreate: CreateRole.self
        case .roleDelete: DeleteRole.self
        case .roleBind: BindRole.self
        case .roleUnbind: UnbindRole.self
        case .settingList: ListSettings.self
        case .settingSet: SetSetting.self
        case .sessionOpen: OpenSession.self
        case .sessionClose: CloseSession.self
        case .tenantCreate: CreateTenant.self
        case .tenantList: ListTenants.self
        case .tenantShow: ShowTenant.self
        case .tenantDisable: DisableTenant.self
        case .tenantEnable: EnableTenant.self
        case .tenantShred: ShredTenant.self
        case .tenantClaim: ClaimTenant.self
        case .tenantRotateKey: RotateTenantKey.self
        case .vaultRotateRootKey: RotateRootKey.self
        case .backupCreate: CreateBackup.self
        case .backupList: ListBackups.self
        // Tokens
        case .tokenAttenuate: AttenuateToken.self
        // Rotation and ageing
        case .rotationResume: ResumeRotation.self
        case .rotationAbort: AbortRotation.self
        case .rotationDue: RotateDue.self
        case .secretPolicy: SetSecretPolicy.self
        }
    }
}

extension Frame {
    /// Performs the request that a frame carries and returns the frame that answers it.
    func answer(by gateway: any Gateway, for local: UInt32) async -> Frame {
        do {
            guard kind == .request,
                let name = OperationName(rawValue: String(decoding: operation, as: UTF8.self))
            else {
                throw VaultError.invalid("the server does not know the operation", "update it")
            }
            let named = tenant.isEmpty ? nil : String(decoding: tenant, as: UTF8.self)
            let caller: Caller =
                token.map { .token($0, from: .local(user: local)) }
                ?? .local(user: local, tenant: named)
            return try await Self.perform(name.requestType, self, by: gateway, for: caller)
        } catch {
            let error = VaultError(wrapping: error)
            let body = (try? JSONCoding.encode(error)) ?? []
            return Frame(kind: .error, body: body, token: nil, secret: nil)
        }
    }

    private static func perform<Request: OperationRequest>(
        _ type: Request.Type, _ frame: Frame, by gateway: any Gateway, for caller: Caller
    ) async throws -> Frame {
        let request: Request
        do {
            request = try JSONCoding.decode(Request.self, from: frame.body)
        } catch {
            throw VaultError.invalid(
                "the request does not read: \(error.reason)", "update both sides")
        }
        let reply = try await gateway.perform(request, from: caller, secret: frame.secret)
        return Frame(
            kind: .answer, body: try JSONCoding.encode(reply.response), token: nil,
            secret: reply.secret)
    }
}
