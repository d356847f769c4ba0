import Glibc
import Testing

@testable import TLS

/// What a server presents, what the client wants, and what must come of it.
struct CertificateFixture: CustomTestStringConvertible, Sendable {
    enum Expectation: Sendable {
        case accepted
        case expired
        case notYetValid
        case nameMismatch(presented: [String])
        case wrongPurpose
    }

    let title: String
    var wanted = "mail.example.com"
    var commonName: String? = "Some Server"
    var hosts: [String] = []
    var addresses: [[UInt8]] = []
    /// Seconds from now.
    var validity: ClosedRange<Int64> = -3_600...3_600
    var purpose = CertificateTemplate.Purpose.server
    let expected: Expectation

    var testDescription: String { title }

    var template: CertificateTemplate {
        let now = Int64(time(nil))
        return CertificateTemplate(
            commonName: commonName, hosts: hosts, addresses: addresses,
            notBefore: now + validity.lowerBound, notAfter: now + validity.upperBound,
            purpose: purpose)
    }

    private static func wildcard(
        _ pattern: String, _ wanted: String, matches: Bool
    ) -> CertificateFixture {
        CertificateFixture(
            title: "\(pattern) for \(wanted)", wanted: wanted, hosts: [pattern],
            expected: matches ? .accepted : .nameMismatch(presented: [pattern]))
    }

