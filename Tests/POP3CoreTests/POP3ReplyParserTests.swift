import POP3Core
import Testing

private func parse(_ input: [UInt8], piece: Int, isMultiLine: Bool) -> [String] {
    var parser = POP3ReplyParser()
    var result: [String] = []
    for start in stride(from: 0, to: input.count, by: piece) {
        let part = Array(input[start..<min(start + piece, input.count)])
        parser.append(part.span)
        do {
            while let answer = try parser.next(isMultiLine: isMultiLine) {
                result.append("\(answer.reply)|" + answer.lines.joined(separator: ","))
            }
        } catch {
            result.append("\(error)")
            break
        }
    }
    return result
}

@Test(
    "Replies are read alike wherever the bytes are split",
    arguments: [
        ("+OK\r\n-ERR\r\n+OK text  of it\r\n", false, ["+OK|", "-ERR|", "+OK text  of it|"]),
        (
            "+OK list\r\nUSER\r\n..dot\r\n\r\n.\r\n-ERR no\r\n", true,
            ["+OK list|USER,.dot,", "-ERR no|"]
        ),
        ("+OK a\tb\u{1B}[31m\u{0}\r\n", false, ["+OK a b\u{FFFD}[31m\u{FFFD}|"]),
    ])
func split(_ input: String, _ isMultiLine: Bool, _ expected: [String]) {
    let input = bytes(input)
    for piece in 1...input.count {
        #expect(parse(input, piece: piece, isMultiLine: isMultiLine) == expected)
    }
}

@Test(
    "What is no reply is refused, and refused for good",
    arguments: [
        ("+ok x\r\n", POP3SyntaxError.badStatus), ("220 x\r\n", .badStatus), ("\r\n", .badStatus),
        ("+OKAY\r\n", .badStatus), ("-ERRx\r\n", .badStatus), ("+ \r\n", .badStatus),
        ("+OK\n", .bareNewline), ("+OK\rx\r\n", .bareNewline), ("+OK\r\r\n", .bareNewline),
        ("\n", .bareNewline),
    ])
func violations(_ input: String, _ expected: POP3SyntaxError) {
    let input = bytes(input)
    for piece in 1...input.count {
        var parser = POP3ReplyParser()
        var found: POP3SyntaxError?
        for start in stride(from: 0, to: input.count, by: piece) {
            parser.append(Array(input[start..<min(start + piece, input.count)]).span)
            do { _ = try parser.next(isMultiLine: false) } catch { found = error }
        }
        #expect(found == expected)
        #expect(parser.hasUnreadBytes)
        #expect(throws: expected) { try parser.next(isMultiLine: false) }
    }
}

@Test("A reply line may be as long as its bound and no longer, with or without an end")
func replyLineLength() throws {
    let most = POP3Limits.replyLine
    var parser = POP3ReplyParser()
    let fitting = bytes("+OK " + String(repeating: "x", count: most - 6) + "\r\n")
    parser.append(fitting.span)
    #expect(try parser.next(isMultiLine: false)?.reply.text.utf8.count == most - 6)
    for input in [
        String(repeating: "x", count: most - 5) + "\r\n", String(repeating: "x", count: most),
    ] {
        var parser = POP3ReplyParser()
        let line = bytes("+OK " + input)
        parser.append(line.span)
        #expect(throws: POP3SyntaxError.tooLong(limit: most)) {
            try parser.next(isMultiLine: false)
        }
    }
}

@Test("An answer may have as many lines as its bound and no more")
func lineCount() throws {
    for (count, isTaken) in [(POP3Limits.replyLines - 2, true), (POP3Limits.replyLines - 1, false)]
    {
        var parser = POP3ReplyParser()
        let answer = bytes("+OK\r\n" + String(repeating: "X\r\n", count: count) + ".\r\n")
        parser.append(answer.span)
        let lines = try? parser.next(isMultiLine: true)?.lines.count
        #expect(lines == (isTaken ? count : nil))
    }
}

@Test("Bytes that nobody asked for are bounded")
func unreadBytes() {
    var parser = POP3ReplyParser()
    let flood = [UInt8](repeating: 0x2B, count: POP3Limits.unreadReplyBytes)
    parser.append(flood.span)
    parser.append([0x2B].span)
    #expect(throws: POP3SyntaxError.tooManyBytes(limit: POP3Limits.unreadReplyBytes)) {
        try parser.next(isMultiLine: false)
    }
}

@Test("Response codes and capabilities are read in any case")
func codes() {
    #expect(POP3Reply(isPositive: false, text: "[in-use] x").responseCode == "IN-USE")
    #expect(POP3Reply(isPositive: false, text: "[] x").responseCode == nil)
    #expect(POP3Reply(isPositive: false, text: "x [AUTH]").responseCode == nil)
    #expect(POP3Reply(isPositive: false, text: "[AUTH").responseCode == nil)
    let capabilities = POP3Capabilities(["top", "SASL PLAIN LOGIN", "stls"])
    #expect(capabilities.stls)
    #expect(capabilities.offers("SASL"))
    #expect(!capabilities.offers("PLAIN"))
    let many = POP3Capabilities(Array(repeating: "X", count: POP3Limits.capabilities + 1))
    #expect(many.lines.count == POP3Limits.capabilities)
}
