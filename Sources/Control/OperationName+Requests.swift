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
            let caller: Caller = token.map { .token($0) } ?? .local(user: local)
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
