package import Sodium
private import TLS

/// What a client claims and how it proves it; nothing is verified yet.
package struct SASLCredentials: ~Copyable, Sendable {
    /// How a client proves who it is.
    package enum Proof: ~Copyable, Sendable {
        /// The password itself, as PLAIN and LOGIN send it, or the access token of XOAUTH2 and
        /// OAUTHBEARER.
        case password(SecretBytes)
        /// HMAC-MD5 of the challenge under the password (RFC 2195): 16 bytes.
        case cramMD5(challenge: [UInt8], digest: [UInt8])
    }

    /// The mechanism that carried the claim.
    package let mechanism: SASLMechanism
    /// Who authenticates: not empty, without control characters.
    package let username: String
    /// As whom to act; empty for oneself.
    package let authorizationID: String
    /// The proof.
    package let proof: Proof

    /// Whether the proof was made with `password`, in time that depends on lengths alone.
    package borrowing func matches(password: borrowing SecretBytes) -> Bool {
        password.withSpan { expected in
            switch proof {
            case .password(let claimed):
                claimed.withSpan { ConstantTime.equal($0, expected) }
            case .cramMD5(let challenge, let digest):
                ConstantTime.equal(
                    HMAC.md5(key: expected, message: challenge.span).span, digest.span)
            }
        }
    }

    /// Lends the password that the client sent, to look it up as a token; `nil` for a digest.
    package borrowing func withPassword<R, E>(
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R? {
        switch proof {
        case .password(let claimed): try claimed.withSpan(body)
        case .cramMD5: nil
        }
    }
}
