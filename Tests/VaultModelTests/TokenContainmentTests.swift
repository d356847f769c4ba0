import SMTPCore
import SeededRandom
import Testing
import VaultModel

extension SeededGenerator {
    mutating func one<T>(of choices: [T]) -> T {
        choices[Int.random(in: choices.indices, using: &self)]
    }

    /// Each of the choices with one chance in three.
    mutating func some<T>(of choices: [T]) -> [T] {
        choices.filter { _ in Int.random(in: 0..<3, using: &self) == 0 }
    }

    /// A short text of few letters, so that many match.
    mutating func text(of letters: String, upTo count: Int) -> String {
        let letters = Array(letters)
        return String((0..<Int.random(in: 1...count, using: &self)).map { _ in one(of: letters) })
    }
}

@Suite("What a narrower token may do")
struct TokenContainmentTests {
    @Test("A pattern that covers another matches whatever that one matches", arguments: 0..<8)
    func patterns(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var covered = 0
        for _ in 0..<4_000 {
            let outer = generator.text(of: "ab*?", upTo: 5)
            let inner = generator.text(of: "ab*?", upTo: 5)
            #expect(Glob.covers("*", inner))
            #expect(Glob.covers(inner, inner))
            guard Glob.covers(outer, inner) else { continue }
            covered += 1
            for _ in 0..<20 {
                let text = generator.text(of: "abc", upTo: 6)
                if Glob.matches(inner, text) {
                    #expect(Glob.matches(outer, text), "\(outer) \(inner) \(text)")
                }
            }
        }
        #expect(covered > 100)
    }

    @Test("A pattern covers a name exactly when it matches it", arguments: 0..<4)
    func names(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<4_000 {
            let pattern = generator.text(of: "ab*?", upTo: 5)
            let name = generator.text(of: "ab", upTo: 5)
            #expect(Glob.covers(pattern, name) == Glob.matches(pattern, name), "\(pattern) \(name)")
        }
    }

    @Test(
        "Patterns that mean the same cover each other",
        arguments: [("a*", "a**"), ("*?", "?*"), ("a?*b", "a*?b"), ("**", "*"), ("?*?", "??*")])
    func alike(_ pair: (String, String)) {
        #expect(Glob.covers(pair.0, pair.1))
        #expect(Glob.covers(pair.1, pair.0))
    }

    @Test(
        "A scope covers one that is narrower, and none that is not",
        arguments: [
            ("send:*@test", "send:a@test", true), ("send:a@test", "send:*@test", false),
            ("send:a-*@test", "send:A-1*@test", true), ("send:*@test", "send:*@production", false),
            ("send:a?@test", "send:a*@test", false), ("send:a@test", "connection:test", false),
            ("connection:test", "connection:test", true), ("connection:test", "send:a@test", false),
            ("sandbox:read", "sandbox:read@a", true), ("sandbox:read@a", "sandbox:read", false),
            ("sandbox:read@a", "sandbox:read@A", true), ("sandbox:read@a", "sandbox:read@b", false),
            ("sandbox:write@a", "sandbox:read@a", false), ("audit:read", "audit:export", false),
        ])
    func scopes(_ outer: String, _ inner: String, _ isCovered: Bool) throws {
        let found = try TokenScope(parsing: outer).contains(TokenScope(parsing: inner))
        #expect(found == isCovered)
    }

    // MARK: The whole

    fileprivate struct World {
        let connections = ["a", "ab", "abc", "b", "bb", "c"]
        let senders = ["a@x.test", "b@x.test", "a@y.test", "c@z.test"]
        let domains = ["x.test", "y.test", "z.test"]
        let addresses = ["10.0.0.1", "10.1.0.1", "192.0.2.1", "::1", "2001:db8::1"]

        func conditions(_ generator: inout SeededGenerator) throws -> TokenConditions {
            var conditions = TokenConditions()
            conditions.environments = generator.some(of: DeploymentEnvironment.allCases)
            conditions.connections = generator.some(of: ["*", "a*", "?", "ab?", "b*", "A", "??"])
            conditions.from = try generator.some(of: senders + ["@x.test", "@y.test"]).map {
                try SenderPattern(parsing: $0)
            }
            conditions.recipientDomains = try generator.some(of: domains).map {
                try RecipientDomain(parsing: $0)
            }
            conditions.networks = try generator.some(of: [
                "10.0.0.0/8", "10.0.0.0/16", "10.0.0.1", "0.0.0.0/0", "::/0", "::1", "192.0.2.0/24",
            ]).map { try IPNetwork(parsing: $0) }
            if Bool.random(using: &generator) {
                let count = Int.random(in: 1...6, using: &generator)
                conditions.rate = try TokenRate(
                    parsing: "\(count)/\(generator.one(of: ["s", "m"]))")
            }
            if Bool.random(using: &generator) {
                conditions.daily = Int.random(in: 1...5, using: &generator)
            }
            if Bool.random(using: &generator) {
                conditions.notBefore = Timestamp(
                    milliseconds: Int64.random(in: 0...10, using: &generator))
            }
            if Bool.random(using: &generator) {
                conditions.uses = Int.random(in: 1...5, using: &generator)
            }
            return conditions
        }
    }

