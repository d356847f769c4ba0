import MIME
import Testing

@Suite("Messages are parsed within bounds and without trapping")
struct ParsedMessageTests {
    @Test("Headers, addresses, text and attachments are decoded")
    func decodes() throws {
        let message = try ParsedMessage(
            Array(
                """
                From: =?utf-8?q?=C5=9Eule?= <sule@ornek.tr>
                To: Team: a@b.c, "B, C" <d@e.f>;, g@h.i
                Reply-To: help@xn--rnek-4qa.tr
                Subject: =?UTF-8?B?SGVsbG8=?= =?UTF-8?B?IHdvcmxk?= plain
                Date: Tue, 03 Mar 2026 09:05:00 +0300
                Message-ID: <id@x.org>
                Content-Type: multipart/mixed; boundary=b

                --b
                Content-Type: text/plain; charset=iso-8859-9
                Content-Transfer-Encoding: quoted-printable

                =DEule  =
                tail
                --b
                Content-Type: text/html

                <style>p{}</style><p>Hi &amp; bye</p>
                --b
                Content-Type: application/pdf; name="=?UTF-8?B?YQ==?= =?UTF-8?B?Yi5wZGY=?="
                Content-Disposition: inline
                Content-ID: <cid@x>
                Content-Transfer-Encoding: base64

                AQID
                --b--
                """.utf8
            ).span)
        #expect(message.from == [.init(name: "Şule", address: "sule@ornek.tr")])
        #expect(message.to.map(\.address) == ["a@b.c", "d@e.f", "g@h.i"])
        #expect(message.to.map(\.name) == [nil, "B, C", nil])
        #expect(message.replyTo.map(\.address) == ["help@xn--rnek-4qa.tr"])
        #expect(message.subject == "Hello world plain")
        #expect(message.date == 1_772_517_900)
        #expect(message.messageID == "id@x.org")
        #expect(message.text == "Şule  tail")
        #expect(message.html?.contains("Hi &amp; bye") == true)
        #expect(message.snippet == "Şule tail")
        #expect(message.headers.count == 7)
        let file = try #require(message.attachments.first)
        #expect(message.attachments.count == 1)
        #expect(file.filename == "ab.pdf")
        #expect(file.contentType == "application/pdf")
        #expect(file.contentID == "cid@x")
        #expect(file.isInline && file.size == 3)
    }

    @Test("The text of a page makes a snippet when there is no plain text")
    func htmlSnippet() throws {
        let page =
            "Content-Type: text/html\n\n<head><title>no</title></head><!-- no -->"
            + "<script>no()</script><p>Grüße&nbsp;&#x1F389;</p>\n"
            + String(repeating: "word ", count: 100)
        let message = try ParsedMessage(Array(page.utf8).span)
        #expect(message.snippet.hasPrefix("Grüße 🎉 word word"))
        #expect(message.snippet.count == 250)
        #expect(message.text == nil)
    }

    // MARK: Bounds

    private static func nested(_ depth: Int) -> [UInt8] {
        var source = "Subject: deep\n"
        for level in 0..<depth {
            source += "Content-Type: multipart/mixed; boundary=\"b\(level)\"\n\n--b\(level)\n"
        }
        return Array(source.utf8)
    }

    @Test("200,000 nested parts are refused before the parser runs")
    func nestingBomb() {
        let bomb = Self.nested(200_000)
        let time = ContinuousClock().measure {
            #expect(throws: MIMEError.tooDeep(limit: 20)) { try ParsedMessage(bomb.span) }
            #expect(RawHeaders(bomb.span)["subject"] == "deep")
        }
        #expect(time < .seconds(30))
    }

    @Test("Nested messages and digests count as depth")
    func nestedMessages() {
        let messages = String(repeating: "Content-Type: message/rfc822\n\n", count: 1_000)
        #expect(throws: MIMEError.tooDeep(limit: 20)) {
            try ParsedMessage(Array(messages.utf8).span)
        }
        var digest = "Content-Type: multipart/digest; boundary=d\n\n"
        for _ in 0..<300 { digest += "--d\n\nSubject: x\n\nbody\n" }
        #expect(throws: MIMEError.tooManyParts(limit: 200)) {
            try ParsedMessage(Array(digest.utf8).span)
        }
    }

    @Test("Depth 20 and 190 parts pass", arguments: [19, 20])
    func withinBounds(_ depth: Int) throws {
        _ = try ParsedMessage(Self.nested(depth).span)
        var flat = "Content-Type: multipart/mixed; boundary=x\n\n"
        for index in 0..<190 { flat += "--x\nContent-Type: application/x-\(index)\n\n\(index)\n" }
        let message = try ParsedMessage(Array((flat + "--x--\n").utf8).span)
        #expect(message.attachments.count == 190)
    }

    @Test(
        "A million parts are refused however their boundary is written",
        arguments: [
            "boundary=x", "boundary=\"x\"", "boundary*=utf-8''%78", "boundary*0=x", "Boundary=x",
            "boundary=\"=?utf-8?q?x?=\"", "boundary=\"\\x\"", "boundary=(c)x", "boundary=x (c)",
            "(boundary=y) boundary=x", "boundary=y; boundary=x", "boundary =\n x",
            "x=\"a;b\"; boundary=x",
        ])
    func manyParts(_ parameter: String) {
        let head = "Content-Type: multipart/mixed; \(parameter)\n\n"
        let source =
            Array(head.utf8) + Array(repeating: Array("--x\n\na\n".utf8), count: 20_000).joined()
        #expect(throws: MIMEError.tooManyParts(limit: 200)) { try ParsedMessage(source.span) }
    }

    @Test("Lines that begin with dashes are no parts of a plain message")
    func dashes() throws {
        let patch = String(repeating: "--- a/file\n+++ b/file\n--\n", count: 1_000)
        let message = try ParsedMessage(Array(("Subject: patch\n\n" + patch).utf8).span)
        #expect(message.text == patch)
    }

    @Test("Size, header block and header count are bounded")
    func otherBounds() {
        let big = [UInt8](repeating: 0x61, count: MIMELimits.message + 1)
        #expect(throws: MIMEError.messageTooLarge(limit: MIMELimits.message)) {
            try ParsedMessage(big.span)
        }
        let long = Array(("X: " + String(repeating: "x", count: 70_000) + "\n\n").utf8)
        #expect(throws: MIMEError.headersTooLarge(limit: 65_536)) { try ParsedMessage(long.span) }
        let many = Array(String(repeating: "X: y\n", count: 1_001).utf8)
        #expect(throws: MIMEError.tooManyHeaders(limit: 1_000)) { try ParsedMessage(many.span) }
        let inner =
            "Content-Type: multipart/mixed; boundary=x\n\n--x\n"
            + String(repeating: "A: b\n", count: 1_001)
        #expect(throws: MIMEError.tooManyHeaders(limit: 1_000)) {
            try ParsedMessage(Array(inner.utf8).span)
        }
    }

    @Test("A part that is not there has an error of its own")
    func noSuchPart() {
        #expect(throws: MIMEError.noSuchPart(7)) {
            try ParsedMessage.content(ofPart: 7, in: Array("A: b\n\nc".utf8).span)
        }
    }

    @Test("Many tasks may parse at once")
    func concurrency() async throws {
        let source =
            Array(
                "Subject: =?iso-2022-jp?b?GyRCRnxLXBsoQg==?=\nContent-Type: text/plain; charset=shift_jis\n\n"
                    .utf8)
            + [0x93, 0xFA, 0x96, 0x7B]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<50 {
                        let message = try ParsedMessage(source.span)
                        #expect(message.subject == "日本" && message.text == "日本")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
