package import TLS

/// A mechanism of SASL (RFC 4422) that the vault speaks, by its registered name.
package enum SASLMechanism: String, Sendable, CaseIterable {
    /// RFC 4616.
    case plain = "PLAIN"
    /// Unregistered practice: draft-murchison-sasl-login.
    case login = "LOGIN"
    /// RFC 2195.
    case cramMD5 = "CRAM-MD5"
    /// RFC 5802.
    case scramSHA1 = "SCRAM-SHA-1"
    /// RFC 5802, bound to the TLS session.
    case scramSHA1Plus = "SCRAM-SHA-1-PLUS"
    /// RFC 7677.
    case scramSHA256 = "SCRAM-SHA-256"
    /// RFC 7677, bound to the TLS session.
    case scramSHA256Plus = "SCRAM-SHA-256-PLUS"
    /// As RFC 7677, with SHA-512: draft-melnikov-scram-sha-512.
    case scramSHA512 = "SCRAM-SHA-512"
    /// As RFC 7677, with SHA-512, bound to the TLS session.
    case scramSHA512Plus = "SCRAM-SHA-512-PLUS"
    /// Google's and Microsoft's practice for access tokens.
    case xoauth2 = "XOAUTH2"
    /// RFC 7628.
    case oauthBearer = "OAUTHBEARER"
    /// RFC 4422 appendix A: what TLS has proved is enough.
    case external = "EXTERNAL"

    /// Finds the mechanism of a name as a peer writes it, in any case (RFC 4954 §4).
    package init?(name: String) {
        self.init(rawValue: name.uppercased())
    }

    /// Whether the secret itself crosses the wire, so that the mechanism needs TLS.
    package var sendsPassword: Bool {
        switch self {
        case .plain, .login, .xoauth2, .oauthBearer: true
        default: false
        }
    }

    /// Whether the secret is an access token (RFC 6750) in place of a password.
    package var takesToken: Bool { self == .xoauth2 || self == .oauthBearer }

    /// Whether the secret is a password.
    package var takesPassword: Bool { !takesToken && self != .external }

    /// Whether the exchange holds for one TLS session alone.
    package var needsChannelBinding: Bool {
        switch self {
        case .scramSHA1Plus, .scramSHA256Plus, .scramSHA512Plus: true
        default: false
        }
    }

    /// Whether the server proves that it knows the password too, so that its word alone counts for
    /// nothing.
    package var provesServer: Bool { digest != nil }

    /// Whether a client may send its first answer with the command, before any challenge.
    ///
    /// Servers know LOGIN with its first prompt; few know it with the name already given.
    package var supportsInitialResponse: Bool { self != .login && self != .cramMD5 }

    /// Whether an exchange can ask to act as somebody else.
    package var carriesAuthorizationID: Bool {
        switch self {
        case .login, .cramMD5, .xoauth2: false
        default: true
        }
    }

    /// The hash function of a SCRAM mechanism.
    package var digest: Digest? {
        switch self {
        case .scramSHA1, .scramSHA1Plus: .sha1
        case .scramSHA256, .scramSHA256Plus: .sha256
        case .scramSHA512, .scramSHA512Plus: .sha512
        default: nil
        }
    }
}
