import Explained
import Testing

@testable import TLS

@Test("Every error says what happened and what to do next", arguments: allErrors)
func explanations(_ error: TLSError) {
    let (cause, remedy) = error.explanation
    #expect(!cause.isEmpty && !remedy.isEmpty)
    #expect(cause != "the TLS session failed", "\(error) lacks a text of its own")
    #expect(error.description == "\(cause); \(remedy)")
}

@Test("An expired certificate's error names the time in UTC")
func timeInErrors() {
    let error = TLSError.certificateExpired(subject: "CN=a", notAfter: 1_740_830_400)
    #expect(error.explanation.cause.contains("2025-03-01T12:00:00Z"))
}

@Test(
    "Times print in UTC",
    arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    ] as [(Int64, String)])
func times(_ seconds: Int64, _ text: String) {
    #expect(UTCTime(seconds).description == text)
}

@Test(
    "IPv6 addresses print as RFC 5952 has it",
    arguments: [
        ([0, 0, 0, 0, 0, 0, 0, 0], "::"), ([0, 0, 0, 0, 0, 0, 0, 1], "::1"),
        ([1, 0, 0, 0, 0, 0, 0, 0], "1::"),
        ([0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], "2001:db8:0:1:1:1:1:1"),
        ([0x2001, 0, 0, 1, 0, 0, 0, 1], "2001:0:0:1::1"),
        ([0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], "2001:db8::1:0:0:1"),
    ] as [([UInt16], String)])
func addresses(_ groups: [UInt16], _ text: String) {
    #expect(IPv6Text.canonical(groups) == text)
}

@Test("An alert prints with its name where it has one")
func alerts() {
    #expect(TLSAlert(code: 48).description == "unknown_ca (48)")
    #expect(TLSAlert(code: 200).description == "200")
}

private let allErrors: [TLSError] = [
    .certificateExpired(subject: "CN=a", notAfter: 0),
    .certificateNotYetValid(subject: "CN=a", notBefore: 0),
    .nameMismatch(wanted: "a", presented: ["b"]), .nameMismatch(wanted: "a", presented: []),
    .untrusted(subject: "CN=a", issuer: "CN=b"), .selfSigned(subject: "CN=a"),
    .wrongPurpose(subject: "CN=a"), .weakCertificate(subject: "CN=a"),
    .invalidCertificate(subject: "CN=a", reason: "r"), .fingerprintMismatch(presentedSHA256: [1]),
    .protocolVersion, .notTLS, .alertReceived(TLSAlert(code: 40)),
    .alertReceived(TLSAlert(code: 48)), .alertReceived(TLSAlert(code: 112)),
    .alertReceived(TLSAlert(code: 116)), .closed, .truncated, .inputOverflow,
    .protocolFailure("r"), .invalidServerName("ü"), .invalidFingerprint(count: 20),
    .invalidValidity(days: 0), .invalidNameCount(0), .pemTooLarge(limit: 1), .malformedPEM("r"),
    .noCertificate, .malformedKey, .encryptedKey, .keyMismatch, .notAnAuthority(subject: "CN=a"),
    .noSystemAuthorities, .library("r"),
]
