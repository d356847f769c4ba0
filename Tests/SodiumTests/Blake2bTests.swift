import Testing

@testable import Sodium

@Suite("Blake2b")
struct Blake2bTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    /// A keyed vector of BLAKE2's own `blake2-kat.json`: the key is 00…3f, the input counts from 0.
    struct Vector: Sendable, CustomTestStringConvertible {
        let inputCount: Int
        let hash: String
        var testDescription: String { "\(inputCount) bytes" }
    }

    static let vectors = [
        Vector(
            inputCount: 0,
            hash: """
                10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786
                b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568
                """),
        Vector(
            inputCount: 1,
            hash: """
                961f6dd1e4dd30f63901690c512e78e4b45e4742ed197c3c5e45c549fd25f2e4
                187b0bc9fe30492b16b0d0bc4ef9b0f34c7003fac09a5ef1532e69430234cebd
                """),
        Vector(
            inputCount: 255,
            hash: """
                142709d62e28fcccd0af97fad0f8465b971e82201dc51070faa0372aa43e9248
                4be1c1e73ba10906d5d1853db6a4106e0a7bf9800d373d6dee2d46d62ef2a461
                """),
    ]

    @Test("A keyed hash gives the vectors of the BLAKE2 authors", arguments: vectors)
    func keyed(_ vector: Vector) {
        let key = (0..<64).map { UInt8($0) }
        let input = (0..<vector.inputCount).map { UInt8($0) }
        #expect(Blake2b.hash(input.span, keyBytes: key.span, count: 64) == hex(vector.hash))
    }

    @Test("A plain hash gives the vector of RFC 7693 Appendix A")
    func plain() {
        let expected = hex(
            """
            ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1
            7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923
            """)
        #expect(Blake2b.hash(bytes("abc").span, count: 64) == expected)
    }

    @Test("A hash with a key of ours is what other implementations compute")
    func secretKey() throws {
        // Python: blake2b(b"abc", key=bytes(range(32)), digest_size=32)
        let expected = hex("d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f")
        #expect(try Blake2b.hash(bytes("abc").span, key: key()) == expected)
        #expect(bytes(try Blake2b.deriveKey(bytes("abc").span, key: key())) == expected)
        // Python: blake2b(b"abc", digest_size=32)
        let unkeyed = hex("bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
        #expect(Blake2b.hash(bytes("abc").span) == unkeyed)
        #expect(bytes(try Blake2b.deriveKey(bytes("abc").span)) == unkeyed)
    }

    @Test(
        "Input in parts hashes like input at once, wherever it is split", arguments: [16, 32, 64])
    func parts(_ count: Int) throws {
        let input = (0..<300).map { UInt8($0 & 0xff) }
        let key = try key()
        for key in [nil, key] {
            let whole = Blake2b.hash(input.span, key: key, count: count)
            for split in 0...input.count {
                var state = try Blake2bState(key: key, count: count)
                state.update(input.span.extracting(first: split))
                state.update(input.span.extracting(last: input.count - split))
                let hash = state.finish()
                #expect(hash == whole)
            }
        }
    }
}
