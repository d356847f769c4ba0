import JSONCoding
import SMTPCore
import Testing
import VaultModel

@Suite("Conditions of tokens")
struct TokenConditionsTests {
    /// A way to read a condition from text.
    struct Reader: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What it reads as, said again.
        let read: @Sendable (String) throws -> String
        let good: [String: String]
        let bad: [String]
    }

    static let readers = [
        Reader(
            testDescription: "rates", read: { try TokenRate(parsing: $0).description },
            good: ["1/s": "1/s", "100000/h": "100000/h", "007/m": "7/m"],
            bad: [
                "", "1", "/s", "1/", "0/s", "-1/s", "+1/s", "1/d", "1/S", "1/s/s", " 1/s", "1.5/s",
                "100001/s", "99999999999999999999/s", "1/sec",
            ]),
        Reader(
            testDescription: "senders", read: { try SenderPattern(parsing: $0).description },
            good: [
                "A@Example.ORG": "a@example.org", "@Example.org": "@example.org",
                "a@bücher.example": "a@xn--bcher-kva.example",
                "@bücher.example": "@xn--bcher-kva.example",
                "\"a b\"@example.org": "\"a b\"@example.org",
            ],
            bad: [
                "", "@", "a", "a@", "@@example.org", "@*.example.org",
                "@192.0.2.1", "a@example.org\r\n", "<a@example.org>", "A <a@example.org>",
                "@" + String(repeating: "a", count: VaultLimits.addressBytes),
                // Short enough as it is, and too long in A-labels.
                "a@" + String(repeating: "aћbޑcڕdћeޑfڕgћhޑiڕ.", count: 8) + "example",
            ]),
        Reader(
            testDescription: "domains", read: { try RecipientDomain(parsing: $0).text },
            good: [
                "Example.ORG": "example.org", "@example.org": "example.org",
                "bücher.example": "xn--bcher-kva.example",
            ],
            bad: ["", "@", "*.example.org", "a b", "192.0.2.1", "[192.0.2.1]", "::1", "a..b", "-a"]),
        Reader(
            testDescription: "networks", read: { try IPNetwork(parsing: $0).description },
            good: [
                "10.0.0.0/8": "10.0.0.0/8", "10.1.2.3/8": "10.0.0.0/8", "10.1.2.3": "10.1.2.3/32",
                "0.0.0.0/0": "0.0.0.0/0", "::/0": "0:0:0:0:0:0:0:0/0",
                "fe80::1/10": "fe80:0:0:0:0:0:0:0/10",
            ],
            bad: ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/-1", "a/8", "10.0.0.0/8/8"]),
    ]

    @Test("Conditions are read strictly, and say themselves again", arguments: readers)
    func reading(_ reader: Reader) throws {
        for (text, meaning) in reader.good {
            let first = try reader.read(text)
            #expect(first == meaning)
            #expect(try reader.read(first) == meaning)
        }
        for text in reader.bad {
            #expect(throws: ModelError.self, "\(text)") { try reader.read(text) }
        }
    }

    private func address(_ text: String) throws -> SMTPAddress { try SMTPAddress(parsing: text) }

    @Test("Authors are those named, or of a domain that is, whatever the case")
    func authors() throws {
        var conditions = TokenConditions()
        #expect(conditions.refusal(ofAuthor: try address("x@y.example")) == nil)
        conditions.from = [
            try SenderPattern(parsing: "a@example.org"), try SenderPattern(parsing: "@b.example"),
        ]
        for good in ["a@example.org", "A@EXAMPLE.ORG", "x@b.example", "y@B.Example"] {
            #expect(conditions.refusal(ofAuthor: try address(good)) == nil, "\(good)")
        }
        for bad in ["b@example.org", "a@sub.example.org", "a@x.b.example", "a@b.example.org"] {
            #expect(conditions.refusal(ofAuthor: try address(bad)) == .from(bad))
        }
    }

    @Test("Recipients are of a domain that is named, and not of its subdomains")
    func recipients() throws {
        var conditions = TokenConditions()
        #expect(conditions.refusal(ofRecipient: try address("x@y.example")) == nil)
        conditions.recipientDomains = [
            try RecipientDomain(parsing: "example.org"),
            try RecipientDomain(parsing: "bücher.example"),
        ]
        for good in [
            "a@example.org", "b@EXAMPLE.org", "c@xn--bcher-kva.example", "d@BÜCHER.example",
        ] {
            #expect(conditions.refusal(ofRecipient: try address(good)) == nil, "\(good)")
        }
        for bad in ["a@sub.example.org", "a@example.org.test", "a@notexample.org", "a@[192.0.2.1]"]
        {
            #expect(conditions.refusal(ofRecipient: try address(bad)) == .recipient(bad))
        }
    }

    @Test("Environments and connections narrow what concerns connections, and nothing else")
    func connections() throws {
        var conditions = TokenConditions()
        conditions.environments = [.test, .development]
        conditions.connections = ["alerts-*", "MAIL"]
        func permit(_ permission: Permission, _ name: String, _ env: DeploymentEnvironment) throws
            -> Bool
        {
            conditions.permit(permission, on: .connection(try ResourceName(name), env))
        }
        #expect(try permit(.send, "alerts-1", .test))
        #expect(try permit(.connectionTest, "Mail", .development))
        #expect(try !permit(.send, "alerts-1", .production))
        #expect(try !permit(.send, "other", .test))
        #expect(try !permit(.connectionRead, "mailx", .test))
        #expect(!conditions.permit(.connectionRead, on: .vault), "not all at once")
        #expect(conditions.permit(.auditRead, on: .vault))
        #expect(conditions.permit(.sandboxRead, on: .inbox(try ResourceName("i"))))
        #expect(conditions.permit(.secretStat, on: .secret(try ResourceName("s"))))
        conditions.connections = []
        #expect(try permit(.send, "other", .test))
        #expect(try !permit(.send, "other", .production))
    }

    @Test("A bearer is in one of the networks, by any of the addresses that stand for them")
    func networks() throws {
        var conditions = TokenConditions()
        #expect(conditions.permit(bearerAt: []))
        conditions.networks = [
            try IPNetwork(parsing: "10.0.0.0/8"), try IPNetwork(parsing: "2001:db8::/32"),
        ]
        func permit(_ texts: String...) -> Bool {
            conditions.permit(bearerAt: texts.compactMap { IPAddress($0) })
        }
        #expect(permit("10.255.255.255"))
        #expect(permit("192.0.2.1", "10.0.0.1"))
        #expect(permit("2001:db8:ffff::1"))
        #expect(!permit("11.0.0.1"))
        #expect(!permit("2001:db9::1"))
        #expect(!permit("::ffff:10.0.0.1"), "the door says which IPv4 address that is")
        #expect(!permit())
    }

    @Test("Each list and number has a bound")
    func bounds() throws {
        let most = VaultLimits.tokenConditions
        let sender = try SenderPattern(parsing: "@example.org")
        let domain = try RecipientDomain(parsing: "example.org")
        let network = try IPNetwork(parsing: "::/0")
        let fillings: [@Sendable (inout TokenConditions, Int) -> Void] = [
            { $0.environments = Array(repeating: .test, count: $1) },
            { $0.connections = Array(repeating: "a", count: $1) },
            { $0.from = Array(repeating: sender, count: $1) },
            { $0.recipientDomains = Array(repeating: domain, count: $1) },
            { $0.networks = Array(repeating: network, count: $1) },
        ]
        for fill in fillings {
            var conditions = TokenConditions()
            fill(&conditions, most)
            try conditions.validate()
            fill(&conditions, most + 1)
            #expect(throws: ModelError.self) { try conditions.validate() }
        }
        let numbers: [(ClosedRange<Int>, @Sendable (inout TokenConditions, Int) -> Void)] = [
            (VaultLimits.tokenDaily, { $0.daily = $1 }), (VaultLimits.tokenUses, { $0.uses = $1 }),
        ]
        for (range, set) in numbers {
            for good in [range.lowerBound, range.upperBound] {
                var conditions = TokenConditions()
                set(&conditions, good)
                try conditions.validate()
            }
            for bad in [range.lowerBound - 1, range.upperBound + 1, .min, .max] {
                var conditions = TokenConditions()
                set(&conditions, bad)
                #expect(throws: ModelError.self) { try conditions.validate() }
            }
        }
        for bad in ["", "a b", "a@test", String(repeating: "x", count: VaultLimits.nameBytes + 1)] {
            var conditions = TokenConditions()
            conditions.connections = [bad]
            #expect(throws: ModelError.self) { try conditions.validate() }
        }
    }

    @Test("Conditions are stored as JSON without what narrows nothing")
    func coding() throws {
        #expect(try JSONCoding.encode(TokenConditions()) == Array("{}".utf8))
        var conditions = TokenConditions()
        conditions.environments = [.test]
        conditions.connections = ["a*"]
        conditions.from = [try SenderPattern(parsing: "@example.org")]
        conditions.recipientDomains = [try RecipientDomain(parsing: "example.net")]
        conditions.rate = try TokenRate(parsing: "5/m")
        conditions.daily = 7
        conditions.networks = [try IPNetwork(parsing: "10.0.0.0/8")]
        conditions.notBefore = Timestamp(milliseconds: 1_763_026_200_000)
        conditions.uses = 3
        let text = try JSONCoding.encode(conditions)
        #expect(try JSONCoding.decode(TokenConditions.self, from: text) == conditions)
        #expect(
            String(decoding: text, as: UTF8.self)
                == #"{"connections":["a*"],"daily":7,"environments":["test"],"from":["@example.org"],"#
                + #""networks":["10.0.0.0/8"],"not_before":"2025-11-13T09:30:00.000Z","rate":"5/m","#
                + #""recipient_domains":["example.net"],"uses":3}"#)
    }
}

