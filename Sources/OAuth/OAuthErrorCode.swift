/// What a token endpoint says of a request that it refuses (RFC 6749 §5.2).
package enum OAuthErrorCode: String, Sendable, Hashable, CaseIterable {
    /// A parameter is missing or malformed.
    case invalidRequest = "invalid_request"
    /// The client is unknown, or its secret wrong or expired.
    case invalidClient = "invalid_client"
    /// The refresh token is wrong, expired, revoked, or another client's.
    case invalidGrant = "invalid_grant"
    /// The client may not use refresh tokens.
    case unauthorizedClient = "unauthorized_client"
    /// The server does not know refresh tokens.
    case unsupportedGrantType = "unsupported_grant_type"
    /// The scope is unknown or exceeds what was granted.
    case invalidScope = "invalid_scope"
    /// The user must sign in again (Microsoft).
    case interactionRequired = "interaction_required"
    /// The user or an administrator must consent again (Microsoft).
    case consentRequired = "consent_required"
    /// The server is overloaded (RFC 6749 §4.1.2.1).
    case temporarilyUnavailable = "temporarily_unavailable"
    /// Any other code; its text is not repeated.
    case unrecognized = ""

    /// Whether the same request can succeed later, without anybody changing anything.
    package var mayPass: Bool { self == .temporarilyUnavailable }

    var remedy: String {
        switch self {
        case .invalidGrant, .interactionRequired, .consentRequired:
            "sign in and consent again, then store the new refresh token"
        case .invalidClient: "check client_id and client_secret, and whether the latter expired"
        case .unauthorizedClient, .unsupportedGrantType:
            "allow refresh tokens for this client at the provider"
        case .invalidScope: "correct the scope, or leave it out to keep what was granted"
        case .invalidRequest, .unrecognized:
            "check token_endpoint, client_id and scope; the provider's log says more"
        case .temporarilyUnavailable: "retry later"
        }
    }
}
