/// Every length and count that a peer or a file can choose, in one table.
package enum TLSLimits {
    /// Plain text that one record carries (RFC 8446 §5.1), in bytes.
    package static let recordBytes = 16_384
    /// Cipher text received and not yet decrypted, in bytes.
    package static let inputBytes = 1_048_576
    /// The certificate chain that a peer presents, in bytes.
    package static let peerChainBytes = 65_536
    /// Certificates between a leaf and its trust anchor.
    package static let chainDepth = 8
    /// Certificates of a presented chain that `TLSPeerFacts` describes.
    package static let describedCertificates = 10
    /// Subject alternative names that `CertificateFacts` lists.
    package static let describedNames = 100
    /// Unicode scalars of one name taken from a certificate.
    package static let nameScalars = 512
    /// A PEM text, in bytes: the bundle of a system's authorities has about 220,000.
    package static let pemBytes = 2_097_152
    /// Certificates in one PEM text.
    package static let pemCertificates = 1_024
    /// A private key's PEM text, in bytes.
    package static let keyPEMBytes = 65_536
    /// A host name without its final dot (RFC 1035 §2.3.4), in bytes.
    package static let hostNameBytes = 253
    /// One label of a host name (RFC 1035 §2.3.4), in bytes.
    package static let hostLabelBytes = 63
    /// Names and addresses in a certificate that `CertificateAuthority` issues.
    package static let issuedNames = 100
    /// Days that a certificate of `CertificateAuthority` can be valid.
    package static let validityDays = 36_500
    /// Iterations of one `PBKDF2` derivation.
    package static let derivationIterations = 10_000_000
    /// A common name (RFC 5280 appendix A, `ub-common-name`), in bytes.
    package static let commonNameBytes = 64
}