@Suite("Counting a token's messages")
struct TokenMeterTests {
    private static let start: Int64 = 1_763_026_200_000

    private func conditions(_ rate: String?, daily: Int? = nil) throws -> TokenConditions {
        var conditions = TokenConditions()
        conditions.rate = try rate.map { text throws(ModelError) in try TokenRate(parsing: text) }
        conditions.daily = daily
        return conditions
    }

    /// Which of the messages at these moments, in milliseconds, pass.
    private func passes(_ conditions: TokenConditions, _ moments: [Int64]) -> [Bool] {
        var meter = TokenMeter()
        return moments.map { moment in
            meter.count(under: conditions, at: Timestamp(milliseconds: Self.start + moment)) == nil
        }
    }

    @Test("A rate lets as many through at once as it names, whatever the number")
    func burst() throws {
        for count in [1, 2, 3, 7, 60, 999, 100_000] {
            for unit in ["s", "m", "h"] {
                let conditions = try conditions("\(count)/\(unit)")
                let found = passes(conditions, Array(repeating: 0, count: count + 1))
                #expect(found.count { $0 } == count, "\(count)/\(unit)")
                #expect(found.last == false)
            }
        }
    }

    @Test("What a rate has given comes back evenly")
    func refill() throws {
        let conditions = try conditions("2/s")
        #expect(
            passes(conditions, [0, 0, 0, 499, 500, 500, 999, 1000, 3000, 3000, 3000])
                == [true, true, false, false, true, false, false, true, true, true, false])
    }

    @Test("A refusal says when the next message may go, and it may then")
    func until() throws {
        let conditions = try conditions("3/m")
        var meter = TokenMeter()
        let now = Timestamp(milliseconds: Self.start)
        for _ in 1...3 { #expect(meter.count(under: conditions, at: now) == nil) }
        guard case .rate(_, let until)? = meter.count(under: conditions, at: now) else {
            Issue.record("not refused")
            return
        }
        #expect(until.milliseconds == Self.start + 20_000)
        #expect(
            meter.count(under: conditions, at: Timestamp(milliseconds: until.milliseconds - 1))
                != nil)
        #expect(meter.count(under: conditions, at: until) == nil)
    }

    @Test("A day's messages are counted by days of UTC")
    func daily() throws {
        let conditions = try conditions(nil, daily: 2)
        let midnight = 86_400_000 - Self.start % 86_400_000
        #expect(
            passes(conditions, [0, 1, 2, midnight - 1, midnight, midnight, midnight])
                == [true, true, false, false, true, true, false])
        var meter = TokenMeter()
        let now = Timestamp(milliseconds: Self.start)
        for _ in 1...2 { _ = meter.count(under: conditions, at: now) }
        #expect(
            meter.count(under: conditions, at: now)
                == .daily(2, until: Timestamp(milliseconds: Self.start + midnight)))
    }

    @Test("A message that one limit refuses is not counted by the other")
    func both() throws {
        let conditions = try conditions("1/s", daily: 2)
        #expect(passes(conditions, [0, 0, 0, 1000, 2000]) == [true, false, false, true, false])
    }

    @Test("A clock that is set back gives one message back at most, and the rate goes on")
    func clockSetBack() throws {
        let conditions = try conditions("2/s")
        #expect(
            passes(conditions, [10_000_000, 10_000_000, 0, 0, 500, 1500])
                == [true, true, true, false, true, true])
        let daily = try self.conditions(nil, daily: 1)
        #expect(passes(daily, [86_400_000, 0, 1]) == [true, false, false])
    }

    @Test("A meter without limits counts nothing")
    func unlimited() throws {
        var meter = TokenMeter()
        for _ in 1...10 {
            #expect(meter.count(under: TokenConditions(), at: .now) == nil)
        }
        #expect(meter == TokenMeter())
    }
}
