import TLS
import Testing

@Suite("HMAC")
struct HMACTests {
    /// Cases 2 and 6 of RFC 2202 (SHA-256: RFC 4231, and Python for case 6), and nothing at all.
    struct Vector: Sendable, CustomTestStringConvertible {
        let key: [UInt8]
        let message: String
        let md5: String
        let sha1: String
        let sha256: String
        var testDescription: String { message }
    }

    static let vectors = [
        Vector(
            key: bytes("Jefe"), message: "what do ya want for nothing?",
            md5: "750c783e6ab0b503eaa86e310a5db738",
            sha1: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Vector(
            key: [UInt8](repeating: 0xaa, count: 80),
            message: "Test Using Larger Than Block-Size Key - Hash Key First",
            md5: "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
            sha1: "aa4ae5e15272d00e95705637ce8a3b55ed402112",
            sha256: "6953025ed96f0c09f80a96f78e6538dbe2e7b820e3dd970e7ddd39091b32352f"),
        Vector(
            key: [], message: "", md5: "74e6f7298a9c2d168935f58c001bad88",
            sha1: "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d",
            sha256: "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ]

    @Test("HMAC gives published values", arguments: vectors)
    func published(_ vector: Vector) {
        let message = bytes(vector.message)
        #expect(hexadecimal(HMAC.md5(key: vector.key.span, message: message.span)) == vector.md5)
        #expect(hexadecimal(HMAC.sha1(key: vector.key.span, message: message.span)) == vector.sha1)
        #expect(
            hexadecimal(HMAC.sha256(key: vector.key.span, message: message.span)) == vector.sha256)
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
