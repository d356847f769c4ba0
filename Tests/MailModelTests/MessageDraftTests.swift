import MailModel
import SMTPCore
import Testing

@Suite("A draft is composed or refused")
struct MessageDraftTests {
    @Test("A plain message is exactly these octets")
    func plainBytes() throws {
        let message = try MessageDraft.plain(subject: "Grüße").composed()
        let wanted = """
            Date: Tue, 03 Mar 2026 09:05:00 +0300
            From: Acme <noreply@acme.com>
            To: ana@x.org
            Subject: =?utf-8?b?R3LDvMOfZQ==?=
            Message-ID: \(message.messageID)
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 7bit

            Hi

            """
        let lines = wanted.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(String(decoding: message.bytes, as: UTF8.self) == lines.joined(separator: "\r\n"))
    }

    @Test("A Message-ID is a UUID of version 7 at the author's domain")
    func messageIdentifier() throws {
        let message = try MessageDraft.plain().composed()
        let identifier = message.messageID
        #expect(identifier.hasSuffix("@acme.com>"))
        let uuid = identifier.dropFirst().prefix { $0 != "@" }
        let groups = uuid.split(separator: "-").map(String.init)
        #expect(groups.map(\.count) == [8, 4, 4, 4, 12])
        #expect(UInt64(groups[0] + groups[1], radix: 16) == 1_772_517_900_123)
        #expect(groups[2].hasPrefix("7"))
        #expect("89ab".contains(groups[3].prefix(1)))
        let other = try MessageDraft.plain().composed(seed: 2).messageID
        #expect(other != identifier)
    }

    @Test("A date and a Message-ID of the draft are kept")
    func keepsIdentity() throws {
        var draft = try MessageDraft.plain()
        draft.date = try MailTime(milliseconds: 0, offsetMinutes: -330)
        draft.messageID = "order-42@shop.acme.com"
        let message = try draft.composed()
        let headers = WireHeaders(message.bytes)
        #expect(headers["Date"] == "Wed, 31 Dec 1969 18:30:00 -0530")
        #expect(headers["Message-ID"] == "<order-42@shop.acme.com>")
        #expect(message.messageID == "<order-42@shop.acme.com>")
    }

    @Test(
        "Dates are told as RFC 5322 tells them",
        arguments: [
            (951_782_400_000, 0, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (-1, 0, "Wed, 31 Dec 1969 23:59:59 +0000"),
            (4_107_542_399_999, 840, "Mon, 01 Mar 2100 13:59:59 +1400"),
            (-62_135_510_400_000, 0, "Tue, 02 Jan 0001 00:00:00 +0000"),
            (253_402_128_000_000, 0, "Thu, 30 Dec 9999 00:00:00 +0000"),
        ] as [(Int64, Int, String)])
    func dates(_ milliseconds: Int64, _ offset: Int, _ text: String) throws {
        #expect(try MailTime(milliseconds: milliseconds, offsetMinutes: offset).headerText == text)
    }

    @Test("Dates out of range are refused", arguments: [Int64.min, .max, -62_135_510_400_001])
    func dateBounds(_ milliseconds: Int64) {
        #expect(throws: ComposeError.badDate(field: "date")) {
            try MailTime(milliseconds: milliseconds)
        }
    }

