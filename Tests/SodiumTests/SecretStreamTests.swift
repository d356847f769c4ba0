import Sodium
import Testing

@Suite("SecretStream")
struct SecretStreamTests {
    private static let data: [UInt8] = [1, 2, 3]
    private static let chunks: [[UInt8]] = [
        Array("first".utf8), [], [UInt8](repeating: 7, count: 70_000), Array("last".utf8),
    ]

    init() throws { try SodiumRuntime.start(slabBytes: 1_048_576, allowSwap: true) }

    private func seal(_ key: SecretKey) throws -> (header: [UInt8], sealed: [[UInt8]]) {
        var sealer = try SecretStreamSealer(key: key)
        var sealed: [[UInt8]] = []
        for (index, chunk) in Self.chunks.enumerated() {
            sealed.append(
                sealer.seal(
                    chunk.span, associatedData: Self.data.span,
                    isLast: index == Self.chunks.count - 1))
        }
        return (sealer.header, sealed)
    }

    /// What opens of a stream, up to the first chunk that does not.
    private func open(
        _ sealed: [[UInt8]], _ header: [UInt8], _ key: SecretKey, data: [UInt8] = Self.data
    ) throws -> (chunks: [[UInt8]], isFinished: Bool) {
        var opener = try SecretStreamOpener(key: key, header: header.span)
        var chunks: [[UInt8]] = []
        for chunk in sealed {
            do throws(SodiumError) {
                chunks.append(try opener.open(chunk.span, associatedData: data.span))
            } catch {
                #expect(error == .notAuthentic)
                return (chunks, false)
            }
        }
        return (chunks, opener.isFinished)
    }

    @Test("What was sealed opens in its order, and the last chunk is known")
    func roundTrip() throws {
        let key = try SecretKey(random: ())
        let (header, sealed) = try seal(key)
        #expect(header.count == SecretStream.headerBytes)
        #expect(zip(sealed, Self.chunks).allSatisfy { $0.count == $1.count + 17 })
        let opened = try open(sealed, header, key)
        #expect(opened.chunks == Self.chunks)
        #expect(opened.isFinished)
    }

    @Test("A stream that was cut off opens without an end")
    func truncated() throws {
        let key = try SecretKey(random: ())
        let (header, sealed) = try seal(key)
        let opened = try open(Array(sealed.dropLast()), header, key)
        #expect(opened.chunks.count == 3)
        #expect(!opened.isFinished)
    }

    @Test("Chunks that were exchanged, left out, repeated or added do not open")
    func moved() throws {
        let key = try SecretKey(random: ())
        let (header, sealed) = try seal(key)
        #expect(try open([sealed[1], sealed[0]], header, key).chunks.isEmpty)
        #expect(try open([sealed[0], sealed[2]], header, key).chunks.count == 1)
        #expect(try open([sealed[0], sealed[0]], header, key).chunks.count == 1)
        let more = try open(sealed + [sealed[3]], header, key)
        #expect(more.chunks.count == 4)
        #expect(!more.isFinished)
    }

    @Test("Another key, header, associated data or stream does not open")
    func foreign() throws {
        let key = try SecretKey(random: ())
        let (header, sealed) = try seal(key)
        let (other, _) = try seal(key)
        #expect(try open(sealed, header, SecretKey(random: ())).chunks.isEmpty)
        #expect(try open(sealed, other, key).chunks.isEmpty)
        #expect(try open(sealed, header, key, data: [1, 2]).chunks.isEmpty)
        #expect(throws: SodiumError.wrongLength(expected: 24, actual: 23)) {
            try open(sealed, Array(header.dropLast()), key)
        }
    }

    @Test("Every bit of a chunk counts")
    func bits() throws {
        let key = try SecretKey(random: ())
        let (header, sealed) = try seal(key)
        for bit in 0..<sealed[0].count * 8 {
            var changed = sealed[0]
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(try open([changed], header, key).chunks.isEmpty, "bit \(bit)")
        }
        #expect(try open([[], [1, 2, 3]], header, key).chunks.isEmpty)
    }
}
