import MailModel
import Testing

/// A draft that two independent parsers must read back as it was.
struct GoldenMessage: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable (inout MessageDraft) throws -> Void

    var testDescription: String { name }

    func draft() throws -> MessageDraft {
        var draft = try MessageDraft.plain()
        try make(&draft)
        return draft
    }

    static let everyByte = (0...255).map { UInt8($0) }

    static func file(_ name: String, _ bytes: [UInt8], type: String = "application/pdf") throws
        -> MailModel.Attachment
    {
        MailModel.Attachment(
            filename: name, contentType: try ContentType(parsing: type), bytes: bytes)
    }

    static let all: [GoldenMessage] = [
        GoldenMessage(name: "plain") { _ in },
        GoldenMessage(name: "empty-body") { $0.text = "" },
        GoldenMessage(name: "no-body") { $0.text = nil },
        GoldenMessage(name: "empty-subject") { $0.subject = "" },
        GoldenMessage(name: "turkish") {
            $0.from = try MailAddress(name: "Şule Çağrı Öztürk", address: "sule@örnek.com.tr")
            $0.subject = "Faturanız hazır: ödeme günü yaklaşıyor, lütfen İncele ığüşöç ĞÜŞİÖÇ"
            $0.text = "Merhaba Dünya,\n\nİyi günler dileriz. Şimdi ödeyin.\n"
        },
        GoldenMessage(name: "japanese") {
            $0.from = try MailAddress(name: "山田 太郎", address: "taro@日本語.jp")
            $0.to = [try MailAddress(name: "佐藤花子", address: "hanako@example.jp")]
            $0.subject = String(repeating: "請求書のご案内と、お支払い方法について。", count: 8)
            $0.text = String(repeating: "いつもお世話になっております。\n", count: 40)
            $0.html = "<p>いつも<b>お世話</b>になっております。</p>"
        },
        GoldenMessage(name: "emoji") {
            $0.from = try MailAddress(name: "👩‍👩‍👧‍👦 Family 🇹🇷", address: "f@acme.com")
            $0.subject = String(repeating: "👨‍👩‍👧‍👦🏳️‍🌈é", count: 20)
            $0.text = "🎉 party\n👩🏽‍💻\n"
        },
        GoldenMessage(name: "right-to-left") {
            $0.from = try MailAddress(name: "محمد بن عبد الله", address: "m@acme.com")
            $0.to = [
                try MailAddress(name: "דוד כהן", address: "david@x.org"),
                try MailAddress(name: "فاطمة", address: "fatima@مثال.إختبار"),
            ]
            $0.subject = "مرحبا بالعالم (שלום) 123"
            $0.text = "مرحبا\nשלום\n"
        },
        GoldenMessage(name: "long-subject") {
            $0.subject = (1...150).map { "word\($0)" }.joined(separator: " ")
        },
        GoldenMessage(name: "long-word-subject") {
            $0.subject = String(repeating: "x", count: 3_000)
        },
        GoldenMessage(name: "spaced-subject") { $0.subject = "two  spaces   and more" },
        GoldenMessage(name: "looks-encoded") {
            $0.subject = "=?utf-8?q?not_encoded?= is text"
            $0.from = try MailAddress(name: "=?utf-8?q?x?=", address: "a@acme.com")
        },
        GoldenMessage(name: "quoted-names") {
            $0.from = try MailAddress(name: #"Smith, "Joe" \ <x@y>"#, address: "joe@acme.com")
            $0.sender = try MailAddress(name: "Bot (auto): v1.0;", address: "bot@acme.com")
            $0.replyTo = [try MailAddress(name: "O'Neil & Söhne", address: "help@acme.com")]
            $0.to = [
                try MailAddress(name: "J. R. R. Tolkien", address: #""odd local"@x.org"#),
                try MailAddress(
                    name: String(repeating: "long name ", count: 20), address: "l@x.org"),
            ]
        },
        GoldenMessage(name: "many-recipients") {
            $0.to = try (1...60).map {
                try MailAddress(
                    name: $0 % 3 == 0 ? "Näme \($0)" : nil, address: "u\($0)@example.org")
            }
            $0.cc = try (1...20).map { try MailAddress(address: "c\($0)@example.org") }
            $0.bcc = [try MailAddress(name: "Hidden", address: "secret@example.org")]
        },
        GoldenMessage(name: "long-lines") {
            $0.text =
                String(repeating: "a", count: 10_000) + "\n" + String(repeating: "b ", count: 5_000)
            $0.html = "<p>" + String(repeating: "ü", count: 10_000) + "</p>"
        },
        GoldenMessage(name: "998-octet-line") {
            $0.text = String(repeating: "z", count: 998) + "\nend"
        },
        GoldenMessage(name: "999-octet-line") {
            $0.text = String(repeating: "z", count: 999) + "\nend"
        },
        GoldenMessage(name: "newlines") { $0.text = "a\nb\r\nc\n\n.\n..\n.\nd" },
        GoldenMessage(name: "mailbox-and-boundary-lines") {
            $0.text = "From here\n--=_1_2_1_\n--\n-- \nsignature =3D = 100%\n"
            $0.html = "<p>From</p>\nFrom there\n"
        },
        GoldenMessage(name: "trailing-spaces") { $0.text = "ü \nb\t\nc \t \nd" },
        GoldenMessage(name: "text-and-html") {
            $0.html = "<html><body><p>Hi</p></body></html>"
        },
        GoldenMessage(name: "html-only") {
            $0.text = nil
            $0.html = "<p>grüß dich</p>"
        },
        GoldenMessage(name: "every-byte") {
            $0.attachments = [
                try file("all.bin", everyByte, type: "application/octet-stream"),
                try file("empty.txt", [], type: "text/plain; charset=utf-8"),
                try file("lf.csv", Array("a,b\nc,d\n".utf8), type: "text/csv"),
                try file("long.bin", (0..<1_000).flatMap { _ in everyByte }),
            ]
        },
        GoldenMessage(name: "attachment-only") {
            $0.text = nil
            $0.attachments = [try file("a.pdf", [1, 2, 3])]
        },
        GoldenMessage(name: "filenames") {
            $0.attachments = [
                try file("fatura-ş.pdf", [1]),
                try file(String(repeating: "請求書", count: 25) + ".pdf", [2]),
                try file(#"we"ird\name; x=1.pdf"#, [3]),
                try file(String(repeating: "long-ascii-", count: 15) + ".pdf", [4]),
                try file("emoji 👩‍👩‍👧‍👦.png", [5], type: "image/png"),
                try file("two  spaces .txt", [6], type: "text/plain"),
                try file("per%20cent 'q' *.txt", [7], type: "text/plain"),
                try file("=?utf-8?q?x?=.txt", [8], type: "text/plain"),
            ]
        },
        GoldenMessage(name: "inline-image") {
            $0.html = #"<img src="cid:logo1@acme">"#
            $0.attachments = [
                MailModel.Attachment(
                    filename: "logo.png", contentType: try ContentType(parsing: "image/png"),
                    bytes: everyByte, disposition: .inline, contentID: "logo1@acme"),
                try file("terms.pdf", [9, 9]),
            ]
        },
        GoldenMessage(name: "smtputf8") {
            $0.to = [try MailAddress(name: "用户", address: "用户@例子.广告")]
        },
        GoldenMessage(name: "control-characters-in-text") {
            $0.text = "bell \u{7} nul \0 esc \u{1B}[0m end"
        },
    ]
}
