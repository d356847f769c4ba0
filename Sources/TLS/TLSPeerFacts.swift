/// What is known of a session and its peer, for diagnosis.
package struct TLSPeerFacts: Sendable, Hashable {
    /// What the peer's identity rests on.
    package enum Verification: Sendable, Hashable {
        /// Its chain ends at a trusted authority; a server's leaf names the server.
        case authority
        /// Its leaf has a pinned fingerprint.
        case fingerprint
        /// Nothing: the policy asks for no proof, or the peer is a client that was not asked.
        case unchecked
        /// It was refused for this reason.
        case refused(TLSError)
    }

    /// The version agreed on, such as `TLSv1.3`.
    package let version: String
    /// The cipher suite agreed on, by OpenSSL's name.
    package let cipher: String
    /// The chain as the peer sent it, its own certificate first; at most
    /// `TLSLimits.describedCertificates`, and empty when a client was not asked for it.
    package let chain: [CertificateFacts]
    /// What the peer's identity rests on.
    package let verification: Verification

    /// Whether the peer has proved its identity.
    package var isVerified: Bool {
        switch verification {
        case .authority, .fingerprint: true
        case .unchecked, .refused: false
        }
    }
}
