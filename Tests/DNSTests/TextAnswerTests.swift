import TestSupport
import Testing

@testable import DNS

@Suite("Answers to a text question")
struct TextAnswerTests {
    private static func question() throws -> TextQuestion {
        try #require(TextQuestion("Example.ORG.", id: 0x1234))
    }

    private static func strings(_ answer: TextAnswer) -> [String]? {
        guard case .texts(let texts) = answer else { return nil }
        return texts.map { String(decoding: $0, as: UTF8.self) }
    }

    struct Fixture: CustomTestStringConvertible {
        let testDescription: String
        let message: DNSMessageFixture
        let texts: [String]
    }

    static let fixtures = [
        Fixture(testDescription: "no record", message: DNSMessageFixture(), texts: []),
        Fixture(
            testDescription: "strings are joined without a space",
            message: DNSMessageFixture(records: [DNSMessageFixture.text("v=spf1 ", "-all")]),
            texts: ["v=spf1 -all"]),
        Fixture(
            testDescription: "an empty string",
            message: DNSMessageFixture(records: [DNSMessageFixture.text("")]), texts: [""]),
        Fixture(
            testDescription: "two records",
            message: DNSMessageFixture(records: [
                DNSMessageFixture.text("a"), DNSMessageFixture.text("b"),
            ]),
            texts: ["a", "b"]),
        Fixture(
            testDescription: "an owner in other letters",
            message: DNSMessageFixture(records: [
                DNSMessageFixture.text("a", owner: DNSMessageFixture.name("EXAMPLE.org"))
            ]), texts: ["a"]),
        Fixture(
            testDescription: "a record of another name is not the name's",
            message: DNSMessageFixture(records: [
                DNSMessageFixture.text("a", owner: DNSMessageFixture.name("other.org")),
                DNSMessageFixture.text("b"),
            ]), texts: ["b"]),
        Fixture(
            testDescription: "an alias is followed",
            message: DNSMessageFixture(records: [
                DNSMessageFixture.alias(DNSMessageFixture.name("x.net")),
                DNSMessageFixture.text("a", owner: DNSMessageFixture.name("x.net")),
            ]), texts: ["a"]),
        Fixture(
            testDescription: "an alias that leads to itself ends",
            message: DNSMessageFixture(records: [
                DNSMessageFixture.alias([0xC0, 12]), DNSMessageFixture.text("a"),
            ]), texts: ["a"]),
        Fixture(
            testDescription: "a record of another type is passed over",
            message: DNSMessageFixture(records: [
                DNSMessageFixture.record([0xC0, 12], kind: 1, data: [192, 0, 2, 1]),
                DNSMessageFixture.text("a"),
            ]), texts: ["a"]),
    ]

    @Test("Texts are those of the name asked for", arguments: fixtures)
    func texts(_ fixture: Fixture) throws {
        let answer = try TextAnswer(fixture.message.bytes, to: Self.question())
        #expect(Self.strings(answer) == fixture.texts)
    }

    @Test("A message cut anywhere is malformed, foreign or the same", arguments: fixtures)
    func cut(_ fixture: Fixture) throws {
        let bytes = fixture.message.bytes
        for count in 0..<bytes.count {
            let answer = try? TextAnswer(Array(bytes.prefix(count)), to: Self.question())
            #expect(answer == nil || (answer == .foreign && count < 12), "cut at \(count)")
        }
    }

