internal import Explained

/// Why a TLS session, a certificate or a private key was refused.
///
/// Times are seconds since 1970 (UTC). Texts that come from a certificate are bounded and hold no
/// control characters.
package enum TLSError: ExplainedError, Hashable {
    // The peer's identity.
    /// A certificate of the chain is past its last second.
    case certificateExpired(subject: String, notAfter: Int64)
    /// A certificate of the chain has not reached its first second.
    case certificateNotYetValid(subject: String, notBefore: Int64)
    /// The leaf names other hosts (RFC 9525 §6); `presented` lists its DNS and IP names.
    case nameMismatch(wanted: String, presented: [String])
    /// The chain ends at an authority that is not trusted, or breaks off before any authority.
    case untrusted(subject: String, issuer: String)
    /// The leaf has signed itself and is not among the trusted certificates.
    case selfSigned(subject: String)
    /// The leaf, or an authority above it, may not be used for a server (extended key usage).
    case wrongPurpose(subject: String)
    /// A key or signature of the chain is below the system's security level.
    case weakCertificate(subject: String)
    /// Another rule of RFC 5280 is broken; `reason` is OpenSSL's text.
    case invalidCertificate(subject: String, reason: String)
    /// None of the pinned fingerprints is the leaf's.
    case fingerprintMismatch(presentedSHA256: [UInt8])

    // The protocol.
    /// The peer speaks no version of TLS that the policy allows.
    case protocolVersion
    /// The peer speaks something else, most likely SMTP in plain text.
    case notTLS
    /// The peer gave up with this alert (RFC 8446 §6).
    case alertReceived(TLSAlert)
    /// The peer closed the session, or `shutdown` was called.
    case closed
    /// The stream ended without the peer's `close_notify`: what was read may lack its end.
    case truncated
    /// More cipher text is waiting than `TLSLimits.inputBytes`.
    case inputOverflow
    /// OpenSSL refused what the peer sent; the text is OpenSSL's.
    case protocolFailure(String)

    // Settings.
    /// Not a host name in A-label form and not an IP address.
    case invalidServerName(String)
    /// A pin is not a SHA-256 fingerprint: it has `count` bytes in place of 32.
    case invalidFingerprint(count: Int)
    /// A number of days outside `1...TLSLimits.validityDays`.
    case invalidValidity(days: Int)
    /// No name, or more names than `TLSLimits.issuedNames`.
    case invalidNameCount(Int)
    /// The PEM text has more bytes or blocks than a limit allows.
    case pemTooLarge(limit: Int)
    /// A PEM block does not hold what its label says.
    case malformedPEM(String)
    /// The PEM text holds no certificate.
    case noCertificate
    /// The PEM text holds no private key that OpenSSL can read.
    case malformedKey
    /// The private key is locked with a passphrase.
    case encryptedKey
    /// The private key does not belong to the first certificate.
    case keyMismatch
    /// The certificate is not an authority and cannot issue others.
    case notAnAuthority(subject: String)
    /// The system has no store of certificate authorities.
    case noSystemAuthorities
    /// OpenSSL failed for a reason outside the input, most likely a lack of memory.
    case library(String)

    package var explanation: (cause: String, remedy: String) {
        identityExplanation ?? protocolExplanation ?? settingsExplanation
    }

    /// Whether the peer's identity was refused, which no retry mends.
    package var concernsIdentity: Bool { identityExplanation != nil }
}

// MARK: - Texts

