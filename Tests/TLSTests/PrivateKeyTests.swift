import Testing

@testable import TLS

@Test("A private key survives its PEM text")
func keyRoundTrip() throws {
    let key = try PrivateKey()
    let certificate = try CertificateTemplate(commonName: "Key", notBefore: 0, notAfter: 1)
        .signed(for: key, by: nil)
    let text = try key.exportPEM()
    let read = try text.withSpan { span in try PrivateKey(pem: span) }
    #expect(certificate.belongs(to: read))
    #expect(try !certificate.belongs(to: PrivateKey()))
    text.withSpan { span in #expect(span.count > 200 && span[span.count - 1] == 10) }
}

@Test("Text that is no private key is refused", arguments: ["", "hello", "-----BEGIN PRIVATE KEY"])
func noKey(_ text: String) {
    #expect(throws: TLSError.malformedKey) { try PrivateKey(pem: Array(text.utf8).span) }
}

@Test("A certificate in place of a private key is refused")
func certificateAsKey() throws {
    let pem = try TestAuthority().pem
    #expect(throws: TLSError.malformedKey) { try PrivateKey(pem: pem.span) }
}

@Test("A locked private key is refused without asking for its passphrase")
func lockedKey() {
    // PKCS #8 with PBES2 around a key on P-256, locked with the word “test”.
    let locked = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAioHVwuqcK6dQICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJ11zld5P3XH+tJOYZnf6BwEgZCA
        jqQxWV10I1xGllTaZzvj23I/rLzNW/6syg7vRq1KAsUcy6gWzsM90UNjUcn0K94x
        ZLhKr22/0673Kd2vlut2guzJs0OjDBLeXKrqjbA4IiDZNr/ipBYdcVQkF8Cbk/eo
        4wBZ2DQnOm/QwXOEUtRId8dWtkBRqYCZKZ6268zocJrdFoop6u/VrzmL6DX1Omc=
        -----END ENCRYPTED PRIVATE KEY-----
        """
    #expect(throws: TLSError.encryptedKey) { try PrivateKey(pem: Array(locked.utf8).span) }
}

@Test("A private key's text has a bound")
func keyBound() {
    let text = [UInt8](repeating: 65, count: TLSLimits.keyPEMBytes + 1)
    #expect(throws: TLSError.pemTooLarge(limit: TLSLimits.keyPEMBytes)) {
        try PrivateKey(pem: text.span)
    }
}
