import Testing

@testable import Sodium

struct SecretBufferTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test("A buffer grows byte by byte and becomes a secret of what was written")
    func growth() throws {
        var buffer = try SecretBuffer(capacity: 0)
        var expected: [UInt8] = []
        for number in 0..<5_000 {
            let byte = UInt8(truncatingIfNeeded: number)
            try buffer.append(byte)
            expected.append(byte)
        }
        try buffer.append(expected.span)
        #expect(buffer.count == 10_000)
        #expect(buffer.withSpan { bytes($0) } == expected + expected)
        #expect(bytes(buffer.finish()) == expected + expected)
    }

    @Test("A buffer takes its limit and no byte more, and stays as it was")
    func limit() throws {
        var buffer = try SecretBuffer(limit: 10)
        try buffer.append("123456789")
        #expect(buffer.room == 1)
        #expect(throws: SodiumError.tooLarge(limitBytes: 10)) { try buffer.append("ab") }
        try buffer.append(UInt8(ascii: "0"))
        #expect(throws: SodiumError.tooLarge(limitBytes: 10)) { try buffer.append(0) }
        try buffer.append("")
        #expect(bytes(buffer.finish()) == bytes("1234567890"))
    }

    @Test("What is replaced is gone")
    func replacing() throws {
        var buffer = try SecretBuffer(limit: 16, capacity: 16)
        try buffer.append("something long")
        let count = buffer.replace { room in
            room[0] = UInt8(ascii: "x")
            return 1
        }
        #expect(count == 1)
        #expect(bytes(buffer.finish()) == bytes("x"))
    }
}
