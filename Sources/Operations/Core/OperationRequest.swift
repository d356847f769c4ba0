package import Access
package import VaultModel
package import VaultStore

/// What a request answers: a value for anybody, and perhaps a secret for the one who asked.
package struct OperationReply<Response: Codable & Sendable>: Sendable {
    /// The answer's public part.
    package let response: Response
    /// A secret that is shown once, such as a new token.
    package let secret: SecretParcel?

    /// An answer, with a secret or without one.
    package init(_ response: Response, secret: SecretParcel? = nil) {
        self.response = response
        self.secret = secret
    }
}

/// A typed request for one operation; the same type from the command line, the socket and every
/// later door.
package protocol OperationRequest: Codable, Sendable {
    /// The answer's type.
    associatedtype Response: Codable & Sendable

    /// Which operation is asked for.
    static var operation: OperationName { get }
    /// What it is asked for.
    var object: AccessObject { get }
    /// What else the same permissions are needed for.
    var furtherObjects: [AccessObject] { get }
    /// How the audit log names the object.
    var auditObject: String { get }
    /// Permissions besides the operation's own.
    var furtherPermissions: [Permission] { get }

    /// Does it: the grant is spent, and every change is in one transaction with its audit entry.
    func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<Response>
}

extension OperationRequest {
    package var object: AccessObject { .vault }
    package var furtherObjects: [AccessObject] { [] }
    package var auditObject: String { "" }
    package var furtherPermissions: [Permission] { [] }
}

/// What an operation works with: the vault, who asked, and the secret that came along.
package struct OperationContext: Sendable {
    /// The vault.
    package let vault: VaultService
    /// Who asked.
    package let principal: Principal
    /// The request's identity.
    package let request: RequestID
    /// The secret that came with the request.
    package let secret: SecretParcel?
    /// The operation.
    package let operation: OperationName
    /// How the audit log names the object.
    package let auditObject: String
    /// What the request takes from the token that it is made with.
    let use: TokenUse
    /// The accounts that it has to do with.
    let accounts: AccountNotes

    /// The tenant that the principal acts in.
    package var tenant: TenantID { principal.tenant }

    /// Whose entries those about this request are: the vault's own when it concerns the vault and
    /// comes from whoever looks after it.
    private var auditScope: TenantID {
        principal.overseesVault && operation.concernsVault ? .system : tenant
    }

    /// Runs `body` and appends an `allowed` entry, in one transaction: both are durable, or
    /// neither.
    ///
    /// A token's use is counted in the first such transaction of a request, and a message that
    /// `sendsMessage` tells of in its own.
    package func commit<R: Sendable>(
        action: String? = nil, detail: [String: String] = [:], sendsMessage: Bool = false,
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) async throws -> R {
        let run = running(entry(action, .allowed, detail: detail), sendsMessage, body)
        let result = try await vault.store.transaction { try run($0) }
        use.isTaken()
        return result
    }

    /// ``commit(action:detail:sendsMessage:_:)`` with what `plan` finds, which is looked up beside the
    /// writer if possible (``VaultStore/transaction(planning:_:)``).
    package func commit<Plan: Sendable, R: Sendable>(
        action: String? = nil, detail: [String: String] = [:], sendsMessage: Bool = false,
        planning plan: @escaping @Sendable (StoreTransaction) throws -> Plan,
        _ body: @escaping @Sendable (StoreTransaction, Plan) throws -> R
    ) async throws -> R {
        let entry = entry(action, .allowed, detail: detail)
        let result = try await vault.store.transaction(planning: plan) { transaction, plan in
            try running(entry, sendsMessage) { try body($0, plan) }(transaction)
        }
        use.isTaken()
        return result
    }

    /// `body` between what the token's use costs and the entry.
    private func running<R>(
        _ entry: AuditEntry, _ sendsMessage: Bool,
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) -> @Sendable (StoreTransaction) throws -> R {
        { [use] transaction in
            try use.take(in: transaction, message: sendsMessage)
            let result = try body(transaction)
            try transaction.audit(entry)
            return result
        }
    }

    /// An entry for the audit log about this request.
    package func entry(
        _ action: String? = nil, _ outcome: AuditOutcome, reason: String = "",
        detail: [String: String] = [:]
    ) -> AuditEntry {
        var detail = detail
        if principal.isBreakingGlass { detail["role"] = RoleTable.breakGlass }
        return AuditEntry(
            tenant: auditScope, actor: principal.name, action: action ?? operation.rawValue,
            object: auditObject, outcome: outcome, reason: reason, detail: detail, request: request)
    }
}
