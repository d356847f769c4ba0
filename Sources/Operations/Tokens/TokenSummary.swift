package import VaultModel
internal import VaultStore

/// What may be told of a token: everything but the token.
package struct TokenSummary: Sendable, Codable {
    /// The public part, which names the token.
    package var accessor: String
    /// What it was made for.
    package var kind: TokenKind
    /// What it may do.
    package var scopes: [TokenScope]
    /// What narrows it.
    package var conditions: TokenConditions
    /// What it is for.
    package var label: String
    /// `active`, `revoked`, `expired`, `not-yet-valid` or `used-up`.
    package var state: String
    /// Who made it.
    package var issuer: String
    /// The accessor of the token that it was narrowed from.
    package var parent: String?
    /// When it was made.
    package var created: Timestamp
    /// When it ends; `nil` for never.
    package var expiresAt: Timestamp?
    /// When it was last used; `nil` for never.
    package var lastUsed: Timestamp?
    /// How many requests are left to it; `nil` for no bound of its own.
    package var usesLeft: Int?

    /// What may be told of `record`, which was used at `lastUsed` as far as this process knows.
    init(_ record: TokenRecord, lastUsed known: Timestamp? = nil) {
        accessor = record.accessor
        kind = record.kind
        scopes = record.content.scopes
        conditions = record.content.conditions
        label = record.content.label
        state = record.standing(at: .now)
        issuer = record.content.issuer
        parent = record.content.ancestors.last
        created = record.created
        expiresAt = record.expires
        lastUsed = [record.lastUsed, known].compactMap { $0 }.max()
        usesLeft = record.usesLeft
    }
}

extension TokenRecord {
    /// Whether a token can be used, in one word.
    fileprivate func standing(at now: Timestamp) -> String {
        if state == .revoked { return state.rawValue }
        if isExpired(at: now) { return "expired" }
        if !content.conditions.permit(at: now) { return "not-yet-valid" }
        if usesLeft == 0 { return "used-up" }
        return state.rawValue
    }
}
