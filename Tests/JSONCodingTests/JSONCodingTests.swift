import FoundationEssentials
import SeededRandom
import Testing

@testable import JSONCoding

private struct Inner: Codable, Hashable {
    var minVersion: String?
    var names: [String: Int] = [:]
}

private struct Outer: Codable, Hashable {
    var startedAt = 0
    var isOn = true
    var sleepS: UInt32 = 7
    var ratio = 0.5
    var inner = Inner()
    var list: [Inner]? = nil
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// What Foundation makes of a text, by the same rules.
private func foundation<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(bytes))
}

private func foundation(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
}

@Suite("JSON of our own types")
struct JSONCodingTests {
    @Test("Members are sorted and in snake case; keys of a dictionary stay")
    func names() throws {
        var value = Outer()
        value.inner = Inner(minVersion: "a/b", names: ["aKey": 1, "B_x": 2])
        value.list = [Inner(), Inner()]
        let written = try JSONCoding.encode(value)
        #expect(
            text(written)
                == #"{"inner":{"min_version":"a/b","names":{"B_x":2,"aKey":1}},"is_on":true,"#
                + #""list":[{"names":{}},{"names":{}}],"ratio":0.5,"sleep_s":7,"started_at":0}"#)
        #expect(try JSONCoding.decode(from: written) == value)
        #expect(try foundation(Outer.self, written) == value)
        #expect(try foundation(value) == written)
    }

    @Test("A pretty text has a line for each member")
    func pretty() throws {
        let value = ["b": [1, 2], "a": []]
        #expect(
            text(try JSONCoding.encode(value, pretty: true)) == """
                {
                  "a": [],
                  "b": [
                    1,
                    2
                  ]
                }
                """)
    }

    @Test("Members in any order, with any space, and unknown ones between")
    func order() throws {
        let written = """
             { "sleep_s" : 1 ,"more":[{},[]], "is_on":false,
            "inner":{"names":{"x":1,"y":2}}, "started_at":-3,"ratio":1e2, "list":null }
            """
        let read: Outer = try JSONCoding.decode(from: Array(written.utf8))
        #expect(read.sleepS == 1 && read.startedAt == -3 && read.ratio == 100 && !read.isOn)
        #expect(read.inner.names == ["x": 1, "y": 2] && read.list == nil)
    }

    @Test(
        "What is wrong is told with its place",
        arguments: [
            (#"{"started_at":"x"}"#, "a value of another type at started_at"),
            (#"{"started_at":1.5}"#, "unreadable at started_at"),
            (#"{"started_at":null}"#, "no value at started_at"),
            (#"{"started_at":1,"is_on":true}"#, "no 'sleepS' at the top"),
            (
                #"{"started_at":1,"is_on":true,"sleep_s":4294967296}"#, "unreadable at sleep_s"
            ),
            (
                #"{"started_at":1,"is_on":true,"sleep_s":0,"ratio":0,"inner":{"names":{"a":[]}}}"#,
                "a value of another type at inner.names.a"
            ),
            (
                #"{"started_at":1,"is_on":true,"sleep_s":0,"ratio":0,"inner":{"names":{}},"#
                    + #""list":[{"names":{}},{"names":3}]}"#,
                "a value of another type at list.1.names"
            ),
            ("[]", "a value of another type at the top"),
            ("{", "is not JSON"),
        ])
    func mistakes(json: String, reason: String) {
        #expect(throws: JSONCoding.Failure(reason: reason)) {
            try JSONCoding.decode(Outer.self, from: Array(json.utf8))
        }
    }

    @Test("What is one level too deep is refused")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        _ = try JSONCoding.decode(JSONSample.self, from: nested(JSONLimits.depth))
        #expect(
            throws: JSONCoding.Failure(reason: "is nested deeper than \(JSONLimits.depth)")
        ) {
            try JSONCoding.decode(JSONSample.self, from: nested(JSONLimits.depth + 1))
        }
        #expect(throws: JSONCoding.Failure.self) {
            try JSONCoding.decode(JSONSample.self, from: nested(1_000_000))
        }
    }

    @Test("Integers up to their bounds, and none beyond")
    func integers() throws {
        func read<Number: FixedWidthInteger & Decodable>(_ type: Number.Type, _ json: String)
            -> Number?
        { try? JSONCoding.decode([Number].self, from: Array("[\(json)]".utf8)).first }
        #expect(read(UInt8.self, "255") == 255 && read(UInt8.self, "256") == nil)
        #expect(read(UInt8.self, "-1") == nil && read(Int8.self, "-128") == -128)
        #expect(read(Int64.self, "\(Int64.max)") == .max)
        #expect(read(Int64.self, "9223372036854775808") == nil)
        #expect(read(UInt64.self, "\(UInt64.max)") == .max)
        #expect(read(Int.self, "1.0") == 1 && read(Int.self, "2e3") == 2000)
        #expect(read(Int.self, "1.5") == nil && read(Int.self, "1e99") == nil)
        #expect(throws: JSONCoding.Failure.self) { try JSONCoding.encode([Double.infinity]) }
    }

    @Test("Random values become the same text as by Foundation, and read the same")
    func likeFoundation() throws {
        var source = SeededGenerator(seed: 8259)
        for _ in 0..<2000 {
            let value = JSONSample.random(using: &source)
            let written = try JSONCoding.encode(value)
            #expect(try written == foundation(value))
            #expect(try JSONCoding.decode(from: written) == value)
            #expect(try foundation(JSONSample.self, written) == value)
            let pretty = try JSONCoding.encode(value, pretty: true)
            #expect(try JSONCoding.decode(from: pretty) == value)
        }
    }

    @Test("A changed text is refused, or Foundation reads the same from it")
    func changed() throws {
        var source = SeededGenerator(seed: 7159)
        let bytes = Array(#"{}[]",:\0123456789eE+-. tfnu"#.utf8) + [0x00, 0x80, 0xC3, 0xE9, 0xFF]
        for _ in 0..<5000 {
            var written = try JSONCoding.encode(JSONSample.random(using: &source))
            let place = Int.random(in: 0..<written.count, using: &source)
            switch Int.random(in: 0..<3, using: &source) {
            case 0: written[place] = bytes.randomElement(using: &source) ?? 0
            case 1: written.remove(at: place)
            default: written.insert(bytes.randomElement(using: &source) ?? 0, at: place)
            }
            guard let read = try? JSONCoding.decode(JSONSample.self, from: written),
                // Of two members with one name Foundation takes another.
                let other = try? foundation(JSONSample.self, written)
            else { continue }
            #expect(read == other, "\(text(written))")
        }
    }
}
