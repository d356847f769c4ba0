import References
import Testing

struct ExternalReferenceTests {
    @Test(
        "A reference is read and written again as it was",
        arguments: [
            ("env://SMTP_PASSWORD", .environment(name: "SMTP_PASSWORD")),
            ("env://_x9", .environment(name: "_x9")),
            ("file:///run/secrets/smtp", .file(path: "/run/secrets/smtp")),
            ("file:///a b/\u{e9}", .file(path: "/a b/\u{e9}")),
            (
                "openbao://secret/mail#password",
                .openBao(mount: "secret", path: ["mail"], field: "password")
            ),
            (
                "openbao://kv/team a/mail/prod#smtp.password",
                .openBao(mount: "kv", path: ["team a", "mail", "prod"], field: "smtp.password")
            ),
        ] as [(String, ExternalReference)])
    func read(_ text: String, _ reference: ExternalReference) throws {
        #expect(ExternalReference.isReference(text))
        #expect(try ExternalReference(parsing: text) == reference)
        #expect("\(reference)" == text)
    }

    @Test(
        "What is no reference is refused",
        arguments: [
            "", "SMTP_PASSWORD", "env:", "env://", "env://A B", "env://A=B", "env://9A",
            "env://A/B", "env://\u{e9}", "env://\u{0663}A", "file://", "file://a", "file:///",
            "file:///a/",
            "file:///a//b", "file:///a/../b", "file:///./a", "file:///a%2Fb", "file:///a#b",
            "file:///a?b", "file:///a\0b", "file:///a\nb", "openbao://", "openbao://secret#f",
            "openbao://secret/a", "openbao://secret/a#", "openbao:///a#f", "openbao://s/a/../b#f",
            "openbao://s/a//b#f", "openbao://s/a?version=1#f", "openbao://s/a#f#g",
            "openbao://s/a\r\n#f", "openbao://s/a#f\n", "vault://s/a#f", "https://a/b",
            "ENV://A",
        ])
    func refused(_ text: String) {
        #expect(throws: ReferenceError.self) { try ExternalReference(parsing: text) }
    }

    @Test("A reference has its longest length and no byte more")
    func longest() throws {
        let room = ReferenceLimits.textBytes - "file:///".utf8.count
        _ = try ExternalReference(parsing: "file:///" + String(repeating: "x", count: room))
        #expect(throws: ReferenceError.self) {
            try ExternalReference(parsing: "file:///" + String(repeating: "x", count: room + 1))
        }
    }

    @Test("A variable's and a field's name have their longest length and no byte more")
    func longestNames() throws {
        let variable = String(repeating: "V", count: ReferenceLimits.variableBytes)
        _ = try ExternalReference(parsing: "env://" + variable)
        #expect(throws: ReferenceError.self) {
            try ExternalReference(parsing: "env://" + variable + "V")
        }
        let field = String(repeating: "f", count: ReferenceLimits.fieldBytes)
        _ = try ExternalReference(parsing: "openbao://s/a#" + field)
        #expect(throws: ReferenceError.self) {
            try ExternalReference(parsing: "openbao://s/a#" + field + "f")
        }
    }

    @Test(
        "An OpenBao address is one of https, or of this machine",
        arguments: [
            ("https://bao.example:8200", true), ("https://10.0.0.1/", true),
            ("http://127.0.0.1:8200", true), ("http://[::1]:8200", true),
            ("http://localhost:8200/", true), ("http://bao.example:8200", false),
            ("http://10.0.0.1", false), ("https://bao.example/v1", false), ("bao.example", false),
            ("https://bao.example/?x", false), ("unix:///run/bao", false),
        ])
    func addresses(_ address: String, _ isUsable: Bool) {
        let settings = try? OpenBaoSettings(address: address, token: .file("/token"))
        #expect((settings != nil) == isUsable)
    }
}
