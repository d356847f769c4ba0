import Explained
import MailModel
import SMTPCore
import SeededRandom
import Testing

/// Seeded attacks on every field: a message has the header lines that were meant, or is refused.
@Suite("No text becomes a header line")
struct InjectionTests {
    /// Pieces that end lines, end fields or begin new ones somewhere.
    static let pieces: [String] = [
        "\r\n", "\n", "\r", "\n\n", "\r\n\r\n", "\0", "\u{85}", "\u{2028}", "\u{2029}", "\u{B}",
        "\u{C}", "\t", "\r\n ", "Bcc: evil@x.org", "Bcc:", "X-Evil: 1", "Content-Type: text/html",
        "=?utf-8?q?=0D=0ABcc:_evil=40x.org?=", "=?utf-8?b?DQpCY2M6IGVAeC5vcmc=?=", "?=", "=?", "=",
        "%0d%0aBcc: x", "\\r\\n", "\"", "\\", "\\\"", "'", "<", ">", "@", ",", ";", ":", "(", ")",
        "[", "]", ".", "..", "--", "--=_", "é", "ş", "日本", "👩‍👩‍👧‍👦", "\u{202E}", "\u{FEFF}", "e\u{301}",
        " ",
        "  ", "a", "Z", "0", "x@y.org", "evil <e@x.org>", String(repeating: "w", count: 90), "*0*=",
        "''",
        "\u{FF1A}", "\u{560A}\u{560D}", "\u{10A}", "\u{10D}", "嘊嘍", "\u{7F}", "\u{1B}",
    ]

    static func text(_ generator: inout SeededGenerator) -> String {
        let count = Int(generator.next() % 6)
        return (0..<count).map { _ in pieces[Int(generator.next() % UInt64(pieces.count))] }
            .joined()
    }

    @Test("Whatever a field holds, only the intended header lines come out", arguments: 0..<20)
    func seededCorpus(_ batch: Int) throws {
        var generator = SeededGenerator(seed: UInt64(batch) &* 7_919 &+ 42)
        let base = try MessageDraft.plain(text: nil)
        let time = try MailTime.noon()
        var composed = 0
        for index in 0..<5_000 {
            let position = Int(generator.next() % 14)
            let evil = Self.text(&generator)
            var draft = base
            do throws(ComposeError) {
                try Self.place(evil, at: position, in: &draft)
                let message = try draft.compose(at: time, using: &generator)
                composed += 1
                if let fault = Self.fault(of: message, draft: draft) {
                    Issue.record("batch \(batch) case \(index) position \(position): \(fault)")
                }
            } catch {
                // The error may not carry the attack on.
                #expect(error.description.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
            }
        }
        #expect(composed > 500)
    }

    private static func place(
        _ evil: String, at position: Int, in draft: inout MessageDraft
    ) throws(ComposeError) {
        switch position {
        case 0: draft.subject = evil
        case 1: draft.from = try MailAddress(name: evil, address: "a@acme.com", field: "from")
        case 2: draft.to = [try MailAddress(name: evil, address: "a@acme.com", field: "to[0]")]
        case 3: draft.to = try MailAddress.list(parsing: evil + "<a@x.org>", field: "to")
        case 4: draft.cc = [try MailAddress(address: evil + "@x.org", field: "cc[0]")]
        case 5: draft.replyTo = [try MailAddress(address: "a@" + evil, field: "replyTo[0]")]
        case 6: draft.headers = [("X-Campaign", evil)]
        case 7: draft.headers = [("X-" + evil, "1")]
        case 8: draft.headers = [("List-Unsubscribe", "<https://x.org/" + evil + ">")]
        case 9: draft.messageID = "a" + evil + "@acme.com"
        case 10: draft.attachments = [MailModel.Attachment(filename: "f" + evil, bytes: [])]
        case 11:
            let type = try ContentType(parsing: "text/plain; a=" + evil, field: "contentType")
            draft.attachments = [MailModel.Attachment(filename: "f", contentType: type, bytes: [])]
        case 12:
            draft.attachments = [
                MailModel.Attachment(filename: nil, bytes: [], contentID: "c" + evil)
            ]
        default: draft.text = evil
        }
    }

    /// What is wrong with the message, if anything.
    private static func fault(of message: ComposedMessage, draft: MessageDraft) -> String? {
        var previous: UInt8 = 0
        var length = 0
        for byte in message.bytes {
            if (byte == 10) != (previous == 13) { return "a bare CR or LF" }
            if byte == 0 { return "a NUL" }
            length = byte == 10 ? 0 : length + 1
            if length > 999 { return "a line too long" }
            previous = byte
        }
        let headers = WireHeaders(message.bytes)
        var wanted = ["Date", "From"]
        if !draft.replyTo.isEmpty { wanted.append("Reply-To") }
        wanted.append("To")
        if !draft.cc.isEmpty { wanted.append("Cc") }
        wanted += ["Subject", "Message-ID"] + draft.headers.map(\.name)
        wanted += ["MIME-Version", "Content-Type"]
        if draft.attachments.isEmpty { wanted.append("Content-Transfer-Encoding") }
        if headers.names != wanted { return "header fields \(headers.names)" }
        guard !draft.attachments.isEmpty else { return nil }
        // The part's own header block.
        guard let start = message.bytes.firstRange(of: Array("\r\n\r\n--=_".utf8)) else {
            return "no boundary"
        }
        let part = message.bytes[(start.lowerBound + 4)...]
        guard let lineEnd = part.firstRange(of: [13, 10]) else { return "no part" }
        let names = WireHeaders(Array(part[lineEnd.upperBound...])).names
        let fields = [
            "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID",
        ]
        let count = draft.attachments.first?.contentID == nil ? 3 : 4
        return names == Array(fields.prefix(count)) ? nil : "part fields \(names)"
    }
}

extension Collection where Element == UInt8 {
    /// Where `pattern` stands first.
    fileprivate func firstRange(of pattern: [UInt8]) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].starts(with: pattern) {
                return index..<self.index(index, offsetBy: pattern.count)
            }
            index = self.index(after: index)
        }
        return nil
    }
}
