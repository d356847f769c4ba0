import Testing

@testable import SMTPCore

@Suite("Bytes")
struct BytesTests {
    @Test("Wiping in place reaches every holder of the storage")
    func wiping() {
        var secret: [UInt8] = []
        for byte in 1...100 { secret.append(UInt8(byte)) }
        let other = secret
        Bytes.wipeInPlace(secret)
        #expect(secret.allSatisfy { $0 == 0 } && other.allSatisfy { $0 == 0 })
    }

    @Test("Wiping a range leaves the rest")
    func range() {
        var bytes = [UInt8](1...6)
        Bytes.wipe(&bytes, 2..<4)
        #expect(bytes == [1, 2, 0, 0, 5, 6])
        Bytes.wipe(&bytes, 6..<6)
        #expect(bytes.count == 6)
    }

    @Test("A kept line is released when it was wiped, and a long one is dropped")
    func lines() {
        var reader = SMTPLineReader()
        var input = Array("AUTH PLAIN abc".utf8)
        var position = 0
        guard case .incomplete = reader.next(in: &input, at: &position, isSecret: false) else {
            Issue.record("a line without an end is no line")
            return
        }
        #expect(input.allSatisfy { $0 == 0 } && reader.stored.count == 14)
        reader.wipe()
        #expect(reader.isEmpty && reader.stored.capacity == 0)
        input = [UInt8](repeating: 0x41, count: SMTPLimits.commandLine + 1)
        position = 0
        guard case .incomplete = reader.next(in: &input, at: &position, isSecret: false) else {
            Issue.record("a line without an end is no line")
            return
        }
        #expect(!reader.isEmpty && reader.stored.isEmpty)
    }
}
