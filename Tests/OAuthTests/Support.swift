import EventLoop
import HTTPTestServer
import OAuth
import Sodium
import TLS
import VaultModel

/// What a secret holds, for comparison.
func text(_ secret: borrowing SecretBytes) -> String {
    secret.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
}

/// A secret of a text.
func secret(_ text: String) throws -> SecretBytes {
    try SodiumRuntime.start(allowSwap: true)
    return try SecretBytes(copying: Array(text.utf8).span)
}

/// What a renewal brought, in a form that can be compared.
struct Granted: Sendable, Equatable {
    var token: String
    var expiresIn: Duration
    var rotated: String?

    init(token: String, expiresIn: Duration, rotated: String? = nil) {
        self.token = token
        self.expiresIn = expiresIn
        self.rotated = rotated
    }

    init(_ grant: borrowing OAuthGrant) {
        token = text(grant.accessToken)
        expiresIn = grant.expiresIn
        switch grant.rotatedSecret {
        case .some(let secret): rotated = text(secret)
        case .none: rotated = nil
        }
    }
}

/// A token endpoint on loopback and a secret for it.
struct RenewalFixture: Sendable {
    var answer: ScriptedAnswer
    var trustsServer = true
    var egress: (allow: String, ports: String?) = ("127.0.0.0/8", "any")
    var limit = Duration.seconds(60)
    /// Members of the secret besides the endpoint.
    var members = #""client_id":"id","client_secret":"c/s+ =&","refresh_token":"r%t~*""#

    struct Outcome: Sendable {
        let result: Result<Granted, OAuthFailure>
        let requests: [String]

        var failure: OAuthFailure? {
            if case .failure(let failure) = result { failure } else { nil }
        }

        /// The body of the one request.
        var form: String? {
            requests.count == 1 ? requests[0].split(separator: "\r\n").last.map(String.init) : nil
        }
    }

    func run() async throws -> Outcome {
        let authority = try CertificateAuthority(commonName: "Test Authority")
        let other = try CertificateAuthority(commonName: "Other Authority")
        let pem = try (trustsServer ? authority : other).certificate.pem()
        let identity = try authority.issue(names: ["127.0.0.1"])
        let policy = try EgressPolicy(allow: egress.allow, ports: egress.ports)
        return try await ScriptedHTTPServer.serving([answer], identity: identity) {
            server, port, loop in
            let source = try OAuthTokenSource(
                egress: policy, trust: .authorities(pem: [pem]), limit: limit)
            let json = "{\(members),\"token_endpoint\":\"https://127.0.0.1:\(port)/token\"}"
            let client = try OAuthClientSecret(parsing: secret(json))
            let result: Result<Granted, OAuthFailure>
            do throws(OAuthFailure) {
                result = .success(Granted(try await source.renew(client, on: loop)))
            } catch {
                result = .failure(error)
            }
            return Outcome(result: result, requests: server.requests)
        }
    }
}