extension TLSError {
    private var identityExplanation: (cause: String, remedy: String)? {
        switch self {
        case .certificateExpired(let subject, let notAfter):
            (
                "the certificate “\(subject)” expired at \(UTCTime(notAfter))",
                "ask the server's operator to renew it, and check this machine's clock"
            )
        case .certificateNotYetValid(let subject, let notBefore):
            (
                "the certificate “\(subject)” is not valid before \(UTCTime(notBefore))",
                "check this machine's clock"
            )
        case .nameMismatch(let wanted, let presented):
            (
                presented.isEmpty
                    ? "the server's certificate names no host, so not \(wanted) either"
                    : "the server's certificate is for \(presented.joined(separator: ", ")), "
                        + "not for \(wanted)",
                "connect to a name of the certificate, or set that name as the TLS server name"
            )
        case .untrusted(let subject, let issuer):
            (
                "“\(subject)” was issued by “\(issuer)”, which is not a trusted authority",
                "add that authority's certificate to this connection, or pin the fingerprint"
            )
        case .selfSigned(let subject):
            (
                "the server's certificate “\(subject)” has signed itself",
                "add it to this connection's trusted certificates, or pin its fingerprint"
            )
        case .wrongPurpose(let subject):
            (
                "the certificate “\(subject)” is not allowed to identify a server",
                "ask the server's operator for one with the extended key usage serverAuth"
            )
        case .weakCertificate(let subject):
            (
                "the key or signature of the certificate “\(subject)” is too weak",
                "ask the server's operator to replace it"
            )
        case .invalidCertificate(let subject, let reason):
            (
                "the certificate “\(subject)” is not valid: \(reason)",
                "ask the server's operator to replace it"
            )
        case .fingerprintMismatch(let fingerprint):
            (
                "the server's certificate has the fingerprint \(Hexadecimal.text(fingerprint)), "
                    + "which is not pinned",
                "find out whether the server's certificate was renewed before pinning the new one"
            )
        default: nil
        }
    }

    private var protocolExplanation: (cause: String, remedy: String)? {
        switch self {
        case .protocolVersion:
            (
                "the peer speaks no version of TLS that is allowed here",
                "enable TLS 1.2 or 1.3 on the peer"
            )
        case .notTLS:
            (
                "the peer does not speak TLS on this port",
                "use STARTTLS on this port (usually 587), or the port for implicit TLS (usually 465)"
            )
        case .alertReceived(let alert):
            ("the peer ended the TLS session with the alert \(alert)", alert.remedy)
        case .closed:
            ("the TLS session is closed", "open a new connection")
        case .truncated:
            (
                "the connection broke off without a TLS close, so data may be missing",
                "retry; if it persists, look for a firewall or proxy that cuts connections"
            )
        case .inputOverflow:
            (
                "more than \(TLSLimits.inputBytes) bytes of TLS data are waiting to be decrypted",
                "decrypt what has arrived before receiving more"
            )
        case .protocolFailure(let reason):
            ("the TLS session failed: \(reason)", "check the peer's TLS settings, then retry")
        default: nil
        }
    }

    private var settingsExplanation: (cause: String, remedy: String) {
        switch self {
        case .invalidServerName(let name):
            (
                "“\(name)” is neither a host name nor an IP address",
                "write an international name in its xn-- form, an address without brackets"
            )
        case .invalidFingerprint(let count):
            (
                "a pinned fingerprint has \(count) bytes",
                "use the SHA-256 fingerprint of the server's certificate, which has 32"
            )
        case .invalidValidity(let days):
            (
                "a certificate cannot be valid for \(days) days",
                "choose 1 to \(TLSLimits.validityDays)"
            )
        case .invalidNameCount(let count):
            (
                "a certificate cannot be issued for \(count) names",
                "choose 1 to \(TLSLimits.issuedNames)"
            )
        case .pemTooLarge(let limit):
            ("the PEM text exceeds the limit of \(limit)", "split it or remove what is not needed")
        case .malformedPEM(let reason):
            ("a certificate in the PEM text is malformed: \(reason)", "export it again")
        case .noCertificate:
            (
                "the text holds no certificate",
                "give PEM text with a “BEGIN CERTIFICATE” block"
            )
        case .malformedKey:
            ("the text holds no readable private key", "give PEM text in PKCS #8 form")
        case .encryptedKey:
            (
                "the private key is locked with a passphrase",
                "unlock it first, for example with “openssl pkey”"
            )
        case .keyMismatch:
            (
                "the private key does not belong to the first certificate",
                "put the server's own certificate first, its authorities after it"
            )
        case .notAnAuthority(let subject):
            ("“\(subject)” is not a certificate authority", "give the authority's certificate")
        case .noSystemAuthorities:
            (
                "this system has no certificate authorities",
                "install the package ca-certificates, or name the authorities to trust"
            )
        case .library(let reason):
            ("OpenSSL failed: \(reason)", "free some memory, then retry")
        default: ("the TLS session failed", "retry")
        }
    }
}
