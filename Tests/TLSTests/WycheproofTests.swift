import TestSupport
import Testing

@testable import TLS

/// Cases that share the size of their codes, in bits; a smaller one is the front of the whole.
private struct MACGroup: Decodable {
    struct Case: Decodable {
        let tcId: Int
        let comment: String
        let key, msg, tag: String
        let result: String
    }
    let keySize: Int
    let tagSize: Int
    let tests: [Case]
}

@Suite("HMAC with vectors of Project Wycheproof")
struct WycheproofTests {
    @Test(
        "HMAC gives the codes that are valid, and not one that is not",
        arguments: [
            (Digest.sha1, "hmac_sha1_test.json"), (Digest.sha256, "hmac_sha256_test.json"),
            (Digest.sha512, "hmac_sha512_test.json"),
        ])
    func hmac(_ digest: Digest, _ name: String) throws {
        let file = try WycheproofFile<MACGroup>.read(name)
        var valid = 0
        var invalid = 0
        for group in file.testGroups {
            #expect(group.tagSize <= digest.byteCount * 8)
            for test in group.tests {
                let (key, message) = (Self.bytes(test.key), Self.bytes(test.msg))
                #expect(key.count * 8 == group.keySize && test.tag.count * 4 == group.tagSize)
                let code = HMAC.code(digest, key: key.span, message: message.span)
                let front = Hexadecimal.text(code).prefix(group.tagSize / 4)
                let isValid = test.result == "valid"
                #expect((front == test.tag) == isValid, "case \(test.tcId): \(test.comment)")
                valid += isValid ? 1 : 0
                invalid += isValid ? 0 : 1
            }
        }
        #expect(valid + invalid == file.numberOfTests)
        #expect(valid > 60)
        #expect(invalid > 100)
    }

    /// The bytes of an even number of hexadecimal digits.
    private static func bytes(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }
}
