package import HTTPCore
internal import SecretJSON
package import Sodium
internal import VaultModel

/// A secret of the kind `oauth2-client`: a client and the refresh token that it was granted.
///
/// It is a JSON object with `client_id`, `refresh_token`, `client_secret` unless the client is
/// public, `scope` if it is to be asked for, and either `token_endpoint` or `provider` (with
/// `tenant` for Microsoft). Other members are left as they are.
package struct OAuthClientSecret: ~Copyable, Sendable {
    /// The client's identifier, which is no secret (RFC 6749 §2.2).
    package let clientID: String
    /// Where access tokens are renewed, an https URL.
    package let tokenEndpoint: HTTPURL
    /// What is asked for; `nil` for all that was granted (RFC 6749 §6).
    package let scope: String?
    private let json: SecretBytes

    /// Reads the JSON.
    ///
    /// - Throws: `.malformedSecret`, `.missingMember`, `.invalidMember`, `.twoEndpoints`,
    ///   `.invalidEndpoint`, `.secureMemory`.
    package init(parsing text: borrowing SecretBytes) throws(OAuthFailure) {
        let part = try text.withSpan { (span) throws(OAuthFailure) in
            try PublicPart(reading: span)
        }
        self.init(part, json: try Self.copy(text))
    }

    private init(_ part: PublicPart, json: consuming SecretBytes) {
        clientID = part.clientID
        tokenEndpoint = part.tokenEndpoint
        scope = part.scope
        self.json = json
    }

    private static func copy(_ text: borrowing SecretBytes) throws(OAuthFailure) -> SecretBytes {
        do {
            return try text.copy()
        } catch {
            throw .secureMemory(error)
        }
    }

    /// The refresh token.
    borrowing func refreshToken() throws(OAuthFailure) -> SecretBytes {
        let token = try json.withSpan { (span) throws(OAuthFailure) in
            try Reader().secret("refresh_token", span, OAuthLimits.refreshTokenBytes)
        }
        guard let token else { throw .missingMember("refresh_token") }
        return token
    }

    /// The client's secret; a public client has none.
    borrowing func clientSecret() throws(OAuthFailure) -> SecretBytes? {
        try json.withSpan { (span) throws(OAuthFailure) in
            try Reader().secret("client_secret", span, OAuthLimits.clientSecretBytes)
        }
    }

    /// The whole JSON with the refresh token that stands in `answer`.
    borrowing func rotated(by answer: Span<UInt8>) throws(OAuthFailure) -> SecretBytes {
        let whole: SecretBytes
        do {
            whole = try json.withSpan { (span) throws(SecretJSONError) in
                try SecretJSON.replacingString(
                    at: ["refresh_token"], in: span, by: ["refresh_token"], of: answer)
            }
        } catch {
            throw .malformedSecret(error)
        }
        guard whole.count <= VaultLimits.secretBytes else {
            throw .malformedGrant("has a refresh token that is too long to be stored")
        }
        return whole
    }
}

/// What is no secret in the secret.
private struct PublicPart {
    let clientID: String
    let tokenEndpoint: HTTPURL
    let scope: String?

    /// Reads it, and checks the secret parts as well.
    init(reading span: Span<UInt8>) throws(OAuthFailure) {
        let reader = Reader()
        let clientID = try reader.text("client_id", span, limit: OAuthLimits.clientIDBytes)
        guard let clientID else { throw .missingMember("client_id") }
        guard try reader.secret("refresh_token", span, OAuthLimits.refreshTokenBytes) != nil
        else { throw .missingMember("refresh_token") }
        _ = try reader.secret("client_secret", span, OAuthLimits.clientSecretBytes)
        self.clientID = clientID
        tokenEndpoint = try reader.endpoint(span)
        scope = try reader.text("scope", span, limit: OAuthLimits.scopeBytes)
    }
}

/// Reads members of the secret, each by its own rule.
private struct Reader {
    /// A member that is no secret: visible ASCII, and spaces in a list of scopes.
    func text(
        _ name: String, _ span: Span<UInt8>, limit: Int
    ) throws(OAuthFailure) -> String? {
        let text: String?
        do {
            text = try SecretJSON.text(at: [name], in: span, limit: limit)
        } catch .outOfRange {
            throw .invalidMember(name)
        } catch {
            throw .malformedSecret(error)
        }
        guard let text else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .invalidMember(name)
        }
        return text
    }

    /// A member that is a secret: `1*VSCHAR` (RFC 6749 appendix A).
    func secret(
        _ name: String, _ span: Span<UInt8>, _ limit: Int
    ) throws(OAuthFailure) -> SecretBytes? {
        let value: SecretBytes?
        do {
            value = try SecretJSON.string(at: [name], in: span)
        } catch {
            throw .malformedSecret(error)
        }
        guard let value else { return nil }
        guard OAuthText.isToken(value, limit: limit) else { throw .invalidMember(name) }
        return value
    }

    func endpoint(_ span: Span<UInt8>) throws(OAuthFailure) -> HTTPURL {
        let given = try text("token_endpoint", span, limit: HTTPLimits.urlBytes)
        let provider = try text("provider", span, limit: OAuthLimits.tenantBytes)
        let tenant = try text("tenant", span, limit: OAuthLimits.tenantBytes)
        let address: String
        switch (given, provider) {
        case (nil, nil): throw .missingMember("token_endpoint or provider")
        case (.some, .some): throw .twoEndpoints
        case (let given?, nil): address = given
        case (nil, let name?):
            address = try OAuthProvider(name: name, tenant: tenant).tokenEndpoint
        }
        let url: HTTPURL
        do {
            url = try HTTPURL(parsing: address)
        } catch {
            throw .invalidEndpoint(error)
        }
        guard url.scheme == .https else {
            throw .invalidEndpoint(.invalidURL("does not begin with https://"))
        }
        return url
    }
}

/// What tokens are made of.
enum OAuthText {
    /// Whether a value is `1*VSCHAR`, and not longer than `limit` (RFC 6749 appendix A).
    static func isToken(_ value: borrowing SecretBytes, limit: Int) -> Bool {
        guard (1...limit).contains(value.count) else { return false }
        return value.withSpan { span in
            span.indices.allSatisfy { (0x20...0x7E).contains(span[$0]) }
        }
    }
}
