import SMTPCore
import SeededRandom
import Testing

@Suite("SMTP replies")
struct SMTPReplyParserTests {
    struct Fixture: CustomTestStringConvertible {
        let wire: String
        let replies: [(UInt16, String?, [String])]
        var testDescription: String { wire.debugDescription }
    }

    static let fixtures = [
        Fixture(wire: "220 ready\r\n", replies: [(220, nil, ["ready"])]),
        Fixture(wire: "250\r\n", replies: [(250, nil, [""])]),
        Fixture(wire: "250 \r\n", replies: [(250, nil, [""])]),
        Fixture(
            wire: "250-a\r\n250-b c\r\n250 d\r\n", replies: [(250, nil, ["a", "b c", "d"])]),
        Fixture(
            wire: "250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n",
            replies: [
                (250, "2.1.0", ["2.1.0 ok"]), (250, "2.1.5", ["2.1.5 ok"]), (354, nil, ["go"]),
            ]),
        Fixture(
            wire: "550-5.7.1 no\r\n550 5.7.1 never\r\n",
            replies: [(550, "5.7.1", ["5.7.1 no", "5.7.1 never"])]),
        Fixture(
            wire: "550-first\r\n550 5.7.26 second\r\n",
            replies: [(550, "5.7.26", ["first", "5.7.26 second"])]),
        Fixture(
            wire: "534-5.7.9 Application-specific password required. For more\r\n"
                + "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp\r\n",
            replies: [
                (
                    534, "5.7.9",
                    [
                        "5.7.9 Application-specific password required. For more",
                        "5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp",
                    ]
                )
            ]),
        Fixture(
            wire: "550 4.7.1 class differs\r\n", replies: [(550, nil, ["4.7.1 class differs"])]),
        Fixture(wire: "250 ü ✓\r\n", replies: [(250, nil, ["ü ✓"])]),
        Fixture(wire: "250 a\u{1B}[2Jb\0\r\n", replies: [(250, nil, ["a\u{FFFD}[2Jb\u{FFFD}"])]),
        Fixture(wire: "250 a\tb\r\n", replies: [(250, nil, ["a b"])]),
    ]

    private func parse(_ chunks: [[UInt8]]) throws -> [SMTPReply] {
        var parser = SMTPReplyParser()
        var replies: [SMTPReply] = []
        for chunk in chunks {
            parser.append(chunk.span)
            while let reply = try parser.next() { replies.append(reply) }
        }
        #expect(!parser.hasUnreadBytes)
        return replies
    }

    @Test("A reply is the same wherever its bytes are split", arguments: fixtures)
    func split(_ fixture: Fixture) throws {
        let wire = bytes(fixture.wire)
        var splits = (0...wire.count).map { [Array(wire[..<$0]), Array(wire[$0...])] }
        splits.append(wire.map { [$0] })
        for chunks in splits {
            let replies = try parse(chunks)
            #expect(replies.map(\.code.value) == fixture.replies.map(\.0))
            #expect(replies.map { $0.enhanced?.description } == fixture.replies.map(\.1))
            #expect(replies.map(\.lines) == fixture.replies.map(\.2))
        }
    }

    static let violations: [(String, SMTPSyntaxError)] = [
        ("hello\r\n", .badReplyCode), ("25\r\n", .badReplyCode), ("\r\n", .badReplyCode),
        ("150 x\r\n", .badReplyCode), ("650 x\r\n", .badReplyCode), ("2500\r\n", .badReplyCode),
        ("250_x\r\n", .badReplyCode), ("250-a\r\n251 b\r\n", .mixedReplyCodes),
        ("250 a\n", .bareNewline), ("250 a\rb\r\n", .bareNewline), ("250 a\r\r\n", .bareNewline),
        ("\n", .bareNewline), ("+OK ready\r\n", .badReplyCode),
        ("HTTP/1.1 400 Bad\r\n", .badReplyCode), ("\u{16}\u{3}\u{1}\r\n", .badReplyCode),
    ]

    @Test("A violation is found at every split and is repeated", arguments: violations)
    func violation(_ wire: String, _ expected: SMTPSyntaxError) {
        let wire = bytes(wire)
        for index in 0...wire.count {
            var parser = SMTPReplyParser()
            #expect(throws: expected) {
                for chunk in [Array(wire[..<index]), Array(wire[index...])] {
                    parser.append(chunk.span)
                    while try parser.next() != nil {}
                }
            }
            let more = bytes("250 ok\r\n")
            parser.append(more.span)
            #expect(throws: expected) { try parser.next() }
        }
    }

    @Test("A line may have the limit's length and not one octet more")
    func lineLimit() throws {
        let fits = bytes("250 " + String(repeating: "x", count: SMTPLimits.replyLine - 6) + "\r\n")
        #expect(fits.count == SMTPLimits.replyLine)
        #expect(try parse([fits]).count == 1)
        #expect(try parse(fits.map { [$0] }).count == 1)
        let long = bytes("250 " + String(repeating: "x", count: SMTPLimits.replyLine - 5) + "\r\n")
        let error = SMTPSyntaxError.tooLong(.replyLine, limit: SMTPLimits.replyLine)
        #expect(throws: error) { try parse([long]) }
        #expect(throws: error) { try parse(long.map { [$0] }) }
    }

    @Test("A reply may have the limit's lines and not one more, however long it goes on")
    func lineCount() throws {
        let line = bytes("250-x\r\n")
        let most = Array(repeating: line, count: SMTPLimits.replyLines - 1) + [bytes("250 x\r\n")]
        #expect(try parse(most).first?.lines.count == SMTPLimits.replyLines)
        var parser = SMTPReplyParser()
        #expect(throws: SMTPSyntaxError.tooMany(.replyLines, limit: SMTPLimits.replyLines)) {
            while true {
                parser.append(line.span)
                _ = try parser.next()
            }
        }
    }

    @Test("Bytes that nobody asks for are bounded")
    func unread() {
        var parser = SMTPReplyParser()
        let chunk = [UInt8](repeating: 0x41, count: 65536)
        for _ in 0..<5 { parser.append(chunk.span) }
        let limit = SMTPLimits.unreadReplyBytes
        #expect(throws: SMTPSyntaxError.tooLong(.replyBytes, limit: limit)) { try parser.next() }
    }

    @Test("The text of a reply has no status codes in it")
    func plainText() throws {
        let reply = try parse([bytes("550-5.7.1 not\r\n550 5.7.1 today\r\n")])
        #expect(reply.first?.text == "not today")
    }

    @Test("No bytes make the parser do anything but answer or throw")
    func random() {
        var generator = SeededGenerator(seed: 1)
        let alphabet = bytes("0123456789 -.\r\nabc") + [0, 0xFF, 0xC3]
        for _ in 0..<20_000 {
            var parser = SMTPReplyParser()
            var chunk: [UInt8] = []
            for _ in 0..<Int.random(in: 0...40, using: &generator) {
                chunk.append(alphabet.randomElement(using: &generator) ?? 0)
            }
            parser.append(chunk.span)
            while let reply = try? parser.next() { #expect(!reply.lines.isEmpty) }
        }
    }
}
