/// What a certificate says, for people and for diagnosis.
///
/// Texts are bounded by `TLSLimits` and hold no control characters.
package struct CertificateFacts: Sendable, Hashable {
    /// The subject's distinguished name (RFC 4514), such as `CN=mail.example,O=Example`.
    package let subject: String
    /// The issuer's distinguished name.
    package let issuer: String
    /// Subject alternative names: hosts and addresses bare, others as `mail:…` or `uri:…`.
    package let names: [String]
    /// First second of validity, since 1970 (UTC).
    package let notBefore: Int64
    /// Last second of validity, since 1970 (UTC).
    package let notAfter: Int64
    /// SHA-256 of the DER form, 32 bytes: what a pin holds.
    package let sha256: [UInt8]
    /// Lower-case hexadecimal serial number.
    package let serialNumber: String
    /// Whether it may issue others (basic constraints).
    package let isAuthority: Bool
    /// Whether subject and issuer are the same.
    package let isSelfIssued: Bool

    /// The fingerprint as people compare it: 64 lower-case hexadecimal digits.
    package var fingerprint: String { Hexadecimal.text(sha256) }
}
