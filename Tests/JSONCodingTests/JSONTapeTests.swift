import Testing

@testable import JSONCoding

private func tape(_ json: String) throws(JSONSyntaxError) -> JSONTape {
    let bytes = Array(json.utf8)
    return try JSONTape(bytes.span)
}

@Suite("The tape of a JSON text")
struct JSONTapeTests {
    @Test(
        "What RFC 8259 allows is taken",
        arguments: [
            "0", "-0", "10", "1.0", "0.10e-1", "1E+5", "true", "false", "null", "\"\"", "{}", "[]",
            " \t\r\n1 \t\r\n", "[1,[2],{\"a\":3}]", "{\"a\":1,\"a\":2}",
            #""\"\\\/\b\f\n\r\t\u0041""#,
            #""\ud83d\ude00""#, "\"é€😀\"",
        ])
    func valid(json: String) throws {
        #expect(try tape(json).nodes.first?.next == tape(json).nodes.count)
    }

    @Test(
        "What it does not is refused at the byte where it begins",
        arguments: [
            ("", 0), (" ", 1), ("01", 1), ("+1", 0), ("-", 1), ("1.", 2), (".5", 0), ("1e", 2),
            ("tru", 3), ("True", 0), ("nul1", 3), ("[1,]", 3), ("[1 2]", 3), ("[", 1), ("]", 0),
            ("{\"a\"}", 4), ("{\"a\":}", 5), ("{a:1}", 1), ("{\"a\":1,}", 7), ("1 1", 2),
            ("\"a", 2), ("\"\u{1}\"", 1), ("'a'", 0), (#""\x""#, 2), (#""\u12g4""#, 5),
            (#""\ud800""#, 2), (#""\ude00""#, 2), (#""\ud800\u0041""#, 2), ("\u{FEFF}1", 0),
            ("NaN", 0), ("//", 0),
        ])
    func invalid(json: String, offset: Int) {
        #expect(throws: JSONSyntaxError.malformed(offset: offset), "\(json)") { try tape(json) }
    }

    @Test(
        "Bytes that are no UTF-8 are refused in strings",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xFF],
        ] as [[UInt8]])
    func noUTF8(bytes: [UInt8]) {
        let json = Array("\"a".utf8) + bytes + Array("\"".utf8)
        #expect(throws: JSONSyntaxError.self) { try JSONTape(json.span) }
    }

    @Test("Every beginning of a text is refused, and all of it taken")
    func beginnings() throws {
        let json = Array(#"{"a":[true,{"b\n":"é\ud83d\ude00"}],"c":-1.5e3}"#.utf8)
        for count in 0..<json.count {
            #expect(throws: JSONSyntaxError.self) {
                try JSONTape(json.span.extracting(first: count))
            }
        }
        let whole = try JSONTape(json.span)
        #expect(
            whole.nodes.map(\.kind) == [
                .object, .string, .array, .boolean, .object, .string, .string, .string, .number,
            ])
        #expect(Array(whole.children(of: 0)) == [1, 2, 7, 8])
        #expect(Array(whole.children(of: 2)) == [3, 4])
        #expect(whole.string(at: 6, in: json) == "é😀")
        #expect(whole.says("b\n", at: 5, in: json.span) && !whole.says("b", at: 5, in: json.span))
    }

    @Test(
        "A name is a key as it stands or in snake case, and nothing like it",
        arguments: [
            ("a", "a", true), ("a_b", "aB", true), ("aB", "aB", true), ("a_b", "a_b", true),
            ("a_b", "ab", false), ("ab", "aB", false), ("a_", "aB", false), ("a_bc", "aB", false),
            ("a", "aB", false), ("", "a", false),
            (
                "restart_threshold_sleep_s",
                "restartThresholdSleepS", true
            ), ("a\\u0062", "ab", true), ("_", "A", false),
        ])
    func names(name: String, key: String, isSame: Bool) throws {
        let json = Array("{\"\(name)\":1}".utf8)
        #expect(try JSONTape(json.span).isNamed(key, at: 1, in: json) == isSame)
    }
}