    static let all: [CertificateFixture] = [
        CertificateFixture(title: "good", hosts: ["mail.example.com"], expected: .accepted),
        CertificateFixture(
            title: "empty subject", commonName: nil, hosts: ["mail.example.com"],
            expected: .accepted),
        CertificateFixture(
            title: "another case and a final dot", wanted: "MAIL.example.COM.",
            hosts: ["Mail.Example.com"], expected: .accepted),
        CertificateFixture(
            title: "second of two names", hosts: ["smtp.example.com", "mail.example.com"],
            expected: .accepted),
        CertificateFixture(
            title: "expired", hosts: ["mail.example.com"], validity: -7_200 ... -60,
            expected: .expired),
        CertificateFixture(
            title: "not yet valid", hosts: ["mail.example.com"], validity: 600...7_200,
            expected: .notYetValid),
        CertificateFixture(
            title: "wrong name", hosts: ["smtp.example.com"],
            expected: .nameMismatch(presented: ["smtp.example.com"])),
        CertificateFixture(
            title: "longer name", hosts: ["mail.example.com.evil.example"],
            expected: .nameMismatch(presented: ["mail.example.com.evil.example"])),
        CertificateFixture(
            title: "common name alone", commonName: "mail.example.com",
            expected: .nameMismatch(presented: [])),
        CertificateFixture(
            title: "common name beside another name", commonName: "mail.example.com",
            hosts: ["smtp.example.com"], expected: .nameMismatch(presented: ["smtp.example.com"])),
        CertificateFixture(
            title: "NUL in the name", hosts: ["mail.example.com\0.evil.example"],
            expected: .nameMismatch(presented: ["mail.example.com\\u{0}.evil.example"])),
        CertificateFixture(
            title: "name that begins with a dot", hosts: [".example.com"],
            expected: .nameMismatch(presented: [".example.com"])),
        CertificateFixture(
            title: "IDN as A-label", wanted: "xn--mller-kva.example",
            hosts: ["xn--mller-kva.example"], expected: .accepted),
        CertificateFixture(
            title: "wrong extended key usage", hosts: ["mail.example.com"], purpose: .client,
            expected: .wrongPurpose),
        wildcard("*.example.com", "mail.example.com", matches: true),
        wildcard("*.example.com", "xn--mller-kva.example.com", matches: true),
        wildcard("*.example.com", "a.b.example.com", matches: false),
        wildcard("*.example.com", "example.com", matches: false),
        wildcard("*.a.b", "x.a.b", matches: true),
        wildcard("*.a.b", "x.y.a.b", matches: false),
        wildcard("*.*.b.c", "x.y.b.c", matches: false),
        wildcard("m*.example.com", "mail.example.com", matches: false),
        wildcard("*l.example.com", "mail.example.com", matches: false),
        wildcard("m*l.example.com", "mail.example.com", matches: false),
        wildcard("mail.*.com", "mail.example.com", matches: false),
        wildcard("*.com", "example.com", matches: false),
        wildcard("*", "localhost", matches: false),
        wildcard("*.0.2.1", "192.0.2.1", matches: false),
        CertificateFixture(
            title: "IPv4 address", wanted: "192.0.2.1", addresses: [[192, 0, 2, 1]],
            expected: .accepted),
        CertificateFixture(
            title: "another IPv4 address", wanted: "192.0.2.1", addresses: [[192, 0, 2, 2]],
            expected: .nameMismatch(presented: ["192.0.2.2"])),
        CertificateFixture(
            title: "IPv6 address", wanted: "2001:DB8::1",
            addresses: [[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
            expected: .accepted),
        CertificateFixture(
            title: "another IPv6 address", wanted: "::1",
            addresses: [[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
            expected: .nameMismatch(presented: ["2001:db8::1"])),
        CertificateFixture(
            title: "IPv4 address as a DNS name", wanted: "192.0.2.1", commonName: "192.0.2.1",
            hosts: ["192.0.2.1"], expected: .nameMismatch(presented: ["192.0.2.1"])),
        CertificateFixture(
            title: "address where a name is wanted", addresses: [[192, 0, 2, 1]],
            expected: .nameMismatch(presented: ["192.0.2.1"])),
        CertificateFixture(
            title: "name where an address is wanted", wanted: "192.0.2.1",
            hosts: ["mail.example.com"], expected: .nameMismatch(presented: ["mail.example.com"])),
    ]
}

@Test("A client accepts exactly the right certificates", arguments: CertificateFixture.all)
func certificateMatrix(_ fixture: CertificateFixture) throws {
    let authority = try TestAuthority()
    let identity = try authority.authority.issue(fixture.template)
    let pair = try makePair(identity, authority.policy, wanted: fixture.wanted)
    let result = pair.shakeHands()
    let subject = fixture.commonName.map { "CN=\($0)" } ?? ""
    switch fixture.expected {
    case .accepted:
        #expect(result.isComplete, "\(String(describing: result.client))")
        #expect(pair.client.facts?.verification == .authority)
        return
    case .expired:
        guard case .certificateExpired(subject, let notAfter) = result.client else { break }
        #expect(abs(notAfter - fixture.template.notAfter) < 5)
        return expectRefusal(pair, result)
    case .notYetValid:
        guard case .certificateNotYetValid(subject, let notBefore) = result.client else { break }
        #expect(abs(notBefore - fixture.template.notBefore) < 5)
        return expectRefusal(pair, result)
    case .nameMismatch(let presented):
        let wanted = try TLSServerName(fixture.wanted).description
        #expect(result.client == .nameMismatch(wanted: wanted, presented: presented))
        return expectRefusal(pair, result)
    case .wrongPurpose:
        #expect(result.client == .wrongPurpose(subject: subject))
        return expectRefusal(pair, result)
    }
    Issue.record("unexpected: \(String(describing: result.client))")
}

@Test("A client refuses an authority that it does not know, and names it")
func untrusted() throws {
    let mine = try TestAuthority("Mine")
    let other = try TestAuthority("Other")
    let identity = try other.authority.issue(names: ["mail.example.com"])
    let pair = try makePair(identity, mine.policy)
    let result = pair.shakeHands()
    #expect(result.client == .untrusted(subject: "CN=mail.example.com", issuer: "CN=Other"))
    expectRefusal(pair, result)
}

@Test("An authority that the server sends along is not trusted for that")
func untrustedChain() throws {
    let mine = try TestAuthority("Mine")
    let other = try TestAuthority("Other")
    let identity = try other.authority.issue(names: ["mail.example.com"])
    let pair = try makePair(
        .init(chainPEM: identity.chainPEM + other.pem, key: identity.key), mine.policy)
    let result = pair.shakeHands()
    #expect(result.client == .untrusted(subject: "CN=mail.example.com", issuer: "CN=Other"))
    #expect(pair.client.facts?.chain.count == 2)
}

@Test("An authority of the same name with another key is not trusted")
func impostor() throws {
    let mine = try TestAuthority()
    let impostor = try TestAuthority()
    let identity = try impostor.authority.issue(names: ["mail.example.com"])
    let result = try makePair(identity, mine.policy).shakeHands()
    #expect(result.client != nil && !result.isComplete)
}

@Test("A server's certificate cannot issue another one")
func leafAsAuthority() throws {
    let authority = try TestAuthority()
    let owned = try authority.authority.issue(names: ["evil.example"])
    let ownedLeaf = try #require(try Certificate.list(pem: owned.chainPEM).first)
    let key = try PrivateKey()
    let forged = try good().signed(for: key, by: .init(certificate: ownedLeaf, key: owned.key))
    let pair = try makePair(
        .init(chainPEM: try forged.pem() + owned.chainPEM, key: key), authority.policy)
    let result = pair.shakeHands()
    guard case .invalidCertificate = result.client else {
        Issue.record("unexpected: \(String(describing: result.client))")
        return
    }
    expectRefusal(pair, result)
}

@Test("A self-signed certificate is refused, unless it is trusted by itself")
func selfSigned() throws {
    let key = try PrivateKey()
    let certificate = try good().signed(for: key, by: nil)
    let identity = CertificateAuthority.ServerIdentity(chainPEM: try certificate.pem(), key: key)
    let refusing = try makePair(identity, TestAuthority().policy)
    #expect(refusing.shakeHands().client == .selfSigned(subject: "CN=Good"))
    let trusting = TLSClientPolicy(trust: .authorities(pem: [identity.chainPEM]))
    #expect(try makePair(identity, trusting).shakeHands().isComplete)
    let wrongName = try makePair(identity, trusting, wanted: "smtp.example.com").shakeHands()
    #expect(
        wrongName.client
            == .nameMismatch(wanted: "smtp.example.com", presented: ["mail.example.com"]))
}

@Test("A server's certificate from any authority can be trusted by itself")
func leafAsAnchor() throws {
    let identity = try TestAuthority().authority.issue(names: ["mail.example.com"])
    let policy = TLSClientPolicy(trust: .authorities(pem: [identity.chainPEM]))
    #expect(try makePair(identity, policy).shakeHands().isComplete)
}

@Test("An expired authority makes its certificates invalid")
func expiredAuthority() throws {
    let now = Int64(time(nil))
    let authorityKey = try PrivateKey()
    let template = CertificateTemplate(
        commonName: "Past", notBefore: now - 7_200, notAfter: now - 60, purpose: .authority)
    let certificate = try template.signed(for: authorityKey, by: nil)
    let key = try PrivateKey()
    let leaf = try good().signed(
        for: key, by: .init(certificate: certificate, key: authorityKey))
    let policy = TLSClientPolicy(trust: .authorities(pem: [try certificate.pem()]))
    let result = try makePair(.init(chainPEM: try leaf.pem(), key: key), policy).shakeHands()
    #expect(result.client == .certificateExpired(subject: "CN=Past", notAfter: now - 60))
}

@Test("The system's authorities do not trust an authority of one's own")
func systemTrust() throws {
    let identity = try TestAuthority("Own").authority.issue(names: ["mail.example.com"])
    let pair: SessionPair
    do {
        pair = try makePair(identity, TLSClientPolicy())
    } catch TLSError.noSystemAuthorities {
        return
    }
    let result = pair.shakeHands()
    #expect(result.client == .untrusted(subject: "CN=mail.example.com", issuer: "CN=Own"))
}

@Test("A pin accepts its certificate whatever its issuer, name and dates are")
func pinMatch() throws {
    let template = CertificateTemplate(
        commonName: "Odd", hosts: ["other.example"], notBefore: 1_000_000_000,
        notAfter: 1_100_000_000)
    let key = try PrivateKey()
    let certificate = try template.signed(for: key, by: nil)
    let identity = CertificateAuthority.ServerIdentity(chainPEM: try certificate.pem(), key: key)
    let policy = TLSClientPolicy(
        fingerprintsSHA256: [[UInt8](repeating: 1, count: 32), certificate.facts.sha256])
    let pair = try makePair(identity, policy)
    #expect(pair.shakeHands().isComplete)
    #expect(pair.client.facts?.verification == .fingerprint)
}

@Test("A pin refuses every other certificate, also a trusted one, and shows its fingerprint")
func pinMismatch() throws {
    let authority = try TestAuthority()
    let identity = try authority.authority.issue(names: ["mail.example.com"])
    let leaf = try #require(try Certificate.list(pem: identity.chainPEM).first)
    for verifyPeer in [true, false] {
        var policy = authority.policy
        policy.verifyPeer = verifyPeer
        // The authority's own fingerprint is no pin for what it issues.
        policy.fingerprintsSHA256 = [authority.authority.certificate.facts.sha256]
        let pair = try makePair(
            .init(chainPEM: identity.chainPEM + authority.pem, key: identity.key), policy)
        let result = pair.shakeHands()
        #expect(result.client == .fingerprintMismatch(presentedSHA256: leaf.facts.sha256))
        expectRefusal(pair, result)
    }
}

@Test("A pin of the wrong length is refused before anything is connected")
func pinLength() {
    #expect(throws: TLSError.invalidFingerprint(count: 20)) {
        try TLSContext.client(
            TLSClientPolicy(fingerprintsSHA256: [[UInt8](repeating: 0, count: 20)]))
    }
}

@Test("A policy without verification accepts anyone and says so")
func unchecked() throws {
    let identity = try TestAuthority().authority.issue(names: ["other.example"])
    let pair = try makePair(identity, TLSClientPolicy(verifyPeer: false))
    #expect(pair.shakeHands().isComplete)
    let facts = try #require(pair.client.facts)
    #expect(facts.verification == .unchecked && !facts.isVerified)
    #expect(facts.chain.first?.names == ["other.example"])
}

@Test("The facts of a verified session tell version, cipher, chain and fingerprint")
func factsOfVerifiedSession() throws {
    let authority = try TestAuthority()
    let identity = try authority.authority.issue(names: ["mail.example.com", "192.0.2.1", "::1"])
    let pair = try makePair(
        .init(chainPEM: identity.chainPEM + authority.pem, key: identity.key), authority.policy)
    #expect(pair.client.facts == nil)
    #expect(pair.shakeHands().isComplete)
    let facts = try #require(pair.client.facts)
    #expect(facts.version == "TLSv1.3" && facts.cipher.hasPrefix("TLS_"))
    #expect(facts.chain.map(\.subject) == ["CN=mail.example.com", "CN=Test Authority"])
    #expect(facts.chain.first?.names == ["mail.example.com", "192.0.2.1", "::1"])
    let leaf = try #require(try Certificate.list(pem: identity.chainPEM).first)
    #expect(facts.chain.first?.sha256 == leaf.facts.sha256)
    #expect(pair.server.facts?.chain.isEmpty == true)
    #expect(pair.server.facts?.verification == .unchecked)
}

/// A certificate that only its issuer can make wrong.
private func good() -> CertificateTemplate {
    let now = Int64(time(nil))
    return CertificateTemplate(
        commonName: "Good", hosts: ["mail.example.com"], notBefore: now - 60,
        notAfter: now + 3_600)
}

private func makePair(
    _ identity: CertificateAuthority.ServerIdentity, _ policy: TLSClientPolicy,
    wanted: String = "mail.example.com"
) throws -> SessionPair {
    let server = try TLSContext.server(chainPEM: identity.chainPEM, key: identity.key)
    return SessionPair(
        client: try TLSContext.client(policy).makeSession(to: TLSServerName(wanted)),
        server: try server.makeSession())
}

/// The server hears of the refusal by an alert, and the client still knows what it was shown.
private func expectRefusal(_ pair: SessionPair, _ result: SessionPair.Result) {
    #expect(!result.isComplete)
    guard case .alertReceived = result.server else {
        Issue.record("the server saw \(String(describing: result.server))")
        return
    }
    let facts = pair.client.facts
    #expect(facts?.isVerified == false && facts?.chain.isEmpty == false)
    if let error = result.client { #expect(facts?.verification == .refused(error)) }
}
