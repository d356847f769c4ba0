import Testing

@testable import Sodium

@Suite("AEAD")
struct AEADTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test("Sealing gives the vector of draft-irtf-cfrg-xchacha-03 §A.3.1")
    func publishedVector() throws {
        let plain = bytes(
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
                + "future, sunscreen would be it.")
        let data = hex("50515253c0c1c2c3c4c5c6c7")
        let nonce = hex("404142434445464748494a4b4c4d4e4f5051525354555657")
        let expected =
            nonce
            + hex(
                """
                bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb
                731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452
                2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
                21f9664c97637da9768812f615c68b13b52e
                c0875924c1c7987947deafd8780acf49
                """)
        let sealed = try AEAD.seal(
            plain.span, associatedData: data.span, key: key(from: 0x80), nonce: nonce.span)
        #expect(sealed == expected)
        #expect(
            try AEAD.open(sealed.span, associatedData: data.span, key: key(from: 0x80)) == plain)
    }

    @Test("A sealed value opens to what was sealed", arguments: [0, 1, 15, 16, 17, 64, 1_000])
    func roundTrip(_ count: Int) throws {
        let plain = Random.bytes(count)
        let key = try SecretKey(random: ())
        let sealed = seal(plain, data: [7], key: key)
        #expect(sealed.count == count + AEAD.overheadBytes)
        #expect(try open(sealed, data: [7], key: key) == plain)
        let secret = try openSecret(sealed, data: [7], key: key)
        let opened = bytes(secret)
        #expect(opened == plain)
    }

    @Test("No one-bit change of a sealed value or of its associated data opens")
    func oneBit() throws {
        let key = try SecretKey(random: ())
        let data = bytes("row 7")
        let sealed = seal(bytes("hunter2"), data: data, key: key)
        for changed in oneBitChanges(of: sealed) {
            #expect(throws: SodiumError.notAuthentic) {
                try open(changed, data: data, key: key)
            }
            #expect(throws: SodiumError.notAuthentic) {
                _ = try openSecret(changed, data: data, key: key)
            }
        }
        for changed in oneBitChanges(of: data) {
            #expect(throws: SodiumError.notAuthentic) {
                try open(sealed, data: changed, key: key)
            }
        }
    }

    @Test("No prefix and no extension of a sealed value opens")
    func lengths() throws {
        let key = try SecretKey(random: ())
        let sealed = seal(bytes("hunter2"), data: [], key: key)
        for count in 0..<sealed.count {
            #expect(throws: SodiumError.notAuthentic) {
                try open(Array(sealed.prefix(count)), data: [], key: key)
            }
        }
        #expect(throws: SodiumError.notAuthentic) {
            try open(sealed + [0], data: [], key: key)
        }
    }

    @Test("A sealed value opens under its own key alone, and is never the same twice")
    func keysAndNonces() throws {
        let key = try SecretKey(random: ())
        let other = try SecretKey(random: ())
        let first = seal(bytes("x"), data: [], key: key)
        let second = seal(bytes("x"), data: [], key: key)
        #expect(first != second)
        #expect(throws: SodiumError.notAuthentic) {
            try open(first, data: [], key: other)
        }
    }

    @Test("A sealed secret larger than any of ours is refused before it is opened")
    func tooLarge() throws {
        let sealed = [UInt8](repeating: 0, count: 70_000 + AEAD.overheadBytes)
        let key = try SecretKey(random: ())
        #expect(throws: SodiumError.self) {
            _ = try openSecret(sealed, data: [], key: key)
        }
    }
}

private func seal(_ plain: [UInt8], data: [UInt8], key: SecretKey) -> [UInt8] {
    AEAD.seal(plain.span, associatedData: data.span, key: key)
}

private func open(
    _ sealed: [UInt8], data: [UInt8], key: SecretKey
) throws(SodiumError) -> [UInt8] {
    try AEAD.open(sealed.span, associatedData: data.span, key: key)
}

private func openSecret(
    _ sealed: [UInt8], data: [UInt8], key: SecretKey
) throws(SodiumError) -> SecretBytes {
    try AEAD.openSecret(sealed.span, associatedData: data.span, key: key)
}
