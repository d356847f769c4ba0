/// What a principal is.
package enum PrincipalKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Somebody with a password.
    case person
    /// A program, which acts with a token that was made for it.
    case service
}

/// What a token was made for.
package enum TokenKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// An application's, with the scopes that it was given.
    case team
    /// Somebody who logged in, or a service: it may do what the principal's roles say when it asks.
    case session
    /// A rotation's own.
    case rotation
    /// A new vault's first, used once.
    case bootstrap
}
