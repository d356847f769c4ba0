import Iconv
import Testing

@Suite("Character sets")
struct CharsetTests {
    static let texts: [(String, String, [UInt8])] = [
        ("UTF-8", "ş", [0xC5, 0x9F]), ("utf-8", "", []), ("US-ASCII", "a~", [0x61, 0x7E]),
        ("ISO-8859-1", "é\u{A0}ÿ", [0xE9, 0xA0, 0xFF]), ("iso-8859-2", "ł", [0xB3]),
        ("ISO-8859-5", "я", [0xEF]), ("ISO-8859-6", "س", [0xD3]), ("ISO-8859-7", "ω", [0xF9]),
        ("ISO-8859-8", "ש", [0xF9]), ("ISO-8859-9", "şİğ", [0xFE, 0xDD, 0xF0]),
        ("ISO-8859-11", "ก", [0xA1]), ("ISO-8859-15", "€", [0xA4]), ("ISO-8859-16", "ș", [0xBA]),
        ("windows-1250", "ř", [0xF8]), ("windows-1251", "Ж", [0xC6]),
        ("Windows-1252", "€–’", [0x80, 0x96, 0x92]), ("windows-1253", "ώ", [0xFE]),
        ("windows-1254", "ı", [0xFD]), ("windows-1255", "א", [0xE0]),
        ("windows-1256", "پ", [0x81]), ("windows-1257", "ų", [0xF8]),
        ("windows-1258", "ơ\u{300}", [0xF5, 0xCC]),
    ]

    @Test("A text becomes the octets that the set has for it", arguments: texts)
    func encodes(name: String, text: String, octets: [UInt8]) throws {
        let charset = try Charset(named: name)
        #expect(charset.encode(text) == octets)
        #expect(charset.encode("Line\r\n\u{0}") == Array("Line\r\n\u{0}".utf8))
        #expect(charset.name == name.lowercased())
    }

    @Test(
        "A character that the set lacks is not replaced",
        arguments: [
            ("US-ASCII", "é"), ("ISO-8859-1", "€"), ("ISO-8859-1", "\u{85}"),
            ("ISO-8859-9", "ok я"), ("ISO-8859-3", "\u{F7A5}"), ("windows-1252", "\u{81}"),
            ("windows-1252", "😀"), ("windows-1258", "ế"),
        ])
    func lacks(name: String, text: String) throws {
        #expect(try Charset(named: name).encode(text) == nil)
    }

    @Test("The sets are those of the documentation, whatever the case of their names")
    func names() throws {
        for number in 0...17 {
            #expect(
                Charset.isKnown("ISO-8859-\(number)") == ((1...16).contains(number) && number != 12)
            )
        }
        for number in 1249...1259 {
            #expect(Charset.isKnown("Windows-\(number)") == (1250...1258).contains(number))
        }
        for name in [
            "", "utf8", "UTF-16", "iso-8859-01", "iso-8859-+1", "iso-8859-1//TRANSLIT", "iso-8859-",
            "windows-1252\u{0}", "EBCDIC-US", "../utf-8",
        ] {
            #expect(!Charset.isKnown(name))
            #expect(throws: CharsetError.self) { try Charset(named: name) }
        }
    }

    @Test("The C library has each of them, and they differ")
    func installed() throws {
        let names =
            (1...16).filter { $0 != 12 }.map { "iso-8859-\($0)" }
            + (1250...1258).map { "windows-\($0)" }
        #expect(Set(try names.map { try Charset(named: $0) }).count == names.count)
    }
}
