import Explained
import MailModel
import SMTPCore
import Testing

@Suite("Addresses are parsed strictly")
struct MailAddressTests {
    @Test(
        "Names and addresses are taken apart",
        arguments: [
            ("a@b.c", nil, "a@b.c"), ("<a@b.c>", nil, "a@b.c"), (" a@B.C ", nil, "a@b.c"),
            ("Ana <a@b.c>", "Ana", "a@b.c"), ("Ana Maria<a@b.c>", "Ana Maria", "a@b.c"),
            (#""Smith, \"Joe\"" <a@b.c>"#, #"Smith, "Joe""#, "a@b.c"),
            ("J. Doe <a@b.c>", "J. Doe", "a@b.c"),
            ("Şule Öz <a@örnek.tr>", "Şule Öz", "a@xn--rnek-4qa.tr"),
            (#""a@evil.com x"@good.com"#, nil, #""a@evil.com x"@good.com"#),
            (#""<x@y>" <a@b.c>"#, "<x@y>", "a@b.c"), (#""" <a@b.c>"#, nil, "a@b.c"),
            ("a@[192.0.2.1]", nil, "a@[192.0.2.1]"), ("a@[IPv6:::1]", nil, "a@[IPv6:::1]"),
        ] as [(String, String?, String)])
    func parses(_ text: String, _ name: String?, _ address: String) throws {
        let mailbox = try MailAddress(parsing: text)
        #expect(mailbox.name == name)
        #expect(mailbox.address.wireForm == address)
    }

    @Test(
        "Everything else is refused, with an error that names the field",
        arguments: [
            "", " ", "a", "@b.c", "a@", "a@b@c", "<a@b.c", "a@b.c>", "<<a@b.c>>", "<a@b.c> x",
            "Ana <a@b.c> <d@e.f>", "a@b.c, d@e.f", "a@b.c,", ",a@b.c", "Team: a@b.c;", "Team:;",
            "a@b.c;", "a@b.c (Ana)", "(Ana) a@b.c", "<@x,@y:a@b.c>", "a@evil.com <a@b.c>",
            #""Ana <a@b.c>"#, #""a"b@c.d"#, "a b@c.d", "<a @b.c>", "< a@b.c>", "a@b .c",
            "Ana [x] <a@b.c>", #"Ana \x <a@b.c>"#, "a@b.c\r\nBcc: x@y.z", "a\u{0}@b.c", "a@☃.net",
            "a@b.c\u{2028}", "a\u{85}@b.c", "Ana\u{7} <a@b.c>",
        ])
    func refuses(_ text: String) {
        do throws(ComposeError) {
            let address = try MailAddress(parsing: text, field: "to[3]")
            Issue.record("\(address) was accepted")
        } catch {
            #expect(error.description.hasPrefix("to[3]"))
            #expect(!error.description.contains("\r"))
        }
    }

    @Test("Groups and comments have errors of their own")
    func namesTheFault() {
        #expect(throws: ComposeError.addressGroup(field: "to")) {
            try MailAddress.list(parsing: "a@b.c, Team: d@e.f;", field: "to")
        }
        #expect(throws: ComposeError.addressComment(field: "to")) {
            try MailAddress.list(parsing: "a@b.c (x)", field: "to")
        }
        #expect(throws: ComposeError.forbiddenCharacter(field: "from.name", scalar: 10)) {
            try MailAddress(name: "a\nb", address: "a@b.c", field: "from")
        }
    }

    @Test("A list is parsed in its order")
    func parsesLists() throws {
        let list = try MailAddress.list(parsing: #""A, B" <a@b.c>,d@e.f , "x\"," <g@h.i>"#)
        #expect(list.map(\.address.wireForm) == ["a@b.c", "d@e.f", "g@h.i"])
        #expect(list.map(\.name) == ["A, B", nil, "x\","])
        #expect(
            try MailAddress.list(parsing: list.map(\.description).joined(separator: ", ")) == list)
    }

    @Test(
        "Long input is refused or parsed in linear time",
        arguments: ["\"", "(", "<", ",", "a@b.c,", "\\", "@", ":", "[", "a ", "\"a\" "])
    func isLinear(_ unit: String) {
        let long = String(repeating: unit, count: 1_000_000 / unit.utf8.count)
        let bounded = String(repeating: unit, count: 65_000 / unit.utf8.count)
        let clock = ContinuousClock()
        let time = clock.measure {
            #expect(throws: ComposeError.self) { try MailAddress.list(parsing: long) }
            #expect(throws: ComposeError.self) { try MailAddress.list(parsing: bounded) }
        }
        #expect(time < .seconds(60))
    }
}
