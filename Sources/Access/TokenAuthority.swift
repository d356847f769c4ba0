package import VaultModel

/// What a token may do, as it was when it was looked up.
package struct TokenAuthority: Sendable, Hashable {
    /// The token's row.
    package let id: TokenID
    /// The token's public part.
    package let accessor: String
    /// What it may do.
    package let scopes: [TokenScope]
    /// What narrows it.
    package let conditions: TokenConditions
    /// The accessors of the tokens that it was narrowed from, the first of them first.
    package let ancestors: [String]

    /// A token whose text was proven right.
    package init(
        id: TokenID, accessor: String, scopes: [TokenScope],
        conditions: TokenConditions = TokenConditions(), ancestors: [String] = []
    ) {
        self.id = id
        self.accessor = accessor
        self.scopes = scopes
        self.conditions = conditions
        self.ancestors = ancestors
    }

    /// Whether it may do what `permission` says to `object`.
    ///
    /// Whatever its scopes, it may mint narrower ones of itself, and no others.
    package func allows(_ permission: Permission, on object: AccessObject) -> Bool {
        if permission == .tokenIssue, object == .token(accessor) { return true }
        return scopes.contains { $0.covers(permission, on: object) }
            && conditions.permit(permission, on: object)
    }
}
