import MIME
import Testing

/// Messages that break rules: parsing ends with a value, and raw headers are there.
struct UglyMessage: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    var text: String?

    init(_ name: String, _ source: String, text: String? = nil) {
        self.init(name, Array(source.utf8), text: text)
    }

    init(_ name: String, _ bytes: [UInt8], text: String? = nil) {
        self.name = name
        self.bytes = bytes
        self.text = text
    }

    var testDescription: String { name }

    static let all: [UglyMessage] = [
        UglyMessage("empty", ""),
        UglyMessage("newline", "\n"),
        UglyMessage("NUL octets", [UInt8](repeating: 0, count: 300)),
        UglyMessage("no header", "just some text\nwith lines\n"),
        UglyMessage("headers only", "Subject: x"),
        UglyMessage("CR only", "Subject: x\rFrom: a@b.c\r\rbody"),
        UglyMessage("mixed newlines", "Subject: x\r\nA: b\n\r\nbody\rline\n", text: "body\rline\n"),
        UglyMessage("mailbox line", "From a@b.c Mon Jan 1\nSubject: x\n\nbody"),
        UglyMessage("8-bit header", Array("Subject: caf".utf8) + [0xE9, 10, 10, 0x62], text: "b"),
        UglyMessage(
            "unknown charset", "Content-Type: text/plain; charset=klingon\n\nqapla'", text: "qapla'"
        ),
        UglyMessage(
            "charset with options",
            "Content-Type: text/plain; charset=\"utf-16//IGNORE/../x\"\n\nab", text: "ab"),
        UglyMessage("charset of junk", "Content-Type: text/plain; charset=\"\\\"\0\n\nx"),
        UglyMessage(
            "wrong charset",
            Array("Content-Type: text/plain; charset=utf-8\n\ncaf".utf8) + [0xE9, 0x93],
            text: "café“"),
        UglyMessage("NUL in text", "Content-Type: text/plain\n\na\0b", text: "a\0b"),
        UglyMessage("NUL in subject", "Subject: a\0b =?utf-8?q?=00?=\n\nx", text: "x"),
        UglyMessage("NUL in address", "From: a\0b <x\0@y.z>\nTo: \0\n\n"),
        UglyMessage("bad base64", "Content-Transfer-Encoding: base64\n\n!!!!====ab\n"),
        UglyMessage(
            "bad quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\n=ZZ=\n=4",
            text: nil),
        UglyMessage(
            "unknown encoding", "Content-Transfer-Encoding: x-rot13\n\nhello", text: "hello"),
        UglyMessage(
            "uuencode", "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#86)C\n`\nend\n"),
        UglyMessage("type without subtype", "Content-Type: text\n\nx"),
        UglyMessage("type of junk", "Content-Type: ;;;=\"\n\nx"),
        UglyMessage("multipart without boundary", "Content-Type: multipart/mixed\n\n--x\n\ny\n"),
        UglyMessage(
            "multipart with empty boundary",
            "Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\ny\n"),
        UglyMessage(
            "multipart without parts", "Content-Type: multipart/mixed; boundary=x\n\n--x--\n"),
        UglyMessage(
            "multipart without end", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\ncut of",
            text: "cut of"),
        UglyMessage(
            "multipart cut in header",
            "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Ty"),
        UglyMessage("boundary in headers", "Content-Type: multipart/mixed; boundary=x\n--x\n\nin"),
        UglyMessage(
            "boundary is a prefix",
            "Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--xy\nb\n--x--\n",
            text: "a\n--xy\nb"),
        UglyMessage(
            "same boundary twice",
            "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x--\n"
        ),
        UglyMessage("message in nothing", "Content-Type: message/rfc822\n\n"),
        UglyMessage(
            "base64 message",
            "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQTogYg==\n"),
        UglyMessage(
            "partial message", "Content-Type: message/partial; id=a; number=9999999999999\n\nx"),
        UglyMessage("date of junk", "Date: 99 Foo 99999999999 99:99:99 +9999\n\n"),
        UglyMessage("date far away", "Date: Mon, 31 Dec 999999 23:59:59 +0000\n\n"),
        UglyMessage("address junk", "To: <<>>,;:@@,\"\\,((((,a@b@c,=?utf-8?q?x\nFrom: ,,,\n\n"),
        UglyMessage("group nesting", "To: " + String(repeating: "a:", count: 20_000) + "\n\n"),
        UglyMessage("comment nesting", "To: " + String(repeating: "(", count: 20_000) + "\n\n"),
        UglyMessage("many quotes", "To: " + String(repeating: "\"\\", count: 20_000) + "\n\n"),
        UglyMessage("many addresses", "To: " + String(repeating: "a@b,", count: 15_000) + "\n\n"),
        UglyMessage(
            "many words",
            "Subject: " + String(repeating: "=?utf-8?b?YQ==?= ", count: 3_500) + "\n\n"),
        UglyMessage(
            "word junk", "Subject: =?=?=?utf-8?=?b?=?==?utf-8?b??= =?utf-8?x?a?= =?utf-8?b?Y=?=\n\n"
        ),
        UglyMessage(
            "parameter junk",
            "Content-Disposition: attachment; filename*0*=utf-8''%; filename*9=; =; *=;\n\nx"),
        UglyMessage(
            "parameter numbers",
            "Content-Disposition: attachment; filename*99999999999999=a; filename*-1=b\n\nx"),
        UglyMessage("long line", "Subject: x\n\n" + String(repeating: "y", count: 200_000)),
    ]
}