    @Test("Bcc is in the envelope only, and nobody stands there twice")
    func envelope() throws {
        var draft = try MessageDraft.plain()
        draft.to = try MailAddress.list(parsing: "a@x.org, B@x.org")
        draft.cc = try MailAddress.list(parsing: "a@X.ORG, c@x.org")
        draft.bcc = try MailAddress.list(parsing: "Hidden <secret@x.org>, a@x.org")
        let message = try draft.composed()
        #expect(
            message.recipients.map(\.wireForm) == ["a@x.org", "B@x.org", "c@x.org", "secret@x.org"])
        #expect(message.envelopeSender.wireForm == "noreply@acme.com")
        let text = String(decoding: message.bytes, as: UTF8.self)
        #expect(!text.contains("secret") && !text.lowercased().contains("bcc"))
    }

    @Test("A sender is written when it is not the author, and is the envelope's")
    func sender() throws {
        var draft = try MessageDraft.plain()
        draft.sender = draft.from
        #expect(try WireHeaders(draft.composed().bytes)["Sender"] == nil)
        draft.sender = try MailAddress(address: "bot@acme.com")
        let message = try draft.composed()
        #expect(WireHeaders(message.bytes)["Sender"] == "bot@acme.com")
        #expect(message.envelopeSender.wireForm == "bot@acme.com")
    }

    @Test("Inline parts, alternatives and attachments nest as mixed, related, alternative")
    func structure() throws {
        var draft = try MessageDraft.plain()
        draft.html = "<img src=cid:x>"
        draft.attachments = [
            try GoldenMessage.file("a.pdf", [1]),
            MailModel.Attachment(
                filename: nil, contentType: try ContentType(parsing: "image/png"), bytes: [2],
                disposition: .inline, contentID: "x"),
        ]
        let text = String(decoding: try draft.composed().bytes, as: UTF8.self)
        let types = text.split(separator: "\r\n").filter { $0.hasPrefix("Content-Type: ") }
            .map { $0.dropFirst(14).prefix { $0 != ";" } }
        #expect(
            types == [
                "multipart/mixed", "multipart/related", "multipart/alternative", "text/plain",
                "text/html", "image/png", "application/pdf",
            ])
    }

    @Test(
        "Reserved header fields are refused",
        arguments: [
            "Received", "return-path", "DKIM-Signature", "Bcc", "Content-Type", "CONTENT-X",
            "Authentication-Results", "From", "to", "Message-Id", "Date", "MIME-Version", "Subject",
            "Resent-To", "ARC-Seal", "X-Vault-Tag",
        ])
    func reserved(_ name: String) throws {
        var draft = try MessageDraft.plain()
        draft.headers = [("X-Fine", "1"), (name, "x")]
        #expect(throws: ComposeError.reservedHeader(field: "headers[1]")) { try draft.composed() }
    }

    @Test("Every fault names its field")
    func faults() throws {
        let faults: [(ComposeError, (inout MessageDraft) throws -> Void)] = [
            (.noRecipients, { $0.to = [] }),
            (.forbiddenCharacter(field: "subject", scalar: 13), { $0.subject = "a\rb" }),
            (.forbiddenCharacter(field: "subject", scalar: 0), { $0.subject = "a\0" }),
            (.forbiddenCharacter(field: "subject", scalar: 9), { $0.subject = "a\tb" }),
            (.forbiddenCharacter(field: "subject", scalar: 0x85), { $0.subject = "a\u{85}b" }),
            (
                .tooLong(field: "subject", limit: 16_384),
                { $0.subject = String(repeating: "s", count: 16_385) }
            ),
            (.badHeaderName(field: "headers[0].name"), { $0.headers = [("X Y", "1")] }),
            (.badHeaderName(field: "headers[0].name"), { $0.headers = [("X:Y", "1")] }),
            (.badHeaderName(field: "headers[0].name"), { $0.headers = [("X\r\nY", "1")] }),
            (.badHeaderName(field: "headers[0].name"), { $0.headers = [("", "1")] }),
            (.badHeaderName(field: "headers[0].name"), { $0.headers = [("Ünï", "1")] }),
            (
                .forbiddenCharacter(field: "headers[0].value", scalar: 10),
                { $0.headers = [("X-Y", "1\nBcc: x")] }
            ),
            (.structuredHeader(field: "headers[0].value"), { $0.headers = [("List-Id", "ü")] }),
            (
                .cannotFold(field: "headers[0].value"),
                { $0.headers = [("References", String(repeating: "r", count: 1_000))] }
            ),
            (
                .repeatedHeader(field: "headers[1]"),
                { $0.headers = [("References", "<a@b>"), ("references", "<c@d>")] }
            ),
            (.badIdentifier(field: "messageID"), { $0.messageID = "no-at" }),
            (.badIdentifier(field: "messageID"), { $0.messageID = "a@b>\r\nBcc: x" }),
            (
                .forbiddenCharacter(field: "attachments[0].filename", scalar: 10),
                { $0.attachments = [try GoldenMessage.file("a\nb", [])] }
            ),
            (
                .empty(field: "attachments[0].filename"),
                { $0.attachments = [try GoldenMessage.file("", [])] }
            ),
            (
                .badIdentifier(field: "attachments[0].contentID"),
                {
                    $0.attachments = [
                        MailModel.Attachment(filename: nil, bytes: [], contentID: "a>\r\nX: b")
                    ]
                }
            ),
            (
                .repeatedContentID(field: "attachments[1].contentID"),
                {
                    let file = MailModel.Attachment(filename: nil, bytes: [], contentID: "a")
                    $0.attachments = [file, file]
                }
            ),
            (
                .tooMany(field: "attachments", limit: 100),
                { $0.attachments = Array(repeating: try GoldenMessage.file("a", []), count: 101) }
            ),
            (
                .unencodableMessage(field: "attachments[0].bytes"),
                { $0.attachments = [try GoldenMessage.file("a", [0], type: "message/rfc822")] }
            ),
        ]
        for (error, make) in faults {
            var draft = try MessageDraft.plain()
            try make(&draft)
            #expect(throws: error) { try draft.composed() }
        }
    }

    @Test(
        "Media types that are none, or that assemble content, are refused",
        arguments: [
            "", "text", "text/", "/plain", "text/plain;", "text/plain; x", "text/plain; a=b; a=c",
            "multipart/mixed", "Multipart/Mixed; boundary=x", "message/partial; id=1",
            "message/external-body", "text/plain; name=x", "text/plain; boundary=x", "text/pl ain",
            #"text/plain; a="b"#, "text/plain\r\nX: y", "text/plain; a*0=b", "text/plain, a",
        ])
    func badTypes(_ text: String) {
        #expect(throws: ComposeError.self) { try ContentType(parsing: text) }
    }

    @Test("An attached message travels unencoded, as 8bit when it must")
    func attachedMessage() throws {
        var draft = try MessageDraft.plain()
        let inner = "Subject: in\nContent-Type: text/plain; charset=utf-8\n\nhé\n"
        draft.attachments = [
            try GoldenMessage.file("in.eml", Array(inner.utf8), type: "message/rfc822")
        ]
        let message = try draft.composed()
        #expect(message.needs8Bit)
        let text = String(decoding: message.bytes, as: UTF8.self)
        #expect(text.contains("Content-Transfer-Encoding: 8bit\r\n"))
        #expect(text.contains("\r\n\r\nSubject: in\r\n"))
    }

    @Test("Encoded words never split a character", arguments: [0, 1, 2, 3, 4, 5, 40, 60])
    func wordsHoldCharacters(_ shift: Int) throws {
        let clusters = String(repeating: "👩‍👩‍👧‍👦é日", count: 12)
        let subject = String(repeating: "x", count: shift) + clusters
        let headers = WireHeaders(try MessageDraft.plain(subject: subject).composed().bytes)
        for line in headers.lines where line.contains("=?utf-8?b?") {
            #expect(line.utf8.count <= 76)
            let payload = line.split(separator: "?")[3]
            let decoded = try #require(Self.base64(String(payload)))
            let text = try #require(String(validating: decoded, as: UTF8.self))
            #expect(text.first != "\u{200D}" && text.unicodeScalars.last != "\u{200D}")
        }
    }

    private static func base64(_ text: String) -> [UInt8]? {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var bits = 0
        var count = 0
        var output: [UInt8] = []
        for digit in text where digit != "=" {
            guard let value = alphabet.firstIndex(of: digit) else { return nil }
            bits = (bits << 6 | value) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                output.append(UInt8(bits >> count & 255))
            }
        }
        return output
    }
}
