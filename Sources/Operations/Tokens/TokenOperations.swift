package import Access
private import Sealing
private import Sodium
package import VaultModel
internal import VaultStore

/// What may be told of a token: everything but the token.
package struct TokenSummary: Sendable, Codable {
    /// The public part, which names the token.
    package var accessor: String
    /// What it may do.
    package var scopes: [TokenScope]
    /// What it is for.
    package var label: String
    /// Whether it can be used.
    package var state: String
    /// Who made it.
    package var issuer: String
    /// When it was made.
    package var created: Timestamp
    /// When it ends; `nil` for never.
    package var expiresAt: Timestamp?

    init(_ record: TokenRecord) {
        accessor = record.accessor
        scopes = record.content.scopes
        label = record.content.label
        let expired = record.expires.map { $0 <= Timestamp.now } ?? false
        state = record.state == .active && expired ? "expired" : record.state.rawValue
        issuer = record.content.issuer
        created = record.created
        expiresAt = record.expires
    }
}

/// `vault token create --scope SCOPE… [--expires D]`; the token comes back as a secret, once.
package struct CreateToken: OperationRequest {
    package typealias Response = TokenSummary
    package static let operation = OperationName.tokenCreate

    /// What it may do; at least one scope.
    package var scopes: [TokenScope]
    /// How long it lives, in seconds; `nil` for the default, 0 for ever.
    package var seconds: Int64?
    /// What it is for.
    package var label: String

    /// Asks for a token.
    package init(scopes: [TokenScope], seconds: Int64?, label: String) {
        self.scopes = scopes
        self.seconds = seconds
        self.label = label
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TokenSummary> {
        guard (1...VaultLimits.tokenScopes).contains(scopes.count) else {
            throw VaultError.invalid(
                "a token has 1 to \(VaultLimits.tokenScopes) scopes, not \(scopes.count)",
                "give --scope at least once")
        }
        guard label.utf8.count <= VaultLimits.titleBytes else {
            throw VaultError.invalid(
                "the label is too long", "give at most \(VaultLimits.titleBytes) bytes")
        }
        guard (0...VaultLimits.tokenSeconds).contains(seconds ?? 0) else {
            throw VaultError.invalid("a token lives at most a year", "give --expires 365d or less")
        }
        guard case .localOperator = context.principal.authority else {
            throw VaultError.denied(.tokenCreate)
        }
        let text = try TokenText.create()
        guard let accessor = TokenText.accessor(of: text) else { throw SodiumError.notStarted }
        let keys = try context.vault.store.keys.keys(for: .system)
        let record = TokenRecord(
            tenant: context.tenant, accessor: accessor,
            hash: try TokenText.hash(text, accessor: accessor, pepper: keys.tokenPepper()),
            expires: seconds == 0
                ? nil : Timestamp.now.adding(seconds: seconds ?? VaultLimits.tokenDefaultSeconds),
            content: TokenRecord.Content(
                scopes: scopes, label: label, issuer: context.principal.name))
        let detail = [
            "accessor": accessor, "scopes": scopes.map(\.description).joined(separator: " "),
        ]
        try await context.commit(detail: detail) { try $0.insert(record) }
        return OperationReply(TokenSummary(record), secret: SecretParcel(text))
    }
}

/// `vault token list`.
package struct ListTokens: OperationRequest {
    package typealias Response = [TokenSummary]
    package static let operation = OperationName.tokenList

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[TokenSummary]> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { try $0.tokens(in: tenant).map(TokenSummary.init) })
    }
}

/// `vault token show ACCESSOR`.
package struct ShowToken: OperationRequest {
    package typealias Response = TokenSummary
    package static let operation = OperationName.tokenShow

    /// The token's public part.
    package var accessor: String

    /// Asks for one token.
    package init(accessor: String) { self.accessor = accessor }

    package var auditObject: String { "token/\(accessor)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TokenSummary> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                TokenSummary(try transaction.requireToken(accessor, in: tenant))
            })
    }
}

/// `vault token revoke ACCESSOR`; it is refused from the next request on.
package struct RevokeToken: OperationRequest {
    package typealias Response = TokenSummary
    package static let operation = OperationName.tokenRevoke

    /// The token's public part.
    package var accessor: String

    /// Asks to revoke one token.
    package init(accessor: String) { self.accessor = accessor }

    package var auditObject: String { "token/\(accessor)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TokenSummary> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                var record = try transaction.requireToken(accessor, in: tenant)
                if record.state == .active {
                    record.state = .revoked
                    record = try transaction.update(record)
                }
                return TokenSummary(record)
            })
    }
}

extension StoreTransaction {
    fileprivate func requireToken(_ accessor: String, in tenant: TenantID) throws -> TokenRecord {
        guard let record = try token(accessor: accessor), record.tenant == tenant else {
            throw VaultError.notFound("token", accessor)
        }
        return record
    }
}
