import SMTPCore
import Testing

@Suite("Domains become A-labels or are refused")
struct DomainNameTests {
    /// Labels of RFC 3492 §7.1 that need no other mapping, and names in use.
    @Test(
        "Letters outside ASCII become A-labels",
        arguments: [
            ("example.com", "example.com"), ("Example.COM", "example.com"),
            ("xn--rnek-4qa.com.tr", "xn--rnek-4qa.com.tr"),
            ("örnek.com.tr", "xn--rnek-4qa.com.tr"), ("ÖRNEK.com", "xn--rnek-4qa.com"),
            ("bücher.example", "xn--bcher-kva.example"), ("faß.de", "xn--fa-hia.de"),
            ("βόλος.com", "xn--nxasmm1c.com"), ("日本語.jp", "xn--wgv71a119e.jp"),
            ("日本語。jp", "xn--wgv71a119e.jp"), ("例子.广告", "xn--fsqu00a.xn--4rr70v"),
            ("مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"),
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            ("למההםפשוטלאמדבריםעברית", "xn--4dbcagdahymbxekheh6e0a7fei0b"),
            ("почемужеонинеговорятпорусски", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"),
            ("भारत", "xn--h2brj9c"), ("இந்தியா", "xn--xkc2dl3a5ee0h"),
            ("ไทย", "xn--o3cw4h"), ("한국", "xn--3e0b707e"),
        ])
    func maps(_ text: String, _ wanted: String) {
        #expect(DomainName(text)?.ascii == wanted)
    }

    @Test(
        "What cannot be mapped without guessing is refused",
        arguments: [
            "", ".", "a..b", "-a.com", "a-.com", "a b.com", "a_b.com", "a@b", "ex\u{0}ample.com",
            "ｅｘａｍｐｌｅ.com", "e\u{301}xample.com", "İ.com", "☃.net", "👍.com", "a\u{200D}b.com",
            "\u{202E}abc.com", "ab--ü.com", "\u{301}a.com", "ﬁ.com", "㎏.com", "ü-.de", "-ü.de",
            String(repeating: "ü", count: 60) + ".de", String(repeating: "a", count: 64) + ".de",
            String(repeating: "a.", count: 130) + "de", "\u{1112}\u{1161}.kr", "か\u{3099}.jp",
            "１.com", "a\u{AD}b.com",
        ])
    func refuses(_ text: String) {
        #expect(DomainName(text) == nil)
    }
}
