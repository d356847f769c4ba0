import MailModel
import SMTPCore
import SeededRandom
import Testing

@Suite("Raw messages are checked and made fit for DATA")
struct RawMessageTests {
    private static func check(_ text: String) throws(ComposeError) -> RawMessage {
        try check(Array(text.utf8))
    }

    private static func check(_ bytes: [UInt8]) throws(ComposeError) -> RawMessage {
        var generator = SeededGenerator(seed: 9)
        let now = try MailTime(milliseconds: 1_772_517_900_123, offsetMinutes: 180)
        return try RawMessage(checking: bytes.span, at: now, using: &generator)
    }

    @Test("A complete message with CRLF newlines stays byte for byte")
    func keepsBytes() throws {
        let source =
            "Received: by x; now\r\nX-Odd:value\r\n  folded\t\r\nFROM: Ana <a@b.c>\r\n"
            + "to: d@e.f\r\nDate: whenever\r\nMessage-ID: <1@b.c>\r\n\r\nbody \u{1}\r\n.\r\n..\r\n"
        let message = try Self.check(source)
        #expect(message.bytes == Array(source.utf8))
        #expect(message.messageID == "<1@b.c>")
        #expect(message.from.map(\.address.wireForm) == ["a@b.c"])
        #expect(!message.needs8Bit && !message.needsSMTPUTF8)
    }

    @Test("Newlines become CRLF, Bcc goes, Date and Message-ID come")
    func repairs() throws {
        let message = try Self.check(
            "From: a@b.c\nBcc: x@y.z,\n w@y.z\nTo: d@e.f\nbCC : q\nResent-Bcc: r@s.t\n\none\ntwo\rthree\r\n\nend"
                .replacing("bCC : q\n", with: ""))
        let wanted =
            "From: a@b.c\r\nTo: d@e.f\r\nDate: Tue, 03 Mar 2026 09:05:00 +0300\r\n"
            + "Message-ID: \(message.messageID)\r\n\r\none\r\ntwo\r\nthree\r\n\r\nend\r\n"
        #expect(String(decoding: message.bytes, as: UTF8.self) == wanted)
        #expect(message.messageID.hasSuffix("@b.c>"))
        #expect(try message.headerRecipients().map(\.wireForm) == ["d@e.f", "x@y.z", "w@y.z"])
        #expect(message.longestLine == 5)
    }

    @Test("A message of headers alone gets its empty line")
    func headersOnly() throws {
        let message = try Self.check("From: a@b.c\nDate: x\nMessage-ID: <a@b>")
        #expect(message.bytes == Array("From: a@b.c\r\nDate: x\r\nMessage-ID: <a@b>\r\n\r\n".utf8))
    }

    @Test("The envelope comes from the fields unless it is given")
    func envelope() throws {
        let message = try Self.check("From: a@b.c\nSender: s@b.c\nTo: ü@e.f\nCc: d@örnek.tr\n\n")
        #expect(message.needsSMTPUTF8)
        let addressed = try message.addressed()
        #expect(addressed.envelopeSender.wireForm == "s@b.c")
        #expect(addressed.recipients.map(\.wireForm) == ["ü@e.f", "d@xn--rnek-4qa.tr"])
        let other = try message.addressed(
            from: SMTPAddress(parsing: "x@y.z"), to: [SMTPAddress(parsing: "q@r.s")])
        #expect(other.envelopeSender.wireForm == "x@y.z")
        #expect(other.recipients.map(\.wireForm) == ["q@r.s"])
        let group = try Self.check("From: a@b.c\nTo: undisclosed-recipients:;\n\n")
        #expect(throws: ComposeError.addressGroup(field: "To")) { try group.headerRecipients() }
        let nobody = try Self.check("From: a@b.c\n\n")
        #expect(throws: ComposeError.noRecipients) { try nobody.addressed() }
    }

