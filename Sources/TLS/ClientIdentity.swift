/// What a client shows to a server that asks who it is: a certificate and its private key.
///
/// Identities are equal when their certificates are.
package struct ClientIdentity: Sendable, Hashable {
    /// The client's own certificate first, its authorities after it.
    let certificates: [Certificate]
    let key: PrivateKey
    private let fingerprints: [[UInt8]]

    /// Reads the chain, the client's own certificate first.
    ///
    /// - Throws: `TLSError.keyMismatch` when `key` is another's, `.noCertificate`, `.malformedPEM`
    ///   or `.pemTooLarge`.
    package init(chainPEM: [UInt8], key: PrivateKey) throws(TLSError) {
        certificates = try Certificate.list(pem: chainPEM)
        guard certificates[0].belongs(to: key) else { throw .keyMismatch }
        self.key = key
        fingerprints = certificates.map { $0.fingerprint }
    }

    /// SHA-256 of the client's own certificate (DER), 32 bytes.
    package var fingerprintSHA256: [UInt8] { fingerprints[0] }

    package static func == (one: ClientIdentity, other: ClientIdentity) -> Bool {
        one.fingerprints == other.fingerprints
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(fingerprints) }
}
