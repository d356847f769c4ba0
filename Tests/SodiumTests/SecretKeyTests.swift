import Testing

@testable import Sodium

@Suite("SecretKey")
struct SecretKeyTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test("Derivation gives the vector of libsodium's own tests, subkey 32 of \"KDF test\"")
    func publishedVector() throws {
        let derived = try key().derive(id: 32, context: "KDF test")
        #expect(
            bytes(derived)
                == hex("154b291f11196737f8b7f491e4ca11764e0227d34f94295408a869f007aa8618"))
    }

    @Test("Subkeys differ by number, by context and by key")
    func separation() throws {
        let root = try key()
        let subkeys = [
            bytes(try root.derive(id: 1, context: "sgWrapKy")),
            bytes(try root.derive(id: 2, context: "sgWrapKy")),
            bytes(try root.derive(id: 1, context: "sgBackup")),
            bytes(try key(from: 1).derive(id: 1, context: "sgWrapKy")),
        ]
        #expect(Set(subkeys).count == 4)
        #expect(bytes(try root.derive(id: 1, context: "sgWrapKy")) == subkeys[0])
    }

    @Test("A key has 32 bytes, no less and no more", arguments: [0, 31, 33, 64])
    func lengths(_ count: Int) throws {
        let material = [UInt8](repeating: 1, count: count)
        #expect(throws: SodiumError.wrongLength(expected: 32, actual: count)) {
            _ = try SecretKey(copying: material.span)
        }
        #expect(throws: SodiumError.wrongLength(expected: 32, actual: count)) {
            _ = try SecretKey(SecretBytes(copying: material.span))
        }
    }

    @Test("Nothing that prints a key shows its bytes")
    func printing() throws {
        let key = try key(from: 0x41)
        var dumped = ""
        dump(key, to: &dumped)
        let texts = [
            "\(key)", String(describing: key), String(reflecting: key), dumped, "\([key])",
            String(describing: Optional(key)), String(reflecting: (1, key)),
        ]
        for text in texts {
            #expect(text.contains("SecretKey(redacted)"))
            #expect(!text.contains("ABCD"))
            #expect(!text.contains("65"))
            #expect(!text.contains("4142"))
            #expect(!text.contains("0x"))
        }
        #expect(Mirror(reflecting: key).children.isEmpty)
    }

    @Test("Nothing that prints a key pair shows its secret half")
    func printingPairs() throws {
        let seed = try key(from: 0x41)
        let signer = try Ed25519SecretKey(seed: seed)
        let box = try BoxKeyPair(seed: seed)
        #expect("\(signer)" == "Ed25519SecretKey(redacted)")
        #expect("\(box)" == "BoxKeyPair(redacted)")
        #expect(Mirror(reflecting: signer).children.isEmpty)
        #expect(Mirror(reflecting: box).children.isEmpty)
    }
}
