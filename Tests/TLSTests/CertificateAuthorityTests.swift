import Testing

@testable import TLS

@Test("An authority works on after it was stored and taken up again")
func authorityRoundTrip() throws {
    let made = try TestAuthority()
    let key = try made.authority.exportKeyPEM().withSpan { span in try PrivateKey(pem: span) }
    let taken = try CertificateAuthority(certificatePEM: made.pem, key: key)
    let identity = try taken.issue(names: ["mail.example.com"])
    let server = try TLSContext.server(chainPEM: identity.chainPEM, key: identity.key)
    let pair = SessionPair(
        client: try TLSContext.client(made.policy)
            .makeSession(to: TLSServerName("mail.example.com")),
        server: try server.makeSession())
    #expect(pair.shakeHands().isComplete)
}

@Test("An authority is not taken up with another's key, nor from a server's certificate")
func wrongAuthority() throws {
    let made = try TestAuthority()
    #expect(throws: TLSError.keyMismatch) {
        _ = try CertificateAuthority(certificatePEM: made.pem, key: PrivateKey())
    }
    let identity = try made.authority.issue(names: ["mail.example.com"])
    #expect(throws: TLSError.notAnAuthority(subject: "CN=mail.example.com")) {
        _ = try CertificateAuthority(certificatePEM: identity.chainPEM, key: identity.key)
    }
}

@Test("A server does not start with a key of another certificate")
func wrongServerKey() throws {
    let identity = try TestAuthority().authority.issue(names: ["mail.example.com"])
    #expect(throws: TLSError.keyMismatch) {
        try TLSContext.server(chainPEM: identity.chainPEM, key: PrivateKey())
    }
}

@Test("A certificate is not valid beyond its authority")
func validityOfLeaf() throws {
    let authority = try CertificateAuthority(commonName: "Short", days: 10)
    let identity = try authority.issue(names: ["mail.example.com"], days: 365)
    let leaf = try #require(try Certificate.list(pem: identity.chainPEM).first)
    #expect(leaf.facts.notAfter == authority.certificate.facts.notAfter)
}

@Test("Names and days that make no certificate are refused")
func badRequests() throws {
    let authority = try CertificateAuthority(commonName: String(repeating: "ü", count: 100))
    #expect(authority.certificate.facts.subject == "CN=" + String(repeating: "ü", count: 32))
    #expect(throws: TLSError.invalidNameCount(0)) { _ = try authority.issue(names: []) }
    #expect(throws: TLSError.invalidNameCount(101)) {
        _ = try authority.issue(names: [String](repeating: "a", count: 101))
    }
    #expect(throws: TLSError.invalidServerName("*.192.0.2.1")) {
        _ = try authority.issue(names: ["*.192.0.2.1"])
    }
    #expect(throws: TLSError.invalidServerName("a,IP:1.2.3.4")) {
        _ = try authority.issue(names: ["a,IP:1.2.3.4"])
    }
    for days in [0, -1, TLSLimits.validityDays + 1, Int.max] {
        #expect(throws: TLSError.invalidValidity(days: days)) {
            _ = try authority.issue(names: ["a.example"], days: days)
        }
    }
}
