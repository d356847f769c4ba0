import Testing

@testable import SMTPCore

@Suite("Punycode and look-alikes")
struct PunycodeTests {
    /// RFC 3492 §7.1: (A) Arabic, (B) Chinese, (D) Czech, (E) Hebrew, (I) Russian, (L) Japanese.
    static let samples = [
        ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
        ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
        ("Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a"),
        ("למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"),
        ("почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"),
        ("3年B組金八先生", "3B-ww4c5e180e575a65lsy2b"), ("ü", "tda"), ("bücher", "bcher-kva"),
        ("🔑", "kv8h"), ("a", "a-"), ("", ""),
    ]

    @Test("Every label decodes to what it was encoded from", arguments: samples)
    func roundTrip(text: String, code: String) throws {
        let scalars = Array(text.unicodeScalars)
        #expect(Punycode.encode(scalars).map { String(decoding: $0, as: UTF8.self) } == code)
        #expect(Punycode.decode(code) == scalars)
    }

    @Test("Upper-case digits decode alike")
    func upperCase() {
        #expect(Punycode.decode("TDA") == Array("ü".unicodeScalars))
    }

    @Test(
        "What is no label is refused",
        arguments: [
            "ü", "a b", "tda!", "99999999", "zzzzzzzzzzzzzzzzz", "-ü", "a-é",
            String(repeating: "a", count: 64),
        ])
    func refuses(code: String) {
        #expect(Punycode.decode(code) == nil)
    }

    @Test("Labels of every two scalars survive")
    func pairs() {
        let scalars: [Unicode.Scalar] = ["a", "-", "0", "é", "я", "日", "\u{10FFFF}"]
        for first in scalars {
            for second in scalars {
                let code = Punycode.encode([first, second]) ?? []
                #expect(Punycode.decode(String(decoding: code, as: UTF8.self)) == [first, second])
            }
        }
    }

    @Test(
        "A label that mixes scripts whose letters look alike is found",
        arguments: [
            ("example.org", false), ("bücher.example", false), ("почта.рф", false),
            ("почта.example", false), ("раypal.example", true), ("xn--aypal-uye.example", true),
            ("αpple.example", true), ("日本a.example", false), ("a1-2.example", false),
            ("xn--.example", false), ("xn--\u{7f}.example", false), ("", false), ("...", false),
        ])
    func scripts(domain: String, isMixed: Bool) {
        #expect(DomainName.mixesScripts(domain) == isMixed)
    }
}
