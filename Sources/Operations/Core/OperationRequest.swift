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

    /// The tenant that the principal acts in.
    package var tenant: TenantID { principal.tenant }

    /// Runs `body` and appends an `allowed` entry, in one transaction: both are durable, or
    /// neither.
    package func commit<R: Sendable>(
        action: String? = nil, detail: [String: String] = [:],
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) async throws -> R {
        let entry = entry(action, .allowed, detail: detail)
        return try await vault.store.transaction { transaction in
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
        AuditEntry(
            tenant: tenant, actor: principal.name, action: action ?? operation.rawValue,
            object: auditObject, outcome: outcome, reason: reason, detail: detail, request: request)
    }
}
