/// The oldest version of TLS that a session accepts.
package enum TLSVersion: String, Sendable, Hashable, CaseIterable {
    /// RFC 5246.
    case tls12 = "1.2"
    /// RFC 8446.
    case tls13 = "1.3"
}

/// Whose signatures make a server's certificate trusted.
package enum TLSTrust: Sendable, Hashable {
    /// The authorities of the operating system.
    case system
    /// The certificates in these PEM texts, and no others.
    ///
    /// Each is an anchor of its own, also an intermediate authority or the server's certificate.
    case authorities(pem: [[UInt8]])
}

/// What a client demands of a server, apart from its name: the key for caching a `TLSContext`.
package struct TLSClientPolicy: Sendable, Hashable {
    /// Whose signatures are trusted; unused when `fingerprintsSHA256` is not empty.
    package var trust: TLSTrust
    /// SHA-256 fingerprints of certificates (DER), 32 bytes each.
    ///
    /// When there are any, exactly the servers whose own certificate has one of them are accepted,
    /// whatever its chain, names and dates say.
    package var fingerprintsSHA256: [[UInt8]]
    /// Whether the server must prove its identity; without, anyone on the way can read along.
    package var verifyPeer: Bool
    /// The oldest version accepted.
    package var minimumVersion: TLSVersion
    /// The newest version spoken; `nil` for the newest there is.
    package var maximumVersion: TLSVersion?
    /// What the client shows to a server that asks who it is; without, it shows nothing.
    package var identity: ClientIdentity?

    /// Demands verification against `trust`, unless told otherwise.
    package init(
        trust: TLSTrust = .system, fingerprintsSHA256: [[UInt8]] = [], verifyPeer: Bool = true,
        minimumVersion: TLSVersion = .tls12, maximumVersion: TLSVersion? = nil,
        identity: ClientIdentity? = nil
    ) {
        self.trust = trust
        self.fingerprintsSHA256 = fingerprintsSHA256
        self.verifyPeer = verifyPeer
        self.minimumVersion = minimumVersion
        self.maximumVersion = maximumVersion
        self.identity = identity
    }
}
