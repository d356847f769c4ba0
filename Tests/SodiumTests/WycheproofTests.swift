import Glibc
import TestSupport
import Testing

@testable import Sodium

private struct AEADGroup: Decodable {
    struct Case: Decodable {
        let tcId: Int
        let comment: String
        let key, iv, aad, msg, ct, tag: String
        let result: String
    }
    let ivSize: Int
    let tests: [Case]
}

private struct SignatureGroup: Decodable {
    struct Key: Decodable { let pk: String }
    struct Case: Decodable {
        let tcId: Int
        let comment: String
        let msg, sig: String
        let result: String
    }
    let publicKey: Key
    let tests: [Case]
}

@Suite("Vectors of Project Wycheproof")
struct WycheproofTests {
    init() throws { try SodiumRuntime.start(slabBytes: 1_048_576, allowSwap: true) }

    @Test("XChaCha20-Poly1305 seals and opens what is valid, and opens nothing else")
    func xchacha() throws {
        let file = try WycheproofFile<AEADGroup>.read("xchacha20_poly1305_test.json")
        var valid = 0
        var invalid = 0
        var otherNonces = 0
        for group in file.testGroups {
            for test in group.tests {
                guard group.ivSize == AEAD.nonceBytes * 8 else {
                    // A nonce of another size cannot be passed to the wrapper at all.
                    #expect(test.result == "invalid")
                    otherNonces += 1
                    continue
                }
                let label: Comment = "case \(test.tcId): \(test.comment)"
                let keyBytes = hex(test.key)
                let key = try SecretKey(copying: keyBytes.span)
                let sealed = hex(test.iv) + hex(test.ct) + hex(test.tag)
                let (nonce, data, plain) = (hex(test.iv), hex(test.aad), hex(test.msg))
                let opened = try? AEAD.open(sealed.span, associatedData: data.span, key: key)
                if test.result == "valid" {
                    valid += 1
                    #expect(opened == plain, label)
                    let again = AEAD.seal(
                        plain.span, associatedData: data.span, key: key, nonce: nonce.span)
                    #expect(again == sealed, label)
                } else {
                    invalid += 1
                    #expect(opened == nil, label)
                }
            }
        }
        #expect(valid + invalid + otherNonces == file.numberOfTests)
        #expect(valid > 200)
        #expect(invalid > 40)
    }

    @Test("Ed25519 accepts the valid signatures and no other")
    func ed25519() throws {
        let file = try WycheproofFile<SignatureGroup>.read("ed25519_test.json")
        var valid = 0
        var count = 0
        for group in file.testGroups {
            let key = try Ed25519PublicKey(hex(group.publicKey.pk))
            for test in group.tests {
                let (message, signature) = (hex(test.msg), hex(test.sig))
                let accepted = key.verify(signature.span, message: message.span)
                count += 1
                // Of keys outside the prime-order subgroup a verifier may say either.
                guard test.result != "acceptable" else { continue }
                #expect(
                    accepted == (test.result == "valid"), "case \(test.tcId): \(test.comment)")
                valid += accepted ? 1 : 0
            }
        }
        #expect(count == file.numberOfTests)
        #expect(valid > 50)
        #expect(valid < count)
    }
}

@Suite("Nonces")
struct NonceTests {
    init() throws { try SodiumRuntime.start(slabBytes: 1_048_576, allowSwap: true) }

    /// How many seals are made: enough to see a generator that repeats, or what is asked for.
    private static let count =
        unsafe getenv("SIGNET_NONCES").flatMap { unsafe Int(String(cString: $0)) } ?? 100_000

    @Test("Seals of one key and one text all have different nonces")
    func distinct() throws {
        let key = try SecretKey(random: ())
        let plain: [UInt8] = []
        var starts: [UInt64] = []
        starts.reserveCapacity(Self.count)
        for _ in 0..<Self.count {
            let sealed = AEAD.seal(plain.span, associatedData: plain.span, key: key)
            var start: UInt64 = 0
            for index in 0..<8 { start = start << 8 | UInt64(sealed[index]) }
            starts.append(start)
        }
        // Nonces whose first 64 of 192 bits differ are different.
        starts.sort()
        var repeated = 0
        for index in starts.indices.dropFirst() where starts[index] == starts[index - 1] {
            repeated += 1
        }
        #expect(repeated == 0)
    }
}
