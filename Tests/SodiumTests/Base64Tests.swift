import Testing

@testable import Sodium

@Suite("Base64")
struct Base64Tests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test(
        "Texts are those of RFC 4648 §10, both ways and in the slab",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"), ("\u{3ff}\u{3f}>", "z78/Pg=="),
        ])
    func published(_ plain: String, _ text: String) throws {
        #expect(Base64.encode(bytes(plain).span) == bytes(text))
        #expect(try Base64.decode(bytes(text).span) == bytes(plain))
        let encoded = bytes(try Base64.encodeSecret(bytes(plain).span))
        #expect(encoded == bytes(text))
        let decoded = bytes(try Base64.decodeSecret(bytes(text).span))
        #expect(decoded == bytes(plain))
    }

    @Test("Every length up to 300 survives both ways")
    func lengths() throws {
        for count in 0...300 {
            let plain = Random.bytes(count)
            let text = Base64.encode(plain.span)
            #expect(text.count == Base64.encodedCount(count))
            #expect(try Base64.decode(text.span) == plain)
        }
    }

    @Test(
        "Anything but canonical text is refused",
        arguments: [
            "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "=", "====", "Zg==\n", "Zm9v\r\n",
            "Zm 9v", " Zm9v", "Zm9v ", "Zg==Zg==", "Zm-_", "Zm9v*", "Z\u{0}==", "Zm9v\u{e9}",
            "=Zm9", "Z=m9", "Zm=9",
        ])
    func strict(_ text: String) {
        #expect(throws: SodiumError.notBase64) { try Base64.decode(bytes(text).span) }
        #expect(throws: SodiumError.notBase64) { _ = try Base64.decodeSecret(bytes(text).span) }
    }

    @Test("Every octet outside the alphabet is refused, wherever it stands")
    func alphabet() {
        let letters = bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        for octet in UInt8.min...UInt8.max where !letters.contains(octet) {
            for place in 0..<7 {
                var text = bytes("Zm9vYmFy")
                text[place] = octet
                #expect(throws: SodiumError.notBase64) { try Base64.decode(text.span) }
            }
        }
    }

    @Test("No one-bit change of a text decodes to the same bytes")
    func canonical() throws {
        let text = bytes("Zm9vYg==")
        for changed in oneBitChanges(of: text) {
            #expect((try? Base64.decode(changed.span)) != bytes("foob"))
        }
    }

    @Test("A text that is too long for a secret is refused")
    func tooLarge() {
        let limit = SodiumError.tooLarge(limitBytes: Limits.secretBytes)
        let long = [UInt8](repeating: UInt8(ascii: "A"), count: 90_000)
        #expect(throws: limit) { _ = try Base64.decodeSecret(long.span) }
        #expect(throws: limit) { _ = try Base64.encodeSecret(long.span) }
        #expect(throws: limit) { _ = try Base64.encodeSecret(long.span.extracting(first: 50_000)) }
    }
}
