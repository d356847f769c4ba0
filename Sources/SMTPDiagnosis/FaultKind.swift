package import TLS

/// What a lower layer found wrong: SMTP's failure carries only its words.
package enum FaultKind: String, Sendable, Hashable, CaseIterable {
    // TLS
    case expired
    case notYetValid
    case nameMismatch
    case untrusted
    case selfSigned
    case wrongPurpose
    case weakCertificate
    case invalidCertificate
    case fingerprintMismatch
    case protocolVersion
    case notTLS
    case certificateDemanded
    // Connecting
    case connectionRefused
    case unreachable
    case hostNotFound
    case nameServiceFailed
    // SASL
    case iterations
    case channelBinding

    /// The fault of a TLS session, unless it has nothing to say beyond "TLS failed".
    package init?(_ error: TLSError) {
        switch error {
        case .certificateExpired: self = .expired
        case .certificateNotYetValid: self = .notYetValid
        case .nameMismatch: self = .nameMismatch
        case .untrusted: self = .untrusted
        case .selfSigned: self = .selfSigned
        case .wrongPurpose: self = .wrongPurpose
        case .weakCertificate: self = .weakCertificate
        case .invalidCertificate: self = .invalidCertificate
        case .fingerprintMismatch: self = .fingerprintMismatch
        case .protocolVersion: self = .protocolVersion
        case .notTLS: self = .notTLS
        case .alertReceived(let alert) where alert.code == 70: self = .protocolVersion
        case .alertReceived(let alert) where alert.code == 116: self = .certificateDemanded
        default: return nil
        }
    }

    /// Finds the fault whose own words a failure's detail holds.
    init?(detail: FailureText) {
        for (fragment, kind) in Self.fragments where detail.contains(fragment) {
            self = kind
            return
        }
        return nil
    }

    /// Words of `TLSError`, `EventLoopError`, `TransportFailure` and `SASLError`, in the order in
    /// which they are looked for; a test holds them to the first two.
    private static let fragments: [(String, FaultKind)] = [
        ("” expired at", .expired),
        ("” is not valid before", .notYetValid),
        ("certificate is for ", .nameMismatch),
        ("certificate names no host", .nameMismatch),
        ("which is not a trusted authority", .untrusted),
        ("has signed itself", .selfSigned),
        ("is not allowed to identify a server", .wrongPurpose),
        ("” is too weak", .weakCertificate),
        ("” is not valid: ", .invalidCertificate),
        ("which is not pinned", .fingerprintMismatch),
        ("no version of tls that is allowed", .protocolVersion),
        ("alert protocol_version", .protocolVersion),
        ("does not speak tls", .notTLS),
        ("alert certificate_required", .certificateDemanded),
        ("nothing listens at", .connectionRefused),
        ("no route leads to", .unreachable),
        ("no address is known for", .hostNotFound),
        ("looking up ", .nameServiceFailed),
        (" iterations", .iterations),
        ("is not bound to this tls session", .channelBinding),
        ("what is known of the tls session", .channelBinding),
    ]
}