    @Test(
        "Whatever a child may do its parent may do, for random parents and children",
        arguments: 0..<8)
    func everything(seed: UInt64) throws {
        let world = World()
        var generator = SeededGenerator(seed: seed &+ 1000)
        var contained = 0
        for _ in 0..<3_000 {
            let parent = try world.conditions(&generator)
            var child = try world.conditions(&generator)
            if Bool.random(using: &generator) { child = child.inheriting(parent) }
            guard parent.dimension(exceededBy: child) == nil else { continue }
            contained += 1
            for name in world.connections {
                let object = AccessObject.connection(
                    try ResourceName(name), generator.one(of: DeploymentEnvironment.allCases))
                if child.permit(.send, on: object) { #expect(parent.permit(.send, on: object)) }
            }
            if child.permit(.connectionRead, on: .vault) {
                #expect(parent.permit(.connectionRead, on: .vault))
            }
            for text in world.senders + world.domains.map({ "q@" + $0 }) {
                let address = try SMTPAddress(parsing: text)
                if child.refusal(ofAuthor: address) == nil {
                    #expect(parent.refusal(ofAuthor: address) == nil)
                }
                if child.refusal(ofRecipient: address) == nil {
                    #expect(parent.refusal(ofRecipient: address) == nil)
                }
            }
            for text in world.addresses {
                let address = try #require(IPAddress(text))
                if child.permit(bearerAt: [address]) { #expect(parent.permit(bearerAt: [address])) }
            }
            for milliseconds in Int64(0)...11 {
                let now = Timestamp(milliseconds: milliseconds)
                if child.permit(at: now) { #expect(parent.permit(at: now)) }
            }
            if let uses = parent.uses { #expect(try #require(child.uses) <= uses) }
            compareMeters(parent, child, &generator)
        }
        #expect(contained > 20)
    }

    /// What passes the child's limits, one message after the other, passes the parent's.
    private func compareMeters(
        _ parent: TokenConditions, _ child: TokenConditions, _ generator: inout SeededGenerator
    ) {
        var (above, below) = (TokenMeter(), TokenMeter())
        var moment: Int64 = 1_763_026_200_000
        for _ in 0..<12 {
            moment += generator.one(of: [0, 1, 100, 500, 1_000, 20_000, 86_400_000])
            let now = Timestamp(milliseconds: moment)
            if below.count(under: child, at: now) == nil {
                #expect(above.count(under: parent, at: now) == nil)
            }
        }
    }

    @Test("A child that leaves everything open is as narrow as its parent")
    func inheriting() throws {
        let world = World()
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            let parent = try world.conditions(&generator)
            let child = TokenConditions().inheriting(parent)
            #expect(child == parent)
            #expect(parent.dimension(exceededBy: child) == nil)
        }
    }

    @Test("Each dimension that a child widens is named")
    func dimensions() throws {
        let one = try World().conditionsOfEach()
        let wider: [(String, (inout TokenConditions) throws -> Void)] = [
            ("environments", { $0.environments = [.test, .production] }),
            ("connections", { $0.connections = ["*"] }),
            ("from", { $0.from = [try SenderPattern(parsing: "@x.test")] }),
            (
                "recipient_domains",
                { $0.recipientDomains.append(try RecipientDomain(parsing: "y.test")) }
            ),
            ("networks", { $0.networks = [try IPNetwork(parsing: "10.0.0.0/7")] }),
            ("rate", { $0.rate = try TokenRate(parsing: "6/m") }),
            ("rate", { $0.rate = try TokenRate(parsing: "1/s") }),
            ("rate", { $0.rate = nil }),
            ("daily", { $0.daily = 11 }), ("daily", { $0.daily = nil }),
            ("not_before", { $0.notBefore = Timestamp(milliseconds: 4) }),
            ("not_before", { $0.notBefore = nil }),
            ("uses", { $0.uses = 4 }), ("uses", { $0.uses = nil }),
            ("from", { $0.from = [] }), ("networks", { $0.networks = [] }),
            ("connections", { $0.connections = [] }), ("environments", { $0.environments = [] }),
            ("recipient_domains", { $0.recipientDomains = [] }),
        ]
        #expect(one.dimension(exceededBy: one) == nil)
        for (dimension, widen) in wider {
            var child = one
            try widen(&child)
            #expect(one.dimension(exceededBy: child) == dimension)
        }
    }
}

extension TokenContainmentTests.World {
    /// Conditions of every kind.
    fileprivate func conditionsOfEach() throws -> TokenConditions {
        var conditions = TokenConditions()
        conditions.environments = [.test]
        conditions.connections = ["a*"]
        conditions.from = [try SenderPattern(parsing: "a@x.test")]
        conditions.recipientDomains = [try RecipientDomain(parsing: "x.test")]
        conditions.networks = [try IPNetwork(parsing: "10.0.0.0/8")]
        conditions.rate = try TokenRate(parsing: "5/m")
        conditions.daily = 10
        conditions.notBefore = Timestamp(milliseconds: 5)
        conditions.uses = 3
        return conditions
    }
}
