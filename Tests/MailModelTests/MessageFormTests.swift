import Iconv
import MIME
import Testing

@testable import MailModel

@Suite("Character sets and forms of a message")
struct MessageFormTests {
    private static func draft(
        _ text: String, _ charset: String = "utf-8", isEightBit: Bool = true
    ) throws -> MessageDraft {
        var draft = try MessageDraft.plain(subject: "Hello", text: text)
        draft.charset = try Charset(named: charset)
        draft.hasEightBitForm = isEightBit
        return draft
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    // MARK: Character sets

    @Test("A text and encoded words are written in the draft's character set")
    func charset() throws {
        var draft = try Self.draft(
            "Ölçü and şİğ, then a longer plain text", "ISO-8859-9", isEightBit: false)
        draft.subject = "Günaydın"
        draft.from = try MailAddress(name: "Işık", address: "noreply@acme.com")
        draft.headers = [("X-Place", "İzmir")]
        let wire = WireHeaders(try draft.composed().bytes)
        #expect(wire["Content-Type"] == "text/plain; charset=iso-8859-9")
        #expect(wire["Content-Transfer-Encoding"] == "quoted-printable")
        #expect(
            String(decoding: wire.body, as: UTF8.self)
                == "=D6l=E7=FC and =FE=DD=F0, then a longer plain text\r\n")
        #expect(wire["Subject"] == "=?iso-8859-9?q?G=FCnayd=FDn?=")
        #expect(wire["From"] == "=?iso-8859-9?q?I=FE=FDk?= <noreply@acme.com>")
        #expect(wire["X-Place"] == "=?iso-8859-9?q?=DDzmir?=")
    }

    @Test("What the set cannot hold is UTF-8, each text and field by itself")
    func fallback() throws {
        var draft = try Self.draft("Ölçü", "ISO-8859-9", isEightBit: false)
        draft.html = "<p>Цена</p>"
        draft.subject = "日本"
        draft.headers = [("X-Place", "İzmir")]
        let message = try draft.composed()
        let text = String(decoding: message.bytes, as: UTF8.self)
        #expect(text.contains("text/plain; charset=iso-8859-9"))
        #expect(text.contains("text/html; charset=utf-8"))
        #expect(text.contains("Subject: =?utf-8?b?5pel5pys?=\r\n"))
        #expect(text.contains("X-Place: =?iso-8859-9?q?=DDzmir?=\r\n"))
        let parsed = try ParsedMessage(message.bytes.span)
        #expect(parsed.text == "Ölçü" && parsed.html == "<p>Цена</p>")
        #expect(parsed.subject == "日本")
    }

    @Test(
        "Whatever the set, readers get every text back",
        arguments: [
            ("us-ascii", "plain"), ("iso-8859-1", "naïve café"), ("iso-8859-2", "Żółć"),
            ("iso-8859-5", "Цена и скидка"), ("iso-8859-7", "Καλημέρα"), ("iso-8859-15", "5 €"),
            ("windows-1251", "Цена — «100»"), ("windows-1252", "“quoted” – 5 €"),
            ("windows-1254", "şeker ığdır"), ("windows-1252", "日本"), ("us-ascii", "naïve"),
        ])
    func readsBack(_ charset: String, _ text: String) throws {
        for isEightBit in [false, true] {
            let long = Array(repeating: text, count: 30).joined(separator: " ")
            var draft = try Self.draft(long + "\n.\n", charset, isEightBit: isEightBit)
            draft.subject = long
            let message = try draft.composed()
            for bytes in [message.bytes, message.eightBitBytes ?? message.bytes] {
                let parsed = try ParsedMessage(bytes.span)
                #expect(parsed.subject == long)
                #expect(parsed.text == long + "\n.\n")
                let longest = WireHeaders(bytes).lines.map(\.utf8.count).max() ?? 0
                #expect(longest <= MailLimits.foldedLine)
            }
        }
    }

    // MARK: 8 bits

    @Test("The form of 8 bits has texts as they are, the other one has 7 bits")
    func eightBit() throws {
        let message = try Self.draft("Grüße\n").composed()
        let eight = try #require(message.eightBitBytes)
        #expect(message.bytes.allSatisfy { $0 < 0x80 } && !message.needs8Bit)
        let wire = WireHeaders(eight)
        #expect(wire["Content-Transfer-Encoding"] == "8bit")
        #expect(wire.body == Self.bytes("Grüße\r\n"))
        #expect(wire["Message-ID"] == WireHeaders(message.bytes)["Message-ID"])
        let latin = try #require(try Self.draft("Grüße\n", "iso-8859-1").composed().eightBitBytes)
        #expect(WireHeaders(latin).body == [71, 114, 0xFC, 0xDF, 101, 13, 10])
    }

    @Test("Every level above a text of 8 bits says so")
    func levels() throws {
        var draft = try Self.draft("Grüße")
        draft.html = "<p>plain</p>"
        draft.attachments = [
            Attachment(filename: "a.bin", contentType: .octetStream, bytes: [0xFF, 0])
        ]
        let eight = try #require(try draft.composed().eightBitBytes)
        let text = String(decoding: eight, as: UTF8.self)
        let encodings = text.split(separator: "\r\n").filter {
            $0.hasPrefix("Content-Transfer-Encoding")
        }.map { $0.dropFirst(27) }
        #expect(encodings == ["8bit", "8bit", "8bit", "7bit", "base64"])
        let parsed = try ParsedMessage(eight.span)
        #expect(parsed.text == "Grüße" && parsed.attachments.count == 1)
    }

    @Test(
        "There is one form where a second would not help",
        arguments: [
            "plain", String(repeating: "ü", count: 500), "a\u{0}ü", "ü\nFrom here", "--=_x\nü",
        ])
    func oneForm(_ text: String) throws {
        #expect(try Self.draft(text).composed().eightBitBytes == nil)
        #expect(try Self.draft("Grüße", isEightBit: false).composed().eightBitBytes == nil)
    }
}