@Suite("Ugly messages")
struct UglyMessageTests {
    @Test("An ugly message is parsed as far as it goes", arguments: UglyMessage.all)
    func isParsed(_ ugly: UglyMessage) throws {
        let raw = RawHeaders(ugly.bytes.span)
        let message = try ParsedMessage(ugly.bytes.span)
        #expect(message.headers.map(\.rawValue) == raw.fields.map(\.value))
        if let text = ugly.text { #expect(message.text == text) }
        for file in message.attachments {
            let content = try ParsedMessage.content(ofPart: file.part, in: ugly.bytes.span)
            #expect(content.count == file.size)
        }
    }

    @Test("Every prefix of a message is parsed")
    func prefixes() throws {
        let source = Array(
            """
            From: =?utf-8?q?=C5=9E?= <a@b.c>\r
            Content-Type: multipart/mixed; boundary="b=_"\r
            \r
            --b=_\r
            Content-Type: multipart/alternative; boundary=c\r
            \r
            --c\r
            Content-Type: text/html; charset=koi8-r\r
            Content-Transfer-Encoding: base64\r
            \r
            PHA+xMHLPC9wPg==\r
            --c--\r
            --b=_\r
            Content-Type: message/rfc822\r
            \r
            Subject: in\r
            \r
            x\r
            --b=_--\r

            """.utf8)
        for count in 0...source.count {
            let message = try ParsedMessage(Array(source[..<count]).span)
            if count == source.count {
                #expect(message.html == "<p>дак</p>")
                #expect(message.attachments.map(\.contentType) == ["message/rfc822"])
            }
        }
    }

    @Test("Seeded damage never traps", arguments: 0..<4)
    func damage(_ seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        for _ in 0..<1_000 {
            var bytes = UglyMessage.all[next(UglyMessage.all.count)].bytes.prefix(2_000)
            bytes += UglyMessage.all[next(UglyMessage.all.count)].bytes.prefix(2_000)
            for _ in 0..<next(8) where !bytes.isEmpty {
                bytes[next(bytes.count)] = UInt8(next(256))
            }
            let message = try? ParsedMessage(Array(bytes).span)
            #expect(RawHeaders(Array(bytes).span).fields.count >= message?.headers.count ?? 0)
        }
    }
}
