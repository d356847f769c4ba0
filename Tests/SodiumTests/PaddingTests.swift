import Testing

@testable import Sodium

@Suite("Padding")
struct PaddingTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test(
        "Padding fills whole blocks and comes off again", arguments: [0, 1, 127, 128, 129, 65_536])
    func roundTrip(_ count: Int) throws {
        let secret = try SecretBytes(random: count)
        let padded = try Padding.pad(secret)
        let length = padded.count
        #expect(length == (count / 128 + 1) * 128)
        let unpadded = try Padding.unpad(padded)
        let same = bytes(unpadded) == bytes(secret)
        #expect(same)
    }

    @Test("A padded secret of the largest size is sealed and opened")
    func sealed() throws {
        let secret = try SecretBytes(random: Limits.secretBytes)
        let key = try SecretKey(random: ())
        let data = bytes("place")
        let sealed = try Padding.pad(secret, block: Limits.paddingBlock).withSpan {
            AEAD.seal($0, associatedData: data.span, key: key)
        }
        let opened = try AEAD.openSecret(sealed.span, associatedData: data.span, key: key)
        let unpadded = try Padding.unpad(opened, block: Limits.paddingBlock)
        let same = bytes(unpadded) == bytes(secret)
        #expect(same)
    }

    @Test("What pad did not write is refused")
    func damaged() throws {
        for content in [[UInt8](), [0x80], [UInt8](repeating: 0, count: 16), [UInt8](1...16)] {
            #expect(throws: SodiumError.badPadding) {
                _ = try Padding.unpad(SecretBytes(copying: content.span), block: 16)
            }
        }
        let marked = [UInt8](repeating: 0, count: 15) + [0x80]
        let unpadded = try Padding.unpad(SecretBytes(copying: marked.span), block: 16)
        let count = unpadded.count
        #expect(count == 15)
    }
}
