package import Access
package import VaultModel
private import VaultStore

/// `vault token attenuate [ACCESSOR] [--scope SCOPE…] …`: a new token that may do less than another.
///
/// A token narrows itself; the operator names the one to narrow. What is left open is as with the
/// parent, and what would be wider is refused.
package struct AttenuateToken: OperationRequest {
    package typealias Response = TokenSummary
    package static let operation = OperationName.tokenAttenuate

    /// The public part of the token to narrow.
    package var parent: String
    /// What the new one may do; none for what the parent may.
    package var scopes: [TokenScope]
    /// How long it lives, in seconds; `nil` for the default or the parent's end if that is sooner, 0
    /// for ever.
    package var seconds: Int64?
    /// What it is for.
    package var label: String
    /// What narrows it further.
    package var conditions: TokenConditions

    /// Asks for a narrower token.
    package init(
        parent: String, scopes: [TokenScope], seconds: Int64?, label: String,
        conditions: TokenConditions
    ) {
        self.parent = parent
        self.scopes = scopes
        self.seconds = seconds
        self.label = label
        self.conditions = conditions
    }

    package var object: AccessObject { .token(parent) }
    package var auditObject: String { "token/\(parent)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TokenSummary> {
        let tenant = context.tenant
        switch context.principal.authority {
        case .localOperator: break
        case .token(let token):
            // The answer is a token: nobody is given one that may do more than they.
            guard token.accessor == parent else { throw VaultError.denied(.tokenAttenuate) }
        case .roles: break
        }
        let parent = try await context.vault.store.read {
            try $0.requireToken(self.parent, in: tenant)
        }
        if case .roles = context.principal.authority {
            // Whoever logged in narrows tokens of their own.
            guard parent.principal == context.principal.id, parent.kind == .team else {
                throw VaultError.denied(.tokenAttenuate)
            }
        }
        // Its one use is for an owner.
        guard parent.kind != .bootstrap else { throw VaultError.denied(.tokenAttenuate) }
        let draft = try draft(under: parent, at: .now)
        let (record, text) = try draft.make(in: context, under: parent)
        try await context.commit(detail: draft.detail(record.accessor)) { transaction in
            let current = try transaction.requireToken(self.parent, in: tenant)
            guard current.state == .active, !current.isExpired(at: .now) else {
                throw VaultError(
                    .conflict, "token-inactive", "token '\(self.parent)' is revoked or expired",
                    "narrow another one")
            }
            guard try transaction.children(of: current).count < VaultLimits.tokenChildren else {
                throw VaultError(
                    .conflict, "too-many-tokens",
                    "\(VaultLimits.tokenChildren) active tokens were narrowed from '\(self.parent)'",
                    "revoke some")
            }
            try transaction.insert(record)
        }
        return OperationReply(TokenSummary(record), secret: text)
    }

    /// What the new token is to be, if it is no wider than `parent`.
    private func draft(under parent: TokenRecord, at now: Timestamp) throws -> TokenDraft {
        guard parent.content.ancestors.count < VaultLimits.tokenDepth else {
            throw VaultError(
                .conflict, "too-deep",
                "token '\(self.parent)' has \(VaultLimits.tokenDepth) tokens above it",
                "narrow one of those")
        }
        var limits = parent.content.conditions
        limits.uses = parent.usesLeft
        var draft = try TokenDraft(
            scopes: scopes.isEmpty ? parent.content.scopes : scopes,
            conditions: conditions.inheriting(limits), seconds: seconds, label: label, at: now)
        if let scope = parent.content.scopes.scope(exceededBy: draft.scopes) {
            throw TokenRefusal.wider("scope \(scope)")
        }
        if let dimension = limits.dimension(exceededBy: draft.conditions) {
            throw TokenRefusal.wider(dimension)
        }
        if let end = parent.expires {
            if seconds == nil { draft.expires = min(draft.expires ?? end, end) }
            guard let expires = draft.expires, expires <= end else {
                throw TokenRefusal.wider("expires_at")
            }
        }
        try draft.check()
        return draft
    }
}
