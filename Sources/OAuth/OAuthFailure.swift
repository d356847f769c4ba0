internal import Explained
package import HTTPClient
package import HTTPCore
package import SecretJSON
package import Sodium
package import TLS

/// Why there is no access token; no case holds a secret or a text of the server's.
package enum OAuthFailure: ExplainedError, Equatable {
    // The stored secret.
    /// The secret is not the JSON that is expected.
    case malformedSecret(SecretJSONError)
    /// The secret lacks a member.
    case missingMember(String)
    /// A member of the secret is empty, too long, or holds a character that it must not.
    case invalidMember(String)
    /// The secret names an endpoint in two ways, by `provider` and by `token_endpoint`.
    case twoEndpoints
    /// The token endpoint is no https URL.
    case invalidEndpoint(HTTPError)

    // The token endpoint.
    /// The trusted authorities cannot be used.
    case trust(TLSError)
    /// The request cannot be made.
    case request(HTTPError)
    /// There was no answer.
    case exchange(HTTPFailure)
    /// The server refused and said why.
    case refused(OAuthErrorCode)
    /// The server refused and did not say why, or is out of order.
    case unexpectedStatus(Int)
    /// The server's answer is not what RFC 6749 §5.1 says; the reason is one of ours.
    case malformedGrant(String)

    // Here.
    /// The new refresh token could not be stored, so that the access token is not used.
    case notStored(String)
    /// The access token ended before the refresh token that came with it could be stored.
    case endedUnstored
    /// The slab refused.
    case secureMemory(SodiumError)

    /// Whether the stored credential itself was refused, so that trying it again only does harm.
    package var isCredentialFailure: Bool {
        if case .refused(let code) = self { !code.mayPass } else { false }
    }

    /// Whether the stored secret cannot be used for any request.
    package var isMalformedSecret: Bool {
        switch self {
        case .malformedSecret, .missingMember, .invalidMember, .twoEndpoints, .invalidEndpoint:
            true
        default: false
        }
    }

    package var explanation: (cause: String, remedy: String) {
        secretExplanation ?? exchangeExplanation
    }
}

// MARK: - Texts

extension OAuthFailure {
    private var secretExplanation: (cause: String, remedy: String)? {
        switch self {
        case .malformedSecret(let error):
            (
                "the OAuth secret is not usable: \(error.explanation.cause)",
                "store a JSON object with client_id, refresh_token and provider or token_endpoint"
            )
        case .missingMember(let name):
            ("the OAuth secret has no \(name)", "store it again with \(name)")
        case .invalidMember(let name):
            (
                "\(name) of the OAuth secret is empty, too long or holds a forbidden character",
                "store it again with a correct \(name)"
            )
        case .twoEndpoints:
            (
                "the OAuth secret has both provider and token_endpoint",
                "store it again with one of them"
            )
        case .invalidEndpoint(let error):
            (
                "token_endpoint of the OAuth secret is not usable: \(error.explanation.cause)",
                "store it again with the provider's https:// address"
            )
        default: nil
        }
    }

    private var exchangeExplanation: (cause: String, remedy: String) {
        switch self {
        case .trust(let error): error.explanation
        case .request(let error): error.explanation
        case .exchange(let failure):
            (
                "the token endpoint did not answer: \(failure.explanation.cause)",
                failure.explanation.remedy
            )
        case .refused(.unrecognized):
            ("the token endpoint refused the request", OAuthErrorCode.unrecognized.remedy)
        case .refused(let code):
            ("the token endpoint refused the request: \(code.rawValue)", code.remedy)
        case .unexpectedStatus(let status):
            (
                "the token endpoint answered with status \(status)",
                status >= 500 || status == 429
                    ? "retry later" : "check that token_endpoint is the right one"
            )
        case .malformedGrant(let reason):
            (
                "the token endpoint's answer \(reason)",
                "check that token_endpoint is the right one"
            )
        case .notStored(let reason):
            (
                "the renewed refresh token could not be stored: \(reason)",
                "make the vault writable, then retry; until then no access token is used"
            )
        case .endedUnstored:
            ("the access token ended while its refresh token could not be stored", "retry")
        case .secureMemory(let error): error.explanation
        default: ("no access token was granted", "retry")
        }
    }
}
