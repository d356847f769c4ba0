package import EventLoop
internal import HTTPClient
internal import HTTPCore
internal import Sodium
package import TLS
package import Transport
package import VaultModel

/// Renews access tokens at token endpoints, over verified TLS alone (RFC 6749 §6).
package struct OAuthTokenSource: Sendable {
    private let settings: HTTPSettings

    /// Says how token endpoints are reached.
    ///
    /// - Parameters:
    ///   - egress: Judges their addresses; port 443 is permitted besides its own ports, since a
    ///     policy for mail does not name it. `nil` permits all.
    ///   - trust: Whose signatures make a certificate trusted.
    ///   - limit: How long one renewal may take.
    /// - Throws: `.trust`.
    package init(
        egress: EgressPolicy?, trust: TLSTrust = .system, proxy: ProxySettings? = nil,
        sourceAddress: IPAddress? = nil, limit: Duration = OAuthLimits.renewal
    ) throws(OAuthFailure) {
        let context: TLSContext
        do {
            context = try TLSContext.client(TLSClientPolicy(trust: trust))
        } catch {
            throw .trust(error)
        }
        let https = HTTPURL.Scheme.https.defaultPort
        let policy = egress.map {
            EgressPolicy(allowed: $0.allowed, ports: $0.ports?.union([https]))
        }
        var settings = HTTPSettings(tls: context, egress: policy)
        settings.proxy = proxy
        settings.sourceAddress = sourceAddress
        settings.limit = limit
        self.settings = settings
    }

    /// Asks the secret's token endpoint for a new access token.
    ///
    /// - Throws: `OAuthFailure`; one with `isCredentialFailure` is not to be retried.
    package func renew(
        _ secret: borrowing OAuthClientSecret, on loop: EventLoop
    ) async throws(OAuthFailure) -> OAuthGrant {
        let request = try Self.request(secret)
        let response: HTTPResponse
        do {
            response = try await HTTPExchange.perform(request, with: settings, on: loop)
        } catch {
            throw .exchange(error)
        }
        return try OAuthGrant(reading: response, to: secret)
    }

    /// The form of RFC 6749 §6, with the client's secret in it as §2.3.1 allows.
    private static func request(
        _ secret: borrowing OAuthClientSecret
    ) throws(OAuthFailure) -> HTTPRequest {
        let body = try form(secret)
        do {
            var head = try HTTPRequestHead(.post, secret.tokenEndpoint)
            try head.add("Accept", "application/json")
            return try head.finish(body: body, type: FormBody.mediaType)
        } catch {
            throw .request(error)
        }
    }

    private static func form(
        _ secret: borrowing OAuthClientSecret
    ) throws(OAuthFailure) -> SecretBytes {
        let refreshToken = try secret.refreshToken()
        let clientSecret = try secret.clientSecret()
        do {
            var form = try FormBody()
            try form.add("grant_type", "refresh_token")
            try form.add("client_id", secret.clientID)
            if let clientSecret { try form.add("client_secret", secret: clientSecret) }
            try form.add("refresh_token", secret: refreshToken)
            if let scope = secret.scope { try form.add("scope", scope) }
            return form.finish()
        } catch {
            throw .secureMemory(error)
        }
    }
}
