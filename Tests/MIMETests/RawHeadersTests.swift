import MIME
import Testing

@Suite("Raw headers can always be read")
struct RawHeadersTests {
    @Test("Fields are unfolded and trimmed, in their order")
    func unfolds() {
        let source = Array("A: 1\r\nB:  two\r\n three\t\r\nC:\n\nBody: no".utf8)
        let headers = RawHeaders(source.span)
        #expect(headers.fields.map(\.name) == ["A", "B", "C"])
        #expect(headers.fields.map(\.value) == ["1", "two three", ""])
        #expect(headers["b"] == "two three")
        #expect(!headers.isTruncated)
    }

    @Test("A line that is no field is kept under an empty name")
    func keepsJunk() {
        let headers = RawHeaders(Array("junk\r\nA: 1\r\n: x\r\n".utf8).span)
        #expect(headers.fields.map(\.name) == ["", "A", ""])
        #expect(headers.fields.first?.value == "junk")
    }

    @Test("A header block past its bounds is cut, and says so")
    func isBounded() {
        let long = Array("A: ".utf8) + [UInt8](repeating: 0x61, count: 100_000)
        let one = RawHeaders(long.span)
        #expect(one.isTruncated)
        #expect(one.fields.count == 1)
        let many = Array(String(repeating: "A: 1\n", count: 2_000).utf8)
        let thousand = RawHeaders(many.span)
        #expect(thousand.isTruncated)
        #expect(thousand.fields.count == 1_000)
    }

    @Test("Octets that are no UTF-8 become replacement characters")
    func repairs() {
        #expect(RawHeaders([0x41, 0x3A, 0xFF, 0x0A].span)["a"] == "\u{FFFD}")
    }
}
