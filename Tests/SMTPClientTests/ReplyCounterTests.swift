import Testing

@testable import SMTPClient

@Suite("A reply counter")
struct ReplyCounterTests {
    @Test(
        "counts the replies that end, wherever the bytes are split",
        arguments: [
            ("250 ok\r\n", 1), ("250-a\r\n250-b\r\n250 c\r\n", 1), ("250\r\n", 1), ("250-a\r\n", 0),
            ("250 a\r\n550 b\r\n", 2), ("25", 0), ("\r\n", 1),
        ])
    func counts(_ text: String, _ expected: Int) {
        let bytes = Array(text.utf8)
        for split in 0...bytes.count {
            var counter = ReplyCounter()
            let count =
                counter.count(Array(bytes[..<split])) + counter.count(Array(bytes[split...]))
            #expect(count == expected)
        }
    }
}
