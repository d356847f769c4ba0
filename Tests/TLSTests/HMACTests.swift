import Testing

@testable import TLS

@Suite("HMAC")
struct HMACTests {
    /// Published values, and where there are none what Python's hmac gives.
    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let key: [UInt8]
        let message: String
        let md5: String
        let sha1: String
        let sha256: String
        let sha512: String
    }

    static let vectors = [
        Vector(
            testDescription: "RFC 2202 and RFC 4231, case 2",
            key: Array("Jefe".utf8), message: "what do ya want for nothing?",
            md5: "750c783e6ab0b503eaa86e310a5db738",
            sha1: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            sha512: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"),
        Vector(
            testDescription: "a key as long as a block and a half (RFC 2202, case 6)",
            key: [UInt8](repeating: 0xaa, count: 80),
            message: "Test Using Larger Than Block-Size Key - Hash Key First",
            md5: "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
            sha1: "aa4ae5e15272d00e95705637ce8a3b55ed402112",
            sha256: "6953025ed96f0c09f80a96f78e6538dbe2e7b820e3dd970e7ddd39091b32352f",
            sha512: "132c9ebc32531071f6c4d9e8842291e9403e5940f813170a3ba3a0dd6c055c8b"
                + "8ca587b24c56c47f3c1f2fb8ee8f9fbc8d92deed0f83426be3e8a2e9056778b3"),
        Vector(
            testDescription: "a key longer than any block (RFC 4231, case 6)",
            key: [UInt8](repeating: 0xaa, count: 131),
            message: "Test Using Larger Than Block-Size Key - Hash Key First",
            md5: "bfecaf4efff90a3a668f3922fec3762d",
            sha1: "90d0dace1c1bdc957339307803160335bde6df2b",
            sha256: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            sha512: "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                + "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"),
        Vector(
            testDescription: "RFC 2195 §2",
            key: Array("tanstaaftanstaaf".utf8),
            message: "<1896.697170952@postoffice.reston.mci.net>",
            md5: "b913a602c7eda7a495b4e6e7334d3890",
            sha1: "8cb10ed0a8b764ab0e05125dd6eaa295f19b5943",
            sha256: "f0011bbf7c1618ef90e3f18148e5eda4e15631c9c38ebef062bf7143ff72e944",
            sha512: "f2fde77a96bdf186bec491a4b02c90ff793d1954bdd5a243a735e682482bd879"
                + "d50782b09411ad5beb1bf145b792597e3aa76b53f3e4f79f842d490892b9f6ad"),
        Vector(
            testDescription: "nothing at all",
            key: [], message: "",
            md5: "74e6f7298a9c2d168935f58c001bad88",
            sha1: "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d",
            sha256: "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad",
            sha512: "b936cee86c9f87aa5d3c6f2e84cb5a4239a5fe50480a6ec66b70ab5b1f4ac673"
                + "0c6c515421b327ec1d69402e53dfb49ad7381eb067b338fd7b0cb22247225d47"),
    ]

    @Test("HMAC gives published values", arguments: vectors)
    func published(_ vector: Vector) {
        let message = Array(vector.message.utf8)
        #expect(
            Hexadecimal.text(HMAC.md5(key: vector.key.span, message: message.span)) == vector.md5)
        #expect(
            Hexadecimal.text(HMAC.sha1(key: vector.key.span, message: message.span))
                == vector.sha1)
        #expect(
            Hexadecimal.text(HMAC.sha256(key: vector.key.span, message: message.span))
                == vector.sha256)
        #expect(
            Hexadecimal.text(HMAC.sha512(key: vector.key.span, message: message.span))
                == vector.sha512)
    }
}