    @Test(
        "What is no message is refused, with the line",
        arguments: [
            ("", .missingHeader(name: "From")), ("\n", .missingHeader(name: "From")),
            ("To: a@b.c\n\n", .missingHeader(name: "From")),
            ("From a@b.c Mon\nFrom: a@b.c\n\n", .malformedHeader(field: "header line 1")),
            ("From: a@b.c\njunk\n\n", .malformedHeader(field: "header line 2")),
            ("From: a@b.c\nX Y: 1\n\n", .malformedHeader(field: "header line 2")),
            ("From: a@b.c\nBcc : x\n\n", .malformedHeader(field: "header line 2")),
            ("From: a@b.c\n: x\n\n", .malformedHeader(field: "header line 2")),
            (" From: a@b.c\n\n", .malformedHeader(field: "header line 1")),
            ("From: a@b.c\n \n\nBody", .malformedHeader(field: "header line 2")),
            ("From: a@b.c\rBcc: x\n\n", .bareCarriageReturn(field: "header line 1")),
            ("From: a@b.c\r", .bareCarriageReturn(field: "header line 1")),
            ("From: a@b.c\nX: \0\n\n", .forbiddenCharacter(field: "header line 2", scalar: 0)),
            (
                "From: a@b.c\nX: \u{85}\n\n",
                .forbiddenCharacter(field: "header line 2", scalar: 0x85)
            ),
            ("From: a@b.c\nFrom: d@e.f\n\n", .repeatedHeader(field: "header line 2")),
            ("From: a@b.c\nTo: a@b.c\nTO: d@e.f\n\n", .repeatedHeader(field: "header line 3")),
            ("From: a@b.c, d@e.f\n\n", .missingHeader(name: "Sender")),
            ("From: Team: a@b.c;\n\n", .addressGroup(field: "From")),
            ("From: a@b.c (Ana)\n\n", .addressComment(field: "From")),
            (
                "From: a@b.c\nX: " + String(repeating: "x", count: 996) + "\n\n",
                .tooLong(field: "header line 2", limit: 998)
            ),
        ] as [(String, ComposeError)])
    func refuses(_ text: String, _ error: ComposeError) {
        #expect(throws: error) { _ = try Self.check(text) }
    }

    @Test("8-bit header text must be UTF-8")
    func header8Bit() throws {
        #expect(throws: ComposeError.notUTF8(field: "header line 2")) {
            _ = try Self.check(Array("From: a@b.c\nX: ".utf8) + [0xE9, 10, 10])
        }
        #expect(try Self.check("From: a@b.c\nX: é\n\n").needsSMTPUTF8)
        let body = try Self.check(Array("From: a@b.c\n\n".utf8) + [0xE9, 0, 10])
        #expect(body.needs8Bit && !body.needsSMTPUTF8)
        #expect(body.bytes.suffix(6) == [13, 10, 0xE9, 0, 13, 10])
    }

    @Test("Bounds hold on header blocks and messages")
    func bounds() {
        let fields = "From: a@b.c\n" + String(repeating: "A: b\n", count: 1_000)
        #expect(throws: ComposeError.tooMany(field: "header block", limit: 1_000)) {
            _ = try Self.check(fields + "\n")
        }
        let block =
            "From: a@b.c\n"
            + String(repeating: "A: " + String(repeating: "b", count: 900) + "\n", count: 80)
        #expect(throws: ComposeError.tooLong(field: "header block", limit: 65_536)) {
            _ = try Self.check(block + "\n")
        }
        #expect(throws: ComposeError.tooLong(field: "message", limit: 52_428_800)) {
            _ = try Self.check([UInt8](repeating: 10, count: 52_428_801))
        }
    }

    @Test("Random octets are checked without trapping, and what passes has no bare newline")
    func randomOctets() throws {
        var generator = SeededGenerator(seed: 77)
        let alphabet = Array("From: a@b.c\r\n\n\r \t\0:xé,;<>\"".utf8)
        for _ in 0..<5_000 {
            let count = Int(generator.next() % 60)
            var bytes = Array("From: a@b.c\r\n".utf8)
            for _ in 0..<count {
                bytes.append(alphabet[Int(generator.next() % UInt64(alphabet.count))])
            }
            guard let message = try? Self.check(bytes) else { continue }
            var previous: UInt8 = 0
            for byte in message.bytes {
                #expect((byte == 10) == (previous == 13))
                previous = byte
            }
            #expect(
                WireHeaders(message.bytes).names.allSatisfy {
                    !$0.isEmpty && $0.lowercased() != "bcc"
                })
        }
    }
}
