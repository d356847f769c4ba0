private import Glibc

/// An authority of one's own, for servers on private networks and in tests.
package struct CertificateAuthority: Sendable {
    /// What a server presents and holds.
    package struct ServerIdentity: Sendable {
        /// The server's certificate as PEM text, for `TLSContext.server`.
        package let chainPEM: [UInt8]
        /// The server's private key.
        package let key: PrivateKey
    }

    /// The certificate that clients shall trust.
    package let certificate: Certificate
    private let key: PrivateKey

    /// Makes a new authority with a key on P-256 that signs itself.
    ///
    /// - Parameters:
    ///   - commonName: Its name, cut to 64 bytes of UTF-8 (RFC 5280 appendix A).
    ///   - days: How long it is valid, from an hour ago.
    /// - Throws: `TLSError.invalidValidity` or `.library`.
    package init(commonName: String, days: Int = 3_650) throws(TLSError) {
        let key = try PrivateKey()
        let validity = try Self.validity(days: days)
        let template = CertificateTemplate(
            commonName: Self.shortened(commonName), notBefore: validity.lowerBound,
            notAfter: validity.upperBound, purpose: .authority)
        self.certificate = try template.signed(for: key, by: nil)
        self.key = key
    }

    /// Takes up an authority that was made before.
    ///
    /// - Throws: `TLSError.notAnAuthority`, `.keyMismatch`, or what the PEM text is refused for.
    package init(certificatePEM: [UInt8], key: PrivateKey) throws(TLSError) {
        guard let certificate = try Certificate.list(pem: certificatePEM).first else {
            throw .noCertificate
        }
        guard certificate.facts.isAuthority else {
            throw .notAnAuthority(subject: certificate.facts.subject)
        }
        guard certificate.belongs(to: key) else { throw .keyMismatch }
        self.certificate = certificate
        self.key = key
    }

    /// The private key's PEM text, for the caller to seal.
    ///
    /// - Throws: `TLSError.library`.
    package func exportKeyPEM() throws(TLSError) -> PrivateKeyPEM {
        try key.exportPEM()
    }

    /// Makes a key and a certificate for a server that is reached by `names`.
    ///
    /// - Parameters:
    ///   - names: Host names in A-label form, `*.` with a host name, or IP addresses.
    ///   - days: How long it is valid, from an hour ago, and not beyond the authority itself.
    /// - Throws: `TLSError.invalidServerName`, `.invalidNameCount`, `.invalidValidity`, `.library`.
    package func issue(
        names: [String], days: Int = 365
    ) throws(TLSError) -> ServerIdentity {
        guard (1...TLSLimits.issuedNames).contains(names.count) else {
            throw .invalidNameCount(names.count)
        }
        let validity = try Self.validity(days: days)
        let notAfter = min(validity.upperBound, certificate.facts.notAfter)
        var template = CertificateTemplate(notBefore: validity.lowerBound, notAfter: notAfter)
        for name in names {
            let isWildcard = name.hasPrefix("*.")
            let parsed = try TLSServerName(isWildcard ? String(name.dropFirst(2)) : name)
            switch parsed.kind {
            case .host(let host): template.hosts.append(isWildcard ? "*.\(host)" : host)
            case .address where isWildcard: throw .invalidServerName(name)
            case .address(let bytes): template.addresses.append(bytes)
            }
        }
        if let first = names.first, first.utf8.count <= TLSLimits.commonNameBytes {
            template.commonName = first
        }
        return try issue(template)
    }

    /// Signs whatever `template` says, under a new key.
    func issue(_ template: CertificateTemplate) throws(TLSError) -> ServerIdentity {
        let leafKey = try PrivateKey()
        let issuer = CertificateTemplate.Issuer(certificate: certificate, key: key)
        let leaf = try template.signed(for: leafKey, by: issuer)
        return ServerIdentity(chainPEM: try leaf.pem(), key: leafKey)
    }

    /// From an hour ago, for peers whose clocks are slow.
    private static func validity(days: Int) throws(TLSError) -> ClosedRange<Int64> {
        guard (1...TLSLimits.validityDays).contains(days) else {
            throw .invalidValidity(days: days)
        }
        let now = Int64(time(nil))
        return (now - 3_600)...(now + Int64(days) * 86_400)
    }

    private static func shortened(_ name: String) -> String {
        var result = ""
        for character in name {
            if result.utf8.count + character.utf8.count > TLSLimits.commonNameBytes { break }
            result.append(character)
        }
        return result
    }
}
