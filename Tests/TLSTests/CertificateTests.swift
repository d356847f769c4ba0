import Testing

@testable import TLS

@Test("A PEM text gives its certificates in order, whatever stands between them")
func certificateList() throws {
    let first = try TestAuthority("First")
    let second = try TestAuthority("Second")
    let key = try second.authority.exportKeyPEM().withSpan { span in span.indices.map { span[$0] } }
    let text = Array("a comment\n".utf8) + first.pem + key + Array("\r\n\r\n".utf8) + second.pem
    let certificates = try Certificate.list(pem: text)
    #expect(certificates.map(\.facts.subject) == ["CN=First", "CN=Second"])
    #expect(try certificates.first?.pem() == first.pem)
}

@Test("The facts of a certificate say who, for whom, until when")
func certificateFacts() throws {
    let authority = try CertificateAuthority(commonName: "Müller, GmbH")
    let facts = authority.certificate.facts
    #expect(facts.subject == #"CN=Müller\, GmbH"# && facts.issuer == facts.subject)
    #expect(facts.isAuthority && facts.isSelfIssued && facts.names.isEmpty)
    #expect(facts.notAfter - facts.notBefore == 3_650 * 86_400 + 3_600)
    #expect(facts.sha256.count == 32 && facts.fingerprint.count == 64)
    #expect(facts.serialNumber.count == 32)

    let identity = try authority.issue(names: ["mail.example.com", "*.example.com", "::1"])
    let leaf = try #require(try Certificate.list(pem: identity.chainPEM).first).facts
    #expect(leaf.subject == "CN=mail.example.com" && leaf.issuer == facts.subject)
    #expect(leaf.names == ["mail.example.com", "*.example.com", "::1"])
    #expect(!leaf.isAuthority && !leaf.isSelfIssued)
}

@Test("Control characters in a certificate do not reach a text")
func controlCharacters() throws {
    let template = CertificateTemplate(
        commonName: "a\u{1b}[31m\u{202e}b\nc", hosts: ["x\r\ny"], notBefore: 0, notAfter: 1)
    let facts = try template.signed(for: PrivateKey(), by: nil).facts
    let texts = [facts.subject, facts.issuer] + facts.names
    let scalars = texts.joined().unicodeScalars
    #expect(scalars.allSatisfy { $0.value >= 32 && $0.value != 0x202e })
    #expect(facts.notBefore == 0 && facts.notAfter == 1)
}

@Test("A certificate with very many long names is described within the bounds")
func manyNames() throws {
    let template = CertificateTemplate(
        hosts: (0..<300).map { "\($0)" + String(repeating: "a", count: 2_000) }, notBefore: 0,
        notAfter: 1)
    let facts = try template.signed(for: PrivateKey(), by: nil).facts
    #expect(facts.names.count == TLSLimits.describedNames)
    #expect(facts.names.allSatisfy { $0.count <= TLSLimits.nameScalars + 1 })
}

@Test("Text without a certificate is refused", arguments: ["", "hello", "-----BEGIN"])
func noCertificate(_ text: String) {
    #expect(throws: TLSError.noCertificate) { try Certificate.list(pem: Array(text.utf8)) }
}

@Test("A private key in place of a certificate is refused")
func keyAsCertificate() throws {
    let key = try PrivateKey().exportPEM().withSpan { span in span.indices.map { span[$0] } }
    #expect(throws: TLSError.noCertificate) { try Certificate.list(pem: key) }
}

@Test("A PEM text that is cut or altered anywhere never traps")
func damagedPEM() throws {
    let pem = try TestAuthority().pem
    for length in 0..<pem.count {
        _ = try? Certificate.list(pem: Array(pem[..<length]))
        var altered = pem
        altered[length] ^= 0x11
        if let certificates = try? Certificate.list(pem: altered) {
            for certificate in certificates { _ = certificate.facts }
        }
    }
    #expect(throws: TLSError.self) { try Certificate.list(pem: Array(pem.dropLast(60))) }
}

@Test("PEM texts have bounds of size and count")
func pemBounds() throws {
    let text = [UInt8](repeating: UInt8(ascii: "\n"), count: TLSLimits.pemBytes + 1)
    #expect(throws: TLSError.pemTooLarge(limit: TLSLimits.pemBytes)) {
        try Certificate.list(pem: text)
    }
    let pem = try TestAuthority().pem
    let many = [[UInt8]](repeating: pem, count: TLSLimits.pemCertificates + 1)
    #expect(throws: TLSError.pemTooLarge(limit: TLSLimits.pemCertificates)) {
        try Certificate.list(pem: Array(many.joined()))
    }
}
