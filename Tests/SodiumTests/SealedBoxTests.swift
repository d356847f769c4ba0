import Testing

@testable import Sodium

@Suite("SealedBox")
struct SealedBoxTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test("Only the recipient opens a sealed box", arguments: [0, 1, 32, 1_000])
    func roundTrip(_ count: Int) throws {
        let pair = try BoxKeyPair(random: ())
        let other = try BoxKeyPair(random: ())
        let plain = Random.bytes(count)
        let sealed = try SealedBox.seal(plain.span, to: pair.publicKey)
        #expect(sealed.count == count + SealedBox.overheadBytes)
        #expect(try SealedBox.open(sealed.span, with: pair) == plain)
        let secret = try SealedBox.openSecret(sealed.span, with: pair)
        let opened = bytes(secret)
        #expect(opened == plain)
        #expect(throws: SodiumError.notAuthentic) { try SealedBox.open(sealed.span, with: other) }
    }

    @Test("No one-bit change of a sealed box opens, and no prefix of it")
    func oneBit() throws {
        let pair = try BoxKeyPair(random: ())
        let sealed = try SealedBox.seal(bytes("key").span, to: pair.publicKey)
        // X25519 ignores the top bit of a public key (RFC 7748 §5), but the nonce hashes it.
        for changed in oneBitChanges(of: sealed) {
            #expect(throws: SodiumError.notAuthentic) {
                try SealedBox.open(changed.span, with: pair)
            }
        }
        for count in 0..<sealed.count {
            #expect(throws: SodiumError.notAuthentic) {
                try SealedBox.open(sealed.span.extracting(first: count), with: pair)
            }
        }
    }

    @Test("A seed makes the same pair each time")
    func seed() throws {
        let first = try BoxKeyPair(seed: key())
        let second = try BoxKeyPair(seed: key())
        #expect(first.publicKey == second.publicKey)
        let sealed = try SealedBox.seal(bytes("k").span, to: first.publicKey)
        #expect(try SealedBox.open(sealed.span, with: second) == bytes("k"))
    }

    @Test("A public key of low order is refused")
    func weak() throws {
        let weak = try BoxPublicKey([UInt8](repeating: 0, count: 32))
        #expect(throws: SodiumError.weakPublicKey) {
            try SealedBox.seal(bytes("k").span, to: weak)
        }
        #expect(throws: SodiumError.wrongLength(expected: 32, actual: 33)) {
            try BoxPublicKey([UInt8](repeating: 0, count: 33))
        }
    }
}
