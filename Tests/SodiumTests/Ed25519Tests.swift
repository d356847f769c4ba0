import Testing

@testable import Sodium

@Suite("Ed25519")
struct Ed25519Tests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    /// A vector of RFC 8032 §7.1.
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        let seed: String
        let publicKey: String
        let message: String
        let signature: String
        var testDescription: String { name }
    }

    static let vectors = [
        Vector(
            name: "TEST 1",
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            message: "",
            signature: """
                e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155
                5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b
                """),
        Vector(
            name: "TEST 2",
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            message: "72",
            signature: """
                92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
                085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
                """),
        Vector(
            name: "TEST 3",
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            message: "af82",
            signature: """
                6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
                18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a
                """),
    ]

    @Test("Keys and signatures are those of RFC 8032 §7.1", arguments: vectors)
    func published(_ vector: Vector) throws {
        let seed = hex(vector.seed)
        let message = hex(vector.message)
        let signer = try Ed25519SecretKey(seed: SecretKey(copying: seed.span))
        #expect(signer.publicKey.bytes == hex(vector.publicKey))
        let signature = signer.sign(message.span)
        #expect(signature == hex(vector.signature))
        #expect(verifies(signature, message, signer.publicKey))
        #expect(bytes(try signer.seed()) == seed)
    }

    @Test("No one-bit change of a signature or of its message verifies")
    func oneBit() throws {
        let signer = try Ed25519SecretKey(random: ())
        let message = bytes("checkpoint 7")
        let signature = signer.sign(message.span)
        #expect(verifies(signature, message, signer.publicKey))
        for changed in oneBitChanges(of: signature) {
            #expect(!verifies(changed, message, signer.publicKey))
        }
        for changed in oneBitChanges(of: message) {
            #expect(!verifies(signature, changed, signer.publicKey))
        }
    }

    @Test("Another key, a short signature and a key of low order verify nothing")
    func refusals() throws {
        let signer = try Ed25519SecretKey(random: ())
        let message = bytes("m")
        let signature = signer.sign(message.span)
        let other = try Ed25519SecretKey(random: ()).publicKey
        #expect(!verifies(signature, message, other))
        #expect(!verifies(Array(signature.prefix(63)), message, signer.publicKey))
        let weak = try Ed25519PublicKey([1] + [UInt8](repeating: 0, count: 31))
        #expect(!verifies(signature, message, weak))
        #expect(throws: SodiumError.wrongLength(expected: 32, actual: 31)) {
            try Ed25519PublicKey([UInt8](repeating: 0, count: 31))
        }
    }
}

private func verifies(_ signature: [UInt8], _ message: [UInt8], _ key: Ed25519PublicKey) -> Bool {
    key.verify(signature.span, message: message.span)
}
