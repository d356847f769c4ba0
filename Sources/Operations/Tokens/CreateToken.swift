package import Access
package import VaultModel
private import VaultStore

/// `vault token create --scope SCOPE… [--expires D] …`; the token comes back as a secret, once.
package struct CreateToken: OperationRequest {
    package typealias Response = TokenSummary
    package static let operation = OperationName.tokenCreate

    /// What it may do; at least one scope.
    package var scopes: [TokenScope]
    /// How long it lives, in seconds; `nil` for the default, 0 for ever.
    package var seconds: Int64?
    /// What it is for.
    package var label: String
    /// What narrows it; `nil` for nothing.
    package var conditions: TokenConditions?

    /// Asks for a token.
    package init(
        scopes: [TokenScope], seconds: Int64?, label: String, conditions: TokenConditions? = nil
    ) {
        self.scopes = scopes
        self.seconds = seconds
        self.label = label
        self.conditions = conditions
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TokenSummary> {
        let draft = try TokenDraft(
            scopes: scopes, conditions: conditions ?? TokenConditions(), seconds: seconds,
            label: label, at: .now)
        try draft.check()
        let sending: Set<Permission> = [.send, .connectionTest]
        if draft.conditions.concernsMail,
            !scopes.contains(where: { sending.contains($0.permission) })
        {
            throw VaultError.invalid(
                "conditions about mail narrow nothing that these scopes permit",
                "add a scope send:CONNECTION@ENV, or leave out --from, --recipient-domain, --rate and --daily"
            )
        }
        try context.requireNoToken()
        if let scope = scopes.first(where: { !AccessControl.covers(context.principal, $0) }) {
            throw VaultError.escalation(
                "you may not do all that \(scope) allows, so no token of yours can",
                "narrow the scope, or ask the local operator")
        }
        let (record, text) = try draft.make(in: context)
        try await context.commit(detail: draft.detail(record.accessor)) { try $0.insert(record) }
        return OperationReply(TokenSummary(record), secret: text)
    }
}
