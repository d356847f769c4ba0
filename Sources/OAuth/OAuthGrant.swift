internal import HTTPCore
internal import SecretJSON
package import Sodium

/// What a token endpoint granted (RFC 6749 §5.1).
package struct OAuthGrant: ~Copyable, Sendable {
    /// The access token, printable ASCII.
    package let accessToken: SecretBytes
    /// How long it is good for, at most `OAuthLimits.longestLife`.
    package let expiresIn: Duration
    /// The whole secret with the refresh token that replaces the old one, if there is a new one.
    ///
    /// It is stored before the access token is used: the old one may be worth nothing any more.
    package let rotatedSecret: SecretBytes?

    /// Puts a grant together.
    package init(
        accessToken: consuming SecretBytes, expiresIn: Duration,
        rotatedSecret: consuming SecretBytes? = nil
    ) {
        self.accessToken = accessToken
        self.expiresIn = expiresIn
        self.rotatedSecret = rotatedSecret
    }

    /// Reads the answer to a renewal with `secret`.
    ///
    /// - Throws: `.refused`, `.unexpectedStatus`, `.malformedGrant`, `.secureMemory`.
    init(
        reading response: borrowing HTTPResponse, to secret: borrowing OAuthClientSecret
    ) throws(OAuthFailure) {
        let status = response.status
        guard status == 200 else {
            throw response.body.withSpan { Self.refusal($0, status: status) }
        }
        let token = try response.body.withSpan { (span) throws(OAuthFailure) in
            try Self.accessToken(span)
        }
        let life = try response.body.withSpan { (span) throws(OAuthFailure) in
            try Self.life(span)
        }
        let rotated = try response.body.withSpan { (span) throws(OAuthFailure) in
            try Self.rotated(secret, by: span)
        }
        self.init(accessToken: token, expiresIn: life, rotatedSecret: rotated)
    }

    private static func accessToken(_ body: Span<UInt8>) throws(OAuthFailure) -> SecretBytes {
        let kind = try reading("token_type") { () throws(SecretJSONError) in
            try SecretJSON.text(at: ["token_type"], in: body, limit: OAuthLimits.errorCodeBytes)
        }
        guard kind?.lowercased() == "bearer" else {
            throw .malformedGrant("is for another type of token than Bearer")
        }
        let token = try reading("access_token") { () throws(SecretJSONError) in
            try SecretJSON.string(at: ["access_token"], in: body)
        }
        guard let token, OAuthText.isToken(token, limit: OAuthLimits.accessTokenBytes) else {
            throw .malformedGrant("has no usable access_token")
        }
        return token
    }

    private static func life(_ body: Span<UInt8>) throws(OAuthFailure) -> Duration {
        let seconds = try reading("expires_in") { () throws(SecretJSONError) in
            try SecretJSON.integer(at: ["expires_in"], in: body)
        }
        guard let seconds else { return OAuthLimits.unstatedLife }
        guard seconds > 0 else { throw .malformedGrant("has no usable expires_in") }
        return min(.seconds(seconds), OAuthLimits.longestLife)
    }

    /// The secret with the new refresh token, if there is one.
    private static func rotated(
        _ secret: borrowing OAuthClientSecret, by body: Span<UInt8>
    ) throws(OAuthFailure) -> SecretBytes? {
        let fresh = try reading("refresh_token") { () throws(SecretJSONError) in
            try SecretJSON.string(at: ["refresh_token"], in: body)
        }
        guard let fresh else { return nil }
        guard OAuthText.isToken(fresh, limit: OAuthLimits.refreshTokenBytes) else {
            throw .malformedGrant("has no usable refresh_token")
        }
        let old = try secret.refreshToken()
        let isSame = old.withSpan { old in fresh.withSpan { ConstantTime.equal(old, $0) } }
        return isSame ? nil : try secret.rotated(by: body)
    }

    /// Reads the `error` of an error answer; nothing else of it is looked at.
    private static func refusal(_ body: Span<UInt8>, status: Int) -> OAuthFailure {
        guard (400..<500).contains(status), status != 429,
            let text = try? SecretJSON.text(
                at: ["error"], in: body, limit: OAuthLimits.errorCodeBytes)
        else { return .unexpectedStatus(status) }
        return .refused(OAuthErrorCode(rawValue: text) ?? .unrecognized)
    }

    private static func reading<R: ~Copyable>(
        _ name: String, _ body: () throws(SecretJSONError) -> R
    ) throws(OAuthFailure) -> R {
        do {
            return try body()
        } catch .secureMemory(let error) {
            throw .secureMemory(error)
        } catch {
            throw .malformedGrant("has no readable \(name)")
        }
    }
}
