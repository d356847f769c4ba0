import SMTPCore
import Testing

@Suite("SMTP addresses")
struct SMTPAddressTests {
    @Test(
        "An address of the grammar keeps its text and its parts",
        arguments: [
            ("a@b", "a", "b"),
            ("user@example.com", "user", "example.com"),
            ("first.last+tag@sub.example.co.uk", "first.last+tag", "sub.example.co.uk"),
            ("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~", "example.com"),
            ("\"a b\"@example.com", "\"a b\"", "example.com"),
            ("\"a@b\"@example.com", "\"a@b\"", "example.com"),
            ("\"a\\\"b\\\\c\"@example.com", "\"a\\\"b\\\\c\"", "example.com"),
            ("\"\"@example.com", "\"\"", "example.com"),
            ("a@[127.0.0.1]", "a", "[127.0.0.1]"),
            ("a@[IPv6:::1]", "a", "[IPv6:::1]"),
            ("a@[IPv6:2001:db8::ff00:42:8329]", "a", "[IPv6:2001:db8::ff00:42:8329]"),
            ("a@[ipv6:1:2:3:4:5:6:7:8]", "a", "[ipv6:1:2:3:4:5:6:7:8]"),
            ("a@[IPv6:::ffff:192.0.2.1]", "a", "[IPv6:::ffff:192.0.2.1]"),
            ("a@xn--bcher-kva.example", "a", "xn--bcher-kva.example"),
            ("a@3com.example", "a", "3com.example"),
            ("ışık@örnek.example", "ışık", "örnek.example"),
            ("用户@例子.广告", "用户", "例子.广告"),
        ])
    func validAddress(_ text: String, _ local: String, _ domain: String) throws {
        let address = try SMTPAddress(parsing: text)
        #expect(address.wireForm == text)
        #expect(address.localPart == local)
        #expect(address.domain == domain)
        #expect(address.isASCII == text.utf8.allSatisfy { $0 < 0x80 })
    }

    static let hostile = [
        "", "@", "a", "a@", "@b", "a@b@c", ".a@b", "a.@b", "a..b@c", "a@.b", "a@b.", "a@b..c",
        "a@-b", "a@b-", "a@b-.c", "a@b_c", "a b@c", "a@b c", " a@b", "a@b ", "<a@b>", "a@b>",
        "a@b\r\nRCPT TO:<evil@x>", "a@b\n", "a@b\r", "a@b\0", "a\r\n@b", "\"a\r\nb\"@c",
        "\"a\n\"@c",
        "\"a\0\"@c", "\"a\\\r\"@c", "\"a@b", "\"a\"b@c", "a\"b@c", "\"a\\\"@c", "a@b> SIZE=1",
        "a@b>\r\nDATA", "a@b SMTPUTF8", "a@\"b\"", "a,b@c", "a;b@c", "a:b@c", "a(b)@c", "a@b(c)",
        "a@[", "a@[]", "a@[1.2.3]", "a@[1.2.3.4", "a@[1.2.3.4]x", "a@[1.2.3.256]",
        "a@[01.2.3.4]", "a@[1.2.3.4.5]", "a@[IPv6:]", "a@[IPv6:1]", "a@[IPv6:1::2::3]",
        "a@[IPv6:12345::]", "a@[IPv6:1:2:3:4:5:6:7:8:9]", "a@[IPv6::]", "a@[IPv6:1:2:3:4:5:6:7:]",
        "a@[tag:x]", "a@[x y]", "@a,@b:c@d", "@a:c@d", "a@evil.com x@good.com",
        "\"a@evil.com x\"@good.com>", "Name <a@b>", "a@b, c@d", "group:a@b;", "a%00@b c",
        "\u{7F}@b",
        "a\u{85}@b", "a\u{2028}@b", "a\u{200B}@b", "a\u{202E}@b", "a@b\u{3002}c", "a@b\u{FF0E}c",
        "a\u{FF20}b@c", "a@b\u{00A0}", "a@b\u{FEFF}", "a@b\u{E000}", "\t@b", "a\t@b",
    ]

    @Test("What is not an address is refused", arguments: hostile)
    func refused(_ text: String) {
        #expect(throws: SMTPSyntaxError.self) { try SMTPAddress(parsing: text) }
    }

    @Test("Bytes that are not UTF-8 are refused")
    func malformedUTF8() {
        for tail: [UInt8] in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80]] {
            let input = [UInt8(ascii: "a")] + tail + bytes("@b")
            #expect(throws: SMTPSyntaxError.forbiddenCharacters(.address)) {
                try SMTPAddress(parsing: input.span)
            }
        }
    }

    @Test("Lengths are taken at their limit and refused one octet above")
    func limits() throws {
        func local(_ n: Int) -> String { String(repeating: "a", count: n) + "@b.example" }
        #expect(try address(local(64)).localPart.utf8.count == 64)
        #expect(throws: SMTPSyntaxError.tooLong(.localPart, limit: 64)) { try address(local(65)) }
        func label(_ n: Int) -> String { "a@" + String(repeating: "b", count: n) }
        #expect(try address(label(63)).domain.utf8.count == 63)
        #expect(throws: SMTPSyntaxError.tooLong(.domain, limit: 63)) { try address(label(64)) }
        // 254 octets and two brackets make a path of 256.
        func whole(_ n: Int) -> String {
            "a@" + String(repeating: "b.", count: (n - 3) / 2)
                + String(repeating: "c", count: n - 2 - 2 * ((n - 3) / 2))
        }
        #expect(whole(254).utf8.count == 254)
        #expect(try address(whole(254)).wireForm.utf8.count == 254)
        #expect(throws: SMTPSyntaxError.tooLong(.address, limit: 254)) { try address(whole(255)) }
    }

    @Test("A megabyte of anything is judged at once")
    func largeInput() {
        let clock = ContinuousClock()
        for piece in ["a", "a.", "\"", "(", "@", "a@b,", "\\", "[", "é", "a@[IPv6:"] {
            let text = String(repeating: piece, count: 1_000_000 / piece.utf8.count)
            let time = clock.measure {
                #expect(throws: SMTPSyntaxError.self) { try SMTPAddress(parsing: text) }
            }
            #expect(time < .seconds(30))
        }
    }

    @Test("Quotes and backslashes leave the mailbox's name")
    func unquoting() throws {
        #expect(try address("\"a\\\"b\\\\c d\"@x").unquotedLocalPart == "a\"b\\c d")
        #expect(try address("plain@x").unquotedLocalPart == "plain")
    }

    @Test("Addresses compare without the case of the domain, but with that of the local part")
    func comparison() throws {
        #expect(
            try address("User@EXAMPLE.com").comparisonForm
                == address("User@example.COM").comparisonForm)
        #expect(
            try address("User@example.com").comparisonForm
                != address("user@example.com").comparisonForm)
    }

    @Test("A domain in UTF-8 leaves the local part ASCII")
    func localPartASCII() throws {
        #expect(try address("a@örnek.example").hasASCIILocalPart)
        #expect(try !address("ö@example.com").hasASCIILocalPart)
        #expect(try address("a@[10.0.0.1]").hasAddressLiteral)
    }
}
