/// Every bound of this target, in bytes unless the name says otherwise.
package enum OAuthLimits {
    /// The longest client identifier.
    package static let clientIDBytes = 512
    /// The longest client secret.
    package static let clientSecretBytes = 2_048
    /// The longest refresh token.
    package static let refreshTokenBytes = 8_192
    /// The longest access token, as long as SASL takes one.
    package static let accessTokenBytes = 6_144
    /// The longest list of scopes.
    package static let scopeBytes = 1_024
    /// The longest name of a Microsoft tenant.
    package static let tenantBytes = 255
    /// The longest error code that is looked up.
    package static let errorCodeBytes = 64
    /// How long one renewal may take, connecting included.
    package static let renewal = Duration.seconds(30)
    /// The life of an access token whose server did not say (RFC 6749 §5.1).
    package static let unstatedLife = Duration.seconds(300)
    /// The longest life that is believed.
    package static let longestLife = Duration.seconds(86_400)
    /// How long before its end an access token is renewed.
    package static let renewalLead = Duration.seconds(60)
    /// How long a refused credential is not tried again.
    package static let refusalMemory = Duration.seconds(900)
    /// Access tokens that are kept.
    package static let cachedTokens = 64
}
