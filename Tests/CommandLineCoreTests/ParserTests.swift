import CommandLineCore
import Testing

/// A command line, and what it comes to.
struct LineFixture: Sendable, CustomTestStringConvertible {
    let line: String
    let result: String
    var testDescription: String { "box \(line)" }

    init(_ line: String, _ result: String) {
        self.line = line
        self.result = result
    }

    /// Reads a file of the fixtures: lines after `$ box`, each followed by what it comes to.
    static func read(_ name: String) -> [LineFixture] {
        let lines = run("cat \(quoted("\(fixtures)/\(name)"))").output.split(separator: "\n")
        return stride(from: 0, to: lines.count - 1, by: 2).map { index in
            LineFixture(String(lines[index].dropFirst("$ box".count)), String(lines[index + 1]))
        }
    }
}

/// Puts what a line came to in a few words, leaving defaults out.
func summary(_ line: String, environment: [String: String] = [:]) -> String {
    let outcome: ParseOutcome<String>
    do {
        outcome = try sample.parse(words(line)) { environment[$0] }
    } catch {
        return "! \(error)"
    }
    switch outcome {
    case .version: return "version"
    case .help(let request):
        return "help [\(request.path.joined(separator: " "))] \(request.exitCode)"
            + (request.wasAsked ? " asked" : "")
    case .run(let action, let invocation):
        let command = sample.outline.command(at: invocation.path)
        let names =
            (command?.arguments.map(\.name) ?? [])
            + ((command?.options ?? []) + sample.outline.globals).map(\.name)
        var parts = [action]
        for name in names where invocation.source(of: name) != .standard {
            let values = invocation.values(name)
            if invocation.flag(name) { parts += values.isEmpty ? [name] : [] }
            parts += values.map { "\(name)=\($0)" }
        }
        return parts.joined(separator: " ")
    }
}

@Test(
    "A command line that fits its command is understood",
    arguments: LineFixture.read("understood.txt"))
func understandsLine(_ fixture: LineFixture) {
    func sorted(_ text: String) -> [String] { text.split(separator: " ").map(String.init).sorted() }
    let result = summary(fixture.line)
    #expect(sorted(result) == sorted(fixture.result), "\(result)")
}

@Test(
    "A mistake is refused in one line that says what to do",
    arguments: LineFixture.read("refused.txt"))
func refusesLine(_ fixture: LineFixture) {
    #expect(summary(fixture.line) == "! " + fixture.result)
}

@Test("A value that is not given comes from the environment, and after that from the default")
func readsEnvironment() throws {
    func home(_ line: String, _ environment: [String: String]) throws -> Invocation? {
        let outcome = try sample.parse(words(line)) { environment[$0] }
        guard case .run(_, let invocation) = outcome else { return nil }
        return invocation
    }
    let variables = ["BOX_HOME": "/env", "BOX_JSON": "1"]
    let given = try #require(try home("status --home /line", variables))
    #expect(given.optionalString("home") == "/line")
    #expect(given.source(of: "home") == .commandLine)
    #expect(given.flag("json"))
    #expect(!given.isGiven("json"))
    let environment = try #require(try home("status", variables))
    #expect(environment.optionalString("home") == "/env")
    #expect(environment.source(of: "home") == .environment(variable: "BOX_HOME"))
    let standard = try #require(try home("status", ["BOX_HOME": "", "BOX_JSON": "off"]))
    #expect(standard.optionalString("home") == "~/.box")
    #expect(standard.source(of: "home") == .standard)
    #expect(!standard.flag("json"))
    #expect(
        summary("status", environment: ["BOX_JSON": "maybe"])
            == "! BOX_JSON cannot be \"maybe\"; allowed: 1, true, yes, on, 0, false, no or off")
}

@Test("A global flag is found in a line that does not parse, up to the double dash")
func findsGlobalFlag() {
    let outline = sample.outline
    #expect(outline.mentions(flag: "json", in: words("wrong --json")))
    #expect(!outline.mentions(flag: "json", in: words("wrong -- --json")))
}

@Test("The declarations of the sample have no problems, and mistakes in others are found")
func findsProblems() {
    #expect(sample.outline.problems() == [])
    let broken = CommandTree<Int>(
        program: "p", summary: "s", globals: [.flag("json", "")],
        groups: [GroupSpec(["none"], summary: "")], sections: [HelpSection("T", ["none"])],
        commands: [
            CommandSpec(["a", "help"], summary: "x", run: 1),
            CommandSpec(
                ["b"], summary: "x",
                arguments: [.optional("A", ""), .required("A", "")],
                options: [
                    .flag("json", ""), .flag("x", short: "h", ""), .value("v", "", ""),
                    .value("c", "C", "", form: .choice(["a"]), default: "b"), .flag("-d", ""),
                ], exactlyOneOf: [["nothing"]], onlyWith: ["x": ["y"]], run: 2),
            CommandSpec(
                ["b"], summary: "x",
                arguments: [.repeated("R", ""), .optional("S", "")], run: 3),
        ])
    let problems = broken.outline.problems()
    for part in [
        "two commands", "group p none", "p a has no summary", "none, under T", "\"help\"",
        "two arguments of one name", "A cannot follow A", "nothing can follow R",
        "rule about nothing", "rule about y", "--json is declared twice", "-h is declared twice",
        "--v has no name", "default of --c", "\"-d\" is no name",
    ] {
        #expect(problems.contains { $0.contains(part) }, "\(part) in \(problems)")
    }
}
