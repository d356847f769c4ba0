import CommandLineCore
import Testing

private func invocation(_ line: String) throws -> Invocation {
    guard case .run(_, let invocation) = try sample.parse(words(line)) else {
        throw UsageError.givenTwice(option: "nothing was run")
    }
    return invocation
}

@Test("Typed getters give values, and nil where there is none")
func typedGettersGiveValues() throws {
    let given = try invocation(
        "item list --limit 7 --since 2026-01-31 --older 1h30m --larger 10MiB --rate 5/s")
    #expect(try given.int("limit", in: 1...10) == 7)
    #expect(try given.instant("since", now: 0, counting: .ago) == 1_769_817_600)
    #expect(try given.duration("older") == .seconds(5400))
    #expect(try given.byteCount("larger") == 10 << 20)
    #expect(try given.rate("rate") == Rate(count: 5, period: .seconds(1)))
    let ago = try invocation("item list --since 24h")
    #expect(try ago.instant("since", now: 100_000, counting: .ago) == 13_600)
    #expect(try ago.instant("since", now: 100_000, counting: .ahead) == 186_400)
    let none = try invocation("item list")
    #expect(try none.int("limit", in: 1...10) == nil)
    #expect(try none.duration("older") == nil)
    #expect(try none.byteCount("larger") == nil)
    #expect(try none.rate("rate") == nil)
    #expect(try none.instant("since", now: 0, counting: .ago) == nil)
    #expect(none.optionalString("limit") == nil)
}

@Test("Typed getters name the option, the value and what is allowed")
func typedGettersRefuse() throws {
    func message(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "no error"
    }
    let wrong = try invocation(
        "item list --limit 11 --since soon --older 90 --larger 3X --rate often")
    #expect(
        message { _ = try wrong.int("limit", in: 1...10) }
            == "--limit cannot be \"11\"; allowed: a whole number from 1 to 10")
    #expect(
        message { _ = try wrong.int("older", in: 100...Int.max) }
            == "--older cannot be \"90\"; allowed: a whole number from 100")
    #expect(
        message { _ = try wrong.duration("older") }
            == "--older cannot be \"90\"; allowed: a duration such as 30s, 5m, 24h or 30d")
    #expect(
        message { _ = try wrong.duration("older", in: .seconds(1)...(.seconds(3600))) }
            == "--older cannot be \"90\"; allowed: a duration such as 30s, 5m, 24h or 30d, "
            + "from 1s to 1h")
    #expect(
        message { _ = try wrong.byteCount("larger", in: 1024...1 << 20) }
            == "--larger cannot be \"3X\"; allowed: a size such as 512, 64KiB, 10MiB or 1GiB, "
            + "from 1KiB to 1MiB")
    #expect(
        message { _ = try wrong.rate("rate") }
            == "--rate cannot be \"often\"; allowed: a rate such as 5/s, 100/m, 1000/h or 5000/d")
    #expect(
        message { _ = try wrong.instant("since", now: 0, counting: .ago) }
            == "--since cannot be \"soon\"; allowed: a time such as 2026-01-31, "
            + "2026-01-31T09:30:00Z, or a duration such as 24h")
    let long = try invocation("item list --since 10000000w")
    #expect(throws: UsageError.self) {
        try long.instant("since", now: .max, counting: .ahead)
    }
    #expect(
        message { _ = try invocation("item list").string("limit") }
            == "box item list needs --limit N; At most so many")
    #expect(
        message { _ = try invocation("turn --all").string("NAME") }
            == "NAME is missing (The thing); usage: box turn NAME")
}

@Test("Pairs part at their first separator and need a key")
func pairsPart() throws {
    let given = try invocation("item put ring --stdin --tag a=1=2 --tag b=")
    let pairs = try given.pairs("tag")
    #expect(pairs.map(\.key) == ["a", "b"])
    #expect(pairs.map(\.value) == ["1=2", ""])
    for wrong in ["--tag a", "--tag =1"] {
        let given = try invocation("item put ring --stdin \(wrong)")
        #expect(throws: UsageError.self) { try given.pairs("tag") }
    }
}

private enum Material: String, CaseIterable {
    case paper, metal
}

@Test("A choice becomes a case, and a handler can refuse a value with the nearest name")
func choicesBecomeCases() throws {
    let given = try invocation("item put rign --stdin --kind steel --token hush")
    #expect(try given.choice("kind", as: Material.self) == .metal)
    #expect(throws: UsageError.self) { try given.choice("NAME", as: Material.self) }
    #expect(
        "\(given.refusal(of: "NAME", allowed: "a thing that exists", candidates: ["ring"]))"
            == "NAME cannot be \"rign\"; did you mean \"ring\"? Allowed: a thing that exists")
    #expect(
        "\(given.refusal(of: "token", allowed: "a token", candidates: ["hush"]))"
            == "the value of --token is not allowed; allowed: a token")
}
