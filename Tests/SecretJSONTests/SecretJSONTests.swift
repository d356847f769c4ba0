import JSONCoding
import SecretJSON
import Sodium
import Testing

/// The bytes of a text.
private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The string at a path of a text; `nil` when there is none.
private func string(_ path: [String], _ json: [UInt8]) throws -> String? {
    try SodiumRuntime.start(allowSwap: true)
    let found = try SecretJSON.string(at: path, in: json.span)
    guard let found else { return nil }
    return found.withSpan { span in
        String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
    }
}

struct SecretJSONTests {
    @Test(
        "A string is found by the members that lead to it, its escapes decoded",
        arguments: [
            (#"{"a":"b"}"#, ["a"], "b"),
            (#" { "x" : [ 1 , { "a" : "no" } ] , "a" : "yes" } "#, ["a"], "yes"),
            (#"{"data":{"data":{"f":"v"},"f":"no"},"f":"no"}"#, ["data", "data", "f"], "v"),
            (#""top""#, [], "top"),
            (#"{"a":""}"#, ["a"], ""),
            (#"{"a":"\"\\\/\b\f\n\r\t"}"#, ["a"], "\"\\/\u{8}\u{c}\n\r\t"),
            (#"{"a":"\u0041\u00e9\u20AC\uD83D\uDE00\u0000"}"#, ["a"], "A\u{e9}\u{20ac}\u{1f600}\0"),
            (#"{"a":"é€😀\u007f"}"#, ["a"], "\u{e9}\u{20ac}\u{1f600}\u{7f}"),
            (#"{"\u0061b":"by an escaped name"}"#, ["ab"], "by an escaped name"),
            (#"{"ab":"longer","a":"it"}"#, ["a"], "it"),
            (#"{"é":"name beyond ASCII"}"#, ["\u{e9}"], "name beyond ASCII"),
        ] as [(String, [String], String)])
    func found(_ json: String, _ path: [String], _ value: String) throws {
        #expect(try string(path, bytes(json)) == value)
    }

    @Test(
        "What is not there, or is null, is not found",
        arguments: [
            (#"{}"#, ["a"]), (#"{"a":null}"#, ["a"]), (#"{"b":{"a":"x"}}"#, ["a"]),
            (#"{"a":"x"}"#, ["a", "b"]), (#"[{"a":"x"}]"#, ["a"]), (#"{"A":"x"}"#, ["a"]),
        ] as [(String, [String])])
    func absent(_ json: String, _ path: [String]) throws {
        #expect(try string(path, bytes(json)) == nil)
    }

    @Test(
        "A value of another kind is not taken for a string",
        arguments: ["1", "true", "false", "{}", "[]", "[\"x\"]"])
    func wrongKind(_ value: String) throws {
        #expect(throws: SecretJSONError.wrongKind(name: "a", wanted: "a string")) {
            try string(["a"], bytes("{\"a\":\(value)}"))
        }
    }

    @Test(
        "A member on the way that is there twice is refused, another one is not",
        arguments: [
            (#"{"a":"1","a":"2"}"#, true), (#"{"a":"1","\u0061":"2"}"#, true),
            (#"{"x":"1","x":"2","a":"1"}"#, false), (#"{"a":"1","x":{"a":"2"}}"#, false),
        ])
    func ambiguous(_ json: String, _ isRefused: Bool) throws {
        if isRefused {
            #expect(throws: SecretJSONError.ambiguous(name: "a")) {
                try string(["a"], bytes(json))
            }
        } else {
            #expect(try string(["a"], bytes(json)) == "1")
        }
    }

    @Test(
        "Text that RFC 8259 does not allow is refused wherever the fault is",
        arguments: [
            "", " ", "{", "}", "{}}", "{} {}", "[", "]", "[1,]", "[,1]", "[1 2]", "{\"a\":1,}",
            "{,}", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{a:1}", "{'a':1}", "{1:1}",
            "{\"a\":1 \"b\":2}",
            "tru", "True", "nul", "nulll", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5",
            "1e", "1e+", "1.e1", "0x1", "1_000", "\"", "\"a", "\"\\", "\"\\\"", "\"\\x\"",
            "\"\\u12\"", "\"\\u12g4\"", "\"\\uD800\"", "\"\\uD800x\"", "\"\\uD800\\n\"",
            "\"\\uD800\\u0041\"", "\"\\uDC00\"", "\"\\uD800\\uD800\"", "\"a\nb\"", "\"a\tb\"",
            "\"a\0b\"", "\u{feff}{}", "// x\n{}", "{}//", "[1]\0", "\u{a0}1",
        ])
    func malformed(_ json: String) {
        #expect {
            try SecretJSON.value(at: ["a"], in: bytes(json).span)
        } throws: { error in
            if case SecretJSONError.malformed? = error as? SecretJSONError { true } else { false }
        }
    }

    @Test(
        "Bytes that are no UTF-8 are refused (RFC 3629 §4)",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0x80],
            [0xE0, 0xA0], [0xED, 0xA0, 0x80], [0xEF, 0xBF], [0xF0, 0x8F, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82, 0xC2],
        ] as [[UInt8]])
    func notUTF8(_ sequence: [UInt8]) {
        let json = [0x22] + sequence + [0x22]
        #expect(throws: SecretJSONError.self) { try SecretJSON.value(at: [], in: json.span) }
    }

    @Test("Each scalar value passes, as itself and escaped")
    func scalars() throws {
        for number in stride(from: UInt32(0x20), to: 0x11_0000, by: 97) {
            guard let scalar = Unicode.Scalar(number), scalar != "\"", scalar != "\\" else {
                continue
            }
            let text = String(Character(scalar))
            #expect(try string([], bytes("\"\(text)\"")) == text)
            let units = text.utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
            #expect(try string([], bytes("\"\(units.joined())\"")) == text)
        }
    }

    @Test(
        "Numbers of every form pass",
        arguments: ["0", "-0", "10", "1.5", "-1.25e-7", "0E0", "1e+9", "12345678901234567890"])
    func numbers(_ number: String) throws {
        #expect(
            try SecretJSON.value(at: ["a"], in: bytes("{\"a\":\(number)}").span)?.kind == .number)
    }

    @Test("Every beginning of a text is refused")
    func beginnings() throws {
        let json = bytes(#"{"a":{"b":[1,-2.5e3,true,false,null,"é\u00e9\ud83d\ude00"]},"c":"d"}"#)
        #expect(try string(["c"], json) == "d")
        for count in 0..<json.count {
            #expect(throws: SecretJSONError.self) {
                try SecretJSON.value(at: ["c"], in: json.span.extracting(first: count))
            }
        }
    }

    @Test("Nesting has its bound and not one more", arguments: ["[]", "{}"])
    func depth(_ brackets: String) throws {
        let open = brackets == "[]" ? "[" : "{\"a\":"
        let close = brackets == "[]" ? "]" : "}"
        for (extra, isRefused) in [(0, false), (1, true)] {
            let count = SecretJSONLimits.depth + extra
            let json = bytes(
                String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
            )
            if isRefused {
                #expect(throws: SecretJSONError.tooDeep) {
                    try SecretJSON.value(at: [], in: json.span)
                }
            } else {
                #expect(try SecretJSON.value(at: [], in: json.span) != nil)
            }
        }
        // Depth is not size: what was closed does not count.
        let wide = bytes("[" + String(repeating: "\(brackets),", count: 99) + brackets + "]")
        #expect(try SecretJSON.value(at: [], in: wide.span)?.kind == .array)
    }

    @Test("A text has its largest size and no byte more")
    func size() throws {
        let room = SecretJSONLimits.textBytes - 2
        let value = String(repeating: "x", count: room)
        #expect(try string([], bytes("\"\(value)\"")) == value)
        #expect(throws: SecretJSONError.tooLarge) { try string([], bytes("\"\(value)x\"")) }
    }

    @Test(
        "Integers are read as numbers and from strings",
        arguments: [
            ("3599", 3599), ("\"3600\"", 3600), ("0", 0), ("-5", -5), ("null", nil),
            ("999999999999999", 999_999_999_999_999),
        ] as [(String, Int?)])
    func integers(_ text: String, _ number: Int?) throws {
        #expect(try SecretJSON.integer(at: ["a"], in: bytes("{\"a\":\(text)}").span) == number)
    }

    @Test(
        "What is no integer is refused",
        arguments: ["1.5", "1e3", "true", "{}", "\"\"", "\"x\"", "\"1 \"", "\"-\"", "\"+1\""])
    func noIntegers(_ text: String) {
        #expect(throws: SecretJSONError.wrongKind(name: "a", wanted: "an integer")) {
            try SecretJSON.integer(at: ["a"], in: bytes("{\"a\":\(text)}").span)
        }
    }

    @Test("An integer with too many digits is out of range")
    func longInteger() {
        #expect(throws: SecretJSONError.outOfRange(name: "a")) {
            try SecretJSON.integer(at: ["a"], in: bytes("{\"a\":1000000000000000}").span)
        }
    }

    @Test("A text that is no secret has its longest length and no byte more")
    func textLimit() throws {
        let json = bytes(#"{"a":"abcde"}"#)
        #expect(try SecretJSON.text(at: ["a"], in: json.span, limit: 5) == "abcde")
        #expect(throws: SecretJSONError.outOfRange(name: "a")) {
            try SecretJSON.text(at: ["a"], in: json.span, limit: 4)
        }
    }

    @Test("A string is replaced by one of another text, and all else stays as it is")
    func replacing() throws {
        try SodiumRuntime.start(allowSwap: true)
        let old = bytes(#"{ "x": [1, "t"], "t" : "old\n" , "y":"t" }"#)
        let answer = bytes(#"{"t":"n\"ew\u00e9"}"#)
        let whole = try SecretJSON.replacingString(
            at: ["t"], in: old.span, by: ["t"], of: answer.span)
        let text = whole.withSpan { span in
            String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
        }
        #expect(text == #"{ "x": [1, "t"], "t" : "n\"ew\u00e9" , "y":"t" }"#)
        #expect(try string(["t"], bytes(text)) == "n\"ew\u{e9}")
        #expect(throws: SecretJSONError.self) {
            try SecretJSON.replacingString(at: ["z"], in: old.span, by: ["t"], of: answer.span)
                .count
        }
    }

    @Test("No error tells what the text holds")
    func errors() {
        let json = bytes(#"{"a":"hunter2","a":"hunter2"}"#)
        let error = #expect(throws: SecretJSONError.ambiguous(name: "a")) {
            try SecretJSON.integer(at: ["a"], in: json.span)
        }
        #expect(error.map { "\($0)".contains("hunter2") } == false)
    }
}