    @Test("A message with one byte changed never gives a text that is not in it")
    func changed() throws {
        let bytes = DNSMessageFixture(records: [
            DNSMessageFixture.alias(DNSMessageFixture.name("x.net")),
            DNSMessageFixture.text("hello", owner: DNSMessageFixture.name("x.net")),
        ]).bytes
        for index in bytes.indices {
            for value in [UInt8(0), 1, 0x3F, 0x40, 0xC0, 0xFF] {
                var changed = bytes
                changed[index] = value
                guard case .texts(let texts)? = try? TextAnswer(changed, to: Self.question())
                else { continue }
                for text in texts { #expect(text.count <= bytes.count) }
            }
        }
    }

    @Test("Response codes are told apart")
    func codes() throws {
        let question = try Self.question()
        #expect(try TextAnswer(DNSMessageFixture(flags: 0x8183).bytes, to: question) == .noSuchName)
        #expect(
            try TextAnswer(DNSMessageFixture(flags: 0x8182).bytes, to: question) == .failed(code: 2)
        )
        #expect(try TextAnswer(DNSMessageFixture(flags: 0x8380).bytes, to: question) == .truncated)
        #expect(
            try TextAnswer(DNSMessageFixture(flags: 0x8181, question: nil).bytes, to: question)
                == .failed(code: 1))
    }

    @Test("Another number, another name or a query is somebody else's")
    func foreign() throws {
        let question = try Self.question()
        for message in [
            DNSMessageFixture(id: 1), DNSMessageFixture(flags: 0x0100),
            DNSMessageFixture(question: "example.com"),
        ] {
            #expect(try TextAnswer(message.bytes, to: question) == .foreign)
        }
    }

    @Test("Pointers that do not lead back are malformed")
    func pointers() throws {
        let base = DNSMessageFixture().bytes.count
        for owner in [
            [0xC0, UInt8(base)], [0xC0, UInt8(base + 2)], [0x80, 12], [0x40, 1], [0xFF, 0xFF],
        ] as [[UInt8]] {
            let message = DNSMessageFixture(records: [DNSMessageFixture.text("a", owner: owner)])
            #expect(throws: DNSError.malformed) {
                try TextAnswer(message.bytes, to: Self.question())
            }
        }
    }

    @Test("Counts and lengths are bounded at their limits")
    func bounds() throws {
        let question = try Self.question()
        let many = Array(repeating: DNSMessageFixture.text("a"), count: DNSLimits.records)
        let most = try TextAnswer(DNSMessageFixture(records: many).bytes, to: question)
        #expect(Self.strings(most)?.count == DNSLimits.texts)
        #expect(throws: DNSError.malformed) {
            try TextAnswer(
                DNSMessageFixture(records: many + [DNSMessageFixture.text("a")]).bytes, to: question
            )
        }
        for (count, isKept) in [(DNSLimits.text, true), (DNSLimits.text + 1, false)] {
            var data: [UInt8] = []
            var left = count
            while left > 0 {
                let part = min(left, 255)
                data += [UInt8(part)] + [UInt8](repeating: 0x61, count: part)
                left -= part
            }
            let record = DNSMessageFixture.record([0xC0, 12], kind: 16, data: data)
            let answer = try TextAnswer(DNSMessageFixture(records: [record]).bytes, to: question)
            #expect(Self.strings(answer)?.count == (isKept ? 1 : 0))
        }
    }

    @Test("Names are letters, digits, hyphens and underscores within their lengths")
    func names() {
        let label = String(repeating: "a", count: 63)
        let longest = [label, label, label, String(repeating: "a", count: 61)].joined(
            separator: ".")
        for good in ["example.org", "_dmarc.example.org.", "xn--bcher-kva.example", longest] {
            #expect(TextQuestion(good, id: 1) != nil, "\(good)")
        }
        for bad in ["", ".", "a..b", ".a", "bücher.example", "a b", "\(label)a.org", longest + "a"]
        {
            #expect(TextQuestion(bad, id: 1) == nil, "\(bad)")
        }
    }

    @Test("A question has the bytes of RFC 1035")
    func question() throws {
        let question = try #require(TextQuestion("A.org", id: 0xABCD))
        let plain: [UInt8] = [
            0xAB, 0xCD, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 3, 0x6F, 0x72, 0x67, 0, 0, 16, 0, 1,
        ]
        #expect(question.message(withEDNS: false) == plain)
        var extended = plain
        extended[11] = 1
        #expect(
            question.message(withEDNS: true) == extended + [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0])
    }
}
