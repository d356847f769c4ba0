import MIME
import MailModel
import SMTPCore
import Testing

@Suite("Composed messages are read back as they were written")
struct GoldenMessageTests {
    @Test("GMime reads back what was composed", arguments: GoldenMessage.all)
    func gmimeAgrees(_ golden: GoldenMessage) throws {
        let draft = try golden.draft()
        let message = try draft.composed()
        let parsed = try ParsedMessage(message.bytes.span)
        #expect(parsed.subject ?? "" == draft.subject)
        #expect(parsed.from == [Self.address(draft.from)])
        #expect(parsed.sender == (draft.sender.map { [Self.address($0)] } ?? []))
        #expect(parsed.replyTo == draft.replyTo.map(Self.address))
        #expect(parsed.to == draft.to.map(Self.address))
        #expect(parsed.cc == draft.cc.map(Self.address))
        #expect(parsed.bcc.isEmpty)
        #expect(parsed.date == 1_772_517_900)
        #expect("<\(parsed.messageID ?? "")>" == message.messageID)
        #expect(Self.body(parsed.text) == Self.body(Self.expectedText(draft)))
        #expect(Self.body(parsed.html) == Self.body(draft.html))
        let ordered = Self.ordered(draft)
        #expect(parsed.attachments.map(\.filename) == ordered.map(\.filename))
        #expect(parsed.attachments.map(\.size) == ordered.map(\.bytes.count))
        #expect(parsed.attachments.map(\.contentID) == ordered.map(\.contentID))
        for (found, sent) in zip(parsed.attachments, ordered) {
            #expect(found.contentType == sent.contentType.mediaType)
            let content = try ParsedMessage.content(ofPart: found.part, in: message.bytes.span)
            #expect(content == sent.bytes)
        }
    }

    @Test("Python's email package reads back what was composed")
    func pythonAgrees() throws {
        let folder = try PythonCheck.makeFolder()
        let files = GoldenMessage.all.flatMap { ["\($0.name).eml", "\($0.name).expect"] }
        defer { PythonCheck.remove(folder, names: files + ["output.txt"]) }
        for golden in GoldenMessage.all {
            let draft = try golden.draft()
            let message = try draft.composed()
            try PythonCheck.write(message.bytes, to: "\(folder)/\(golden.name).eml")
            try PythonCheck.write(
                Array(Self.expectation(draft, message).utf8),
                to: "\(folder)/\(golden.name).expect")
        }
        let (status, output) = try PythonCheck.run(on: folder)
        #expect(output == "\(GoldenMessage.all.count) checked\n")
        #expect(status == 0)
    }

    @Test("Header lines keep to 78 octets where they can be folded", arguments: GoldenMessage.all)
    func headersAreFolded(_ golden: GoldenMessage) throws {
        let message = try golden.draft().composed()
        for line in WireHeaders(message.bytes).lines where line.utf8.count > 78 {
            #expect(!line.utf8.dropFirst().contains(UInt8(ascii: " ")), "\(line)")
        }
    }

    @Test("No line passes 998 octets and every newline is CRLF", arguments: GoldenMessage.all)
    func linesAreBounded(_ golden: GoldenMessage) throws {
        let bytes = try golden.draft().composed().bytes
        var length = 0
        for (index, byte) in bytes.enumerated() {
            if byte == 10 {
                #expect(index > 0 && bytes[index - 1] == 13)
                #expect(length - 1 <= 998)
                length = 0
            } else {
                if byte == 13 { #expect(index + 1 < bytes.count && bytes[index + 1] == 10) }
                length += 1
            }
        }
        #expect(length == 0)
    }

    @Test("Only SMTPUTF8 messages hold octets above 127", arguments: GoldenMessage.all)
    func bytesAreASCII(_ golden: GoldenMessage) throws {
        let message = try golden.draft().composed()
        #expect(message.needsSMTPUTF8 == (golden.name == "smtputf8"))
        #expect(message.bytes.allSatisfy { $0 < 0x80 } == !message.needsSMTPUTF8)
        #expect(!message.needs8Bit)
    }

    // MARK: What is expected

    private static func address(_ mailbox: MailAddress) -> ParsedMessage.Address {
        ParsedMessage.Address(name: mailbox.name, address: mailbox.address.wireForm)
    }

    private static func expectedText(_ draft: MessageDraft) -> String? {
        draft.html == nil && draft.attachments.isEmpty ? draft.text ?? "" : draft.text
    }

    /// Newlines as LF, none at the end: a message without multipart always ends in one.
    private static func body(_ text: String?) -> String? {
        guard let text else { return nil }
        var scalars = Array(text.unicodeScalars.filter { $0 != "\r" })
        while scalars.last == "\n" { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }

    /// Inline parts come first, beside the HTML.
    private static func ordered(_ draft: MessageDraft) -> [MailModel.Attachment] {
        draft.attachments.filter { $0.disposition == .inline }
            + draft.attachments.filter { $0.disposition == .attachment }
    }

    private static func expectation(_ draft: MessageDraft, _ message: ComposedMessage) -> String {
        var lines = ["subject " + hex(draft.subject), "message-id " + hex(message.messageID)]
        let lists = [
            ("from", [draft.from]), ("sender", draft.sender.map { [$0] } ?? []),
            ("reply-to", draft.replyTo), ("to", draft.to), ("cc", draft.cc),
        ]
        for (key, list) in lists {
            lines += list.map { "\(key) \(hex($0.name ?? "")) \(hex($0.address.wireForm))" }
        }
        if let text = body(expectedText(draft)) { lines.append("text " + hex(text)) }
        if let html = body(draft.html) { lines.append("html " + hex(html)) }
        for file in ordered(draft) {
            let name = hex(file.filename ?? "")
            lines.append("attachment \(name) \(hex(file.contentType.mediaType)) \(hex(file.bytes))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func hex(_ text: String) -> String { hex(Array(text.utf8)) }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        }
        return String(decoding: output, as: UTF8.self)
    }
}
