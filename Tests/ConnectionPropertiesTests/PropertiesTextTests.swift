import ConnectionProperties
import Testing
import VaultModel

@Suite("Texts of java.util.Properties")
struct PropertiesTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let entries: [(String, String)]

        init(_ text: String, _ entries: [(String, String)]) {
            self.text = text
            self.entries = entries
        }

        var testDescription: String { text.debugDescription }
    }

    static let cases = [
        Case("", []),
        Case("\n\r\n \t\u{c}\n", []),
        Case("# a = b\n! c = d\n  # e = f", []),
        Case("a=b", [("a", "b")]),
        Case("a:b", [("a", "b")]),
        Case("a b", [("a", "b")]),
        Case("a\tb c ", [("a", "b c ")]),
        Case("a = b", [("a", "b")]),
        Case("a : b", [("a", "b")]),
        Case("a = = b", [("a", "= b")]),
        Case("a   :  =b", [("a", "=b")]),
        Case("  a=b", [("a", "b")]),
        Case("a", [("a", "")]),
        Case("a=", [("a", "")]),
        Case("a\\=b=c", [("a=b", "c")]),
        Case("a\\:b\\ c=d", [("a:b c", "d")]),
        Case("a=b\\\nc", [("a", "bc")]),
        Case("a=b\\\r\n   c", [("a", "bc")]),
        Case("a=b\\\r  c\nd=e", [("a", "bc"), ("d", "e")]),
        Case("a=b\\\\\nc=d", [("a", "b\\"), ("c", "d")]),
        Case("a=b\\\\\\\nc=d", [("a", "b\\c=d")]),
        Case("a=b\\\n# c", [("a", "b# c")]),
        Case("a=b\\", [("a", "b")]),
        Case("a=\\t\\n\\r\\f\\\\\\q", [("a", "\t\n\r\u{c}\\q")]),
        Case("a=\\u00e9", [("a", "é")]),
        Case("a=\\uD83D\\uDD11!", [("a", "🔑!")]),
        Case("\\u0061=b", [("a", "b")]),
        Case("größe=ü🔑", [("größe", "ü🔑")]),
        Case("\u{FEFF}a=b", [("a", "b")]),
        Case("a=1\nb=2\na=3", [("b", "2"), ("a", "3")]),
        Case("a=#b!c", [("a", "#b!c")]),
        Case(
            "mail.smtp.host = smtp.example.org\nmail.smtp.auth.mechanisms = LOGIN \\\n    PLAIN",
            [("mail.smtp.host", "smtp.example.org"), ("mail.smtp.auth.mechanisms", "LOGIN PLAIN")]),
        Case("mail.smtp.password=secret://p", [("mail.smtp.password", "secret://p")]),
        Case("mail.smtp.password=hunter2", [("mail.smtp.password", "(withheld)")]),
        Case("apiKey: hunter2", [("apiKey", "(withheld)")]),
        Case("mail.debug.auth.password=false", [("mail.debug.auth.password", "false")]),
    ]

    @Test("A text is read as Java reads it", arguments: cases)
    func reads(fixture: Case) throws {
        let text = try PropertiesText.parse(Array(fixture.text.utf8))
        #expect(text.entries.map(\.key) == fixture.entries.map(\.0))
        #expect(text.entries.map(\.value) == fixture.entries.map(\.1))
    }

    @Test(
        "What Java would refuse, or take for something else, is refused with its line",
        arguments: [
            ("a=\\u12", "line 1"), ("\na=\\u12g4", "line 2"), ("#\r\n#\ra=\\uD83D", "line 3"),
            ("a=\\uDD11\\uD83D", "line 1"), ("a=b\\\n\nc=\\u1", "line 3"), ("=b", "line 1"),
            (": b", "line 1"),
        ])
    func refuses(text: String, line: String) throws {
        let error = #expect(throws: PropertyError.self) {
            try PropertiesText.parse(Array(text.utf8))
        }
        #expect(error?.code == .syntax)
        #expect(error?.property == line)
    }

    @Test("Bytes that are no UTF-8 are ISO-8859-1, with a warning")
    func latin1() throws {
        let text = try PropertiesText.parse([0x61, 0x3D, 0xE9])
        #expect(text.properties == ["a": "é"])
        #expect(text.warnings.map(\.code) == ["latin1"])
    }

    @Test("A name that stands twice warns, and the last one counts")
    func duplicates() throws {
        let text = try PropertiesText.parse(Array("a=1\na=2\na=3".utf8))
        #expect(text.properties == ["a": "3"])
        #expect(text.warnings.map(\.code) == ["duplicate", "duplicate"])
    }

    @Test("Every bound holds to the byte")
    func bounds() {
        func isTaken(_ text: String) -> Bool {
            do {
                _ = try PropertiesText.parse(Array(text.utf8))
                return true
            } catch {
                #expect(error.code == .limit)
                return false
            }
        }
        func text(_ count: Int) -> String { String(repeating: "x", count: count) }
        let comment = "#" + text(PropertyLimits.fileBytes - 1)
        #expect(isTaken(comment))
        #expect(!isTaken(comment + "x"))
        #expect(isTaken("a=" + text(PropertyLimits.lineBytes - 2)))
        #expect(!isTaken("a=" + text(PropertyLimits.lineBytes - 1)))
        #expect(!isTaken("a=\\\n" + text(PropertyLimits.lineBytes - 2)))
        #expect(isTaken(text(PropertyLimits.nameBytes) + "=x"))
        #expect(!isTaken(text(PropertyLimits.nameBytes + 1) + "=x"))
        let lines = (0..<VaultLimits.properties).map { "a\($0)=x\n" }.joined()
        #expect(isTaken(lines))
        #expect(isTaken(lines + "a0=y\n"))
        #expect(!isTaken(lines + "more=x\n"))
    }
}
