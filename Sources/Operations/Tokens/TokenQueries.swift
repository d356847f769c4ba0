package import Access
package import VaultModel
internal import VaultStore

/// `vault token list`.
package struct ListTokens: OperationRequest {
    package typealias Response = [TokenSummary]
    package static let operation = OperationName.tokenList

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[TokenSummary]> {
        let tenant = context.tenant
        let activity = context.vault.tokenActivity
        return OperationReply(
            try await context.commit { transaction in
                try transaction.tokens(in: tenant).map { record in
                    TokenSummary(record, lastUsed: activity.lastUse(of: record.id))
                }
            })
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

    package var object: AccessObject { .token(accessor) }
    package var auditObject: String { "token/\(accessor)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TokenSummary> {
        let tenant = context.tenant
        let activity = context.vault.tokenActivity
        return OperationReply(
            try await context.commit { transaction in
                let record = try transaction.requireToken(accessor, in: tenant)
                return TokenSummary(record, lastUsed: activity.lastUse(of: record.id))
            })
    }
}

/// A token that was revoked, with those that were narrowed from it.
package struct TokenRevocation: Sendable, Codable {
    /// The token's public part.
    package var accessor: String
    /// `revoked`.
    package var state: String
    /// The accessors of the tokens that were narrowed from it and went with it.
    package var descendants: [String]
}

/// `vault token revoke ACCESSOR`; it and all that were narrowed from it are refused from the next
/// request on.
package struct RevokeToken: OperationRequest {
    package typealias Response = TokenRevocation
    package static let operation = OperationName.tokenRevoke

    /// The token's public part.
    package var accessor: String

    /// Asks to revoke one token.
    package init(accessor: String) { self.accessor = accessor }

    package var object: AccessObject { .token(accessor) }
    package var auditObject: String { "token/\(accessor)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TokenRevocation> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                let revoked = try transaction.revoke(
                    try transaction.requireToken(accessor, in: tenant))
                return TokenRevocation(
                    accessor: accessor, state: TokenRecord.State.revoked.rawValue,
                    descendants: revoked.dropFirst().map(\.accessor))
            })
    }
}

extension StoreTransaction {
    /// The token of an accessor in a tenant.
    ///
    /// - Throws: The same for another tenant's as for none.
    func requireToken(_ accessor: String, in tenant: TenantID) throws -> TokenRecord {
        guard let record = try token(accessor: accessor, in: tenant) else {
            throw VaultError.notFound("token", accessor)
        }
        return record
    }
}
