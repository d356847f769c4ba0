import CommandLineCore
import Testing

/// Words typed so far, the last being completed, and what bash offers.
struct CompletionFixture: Sendable, CustomTestStringConvertible {
    let line: String
    let parts: [String]
    let offers: [String]
    var testDescription: String { line }

    /// Splits `line` as bash does, also at `=`, `:` and `@`.
    init(_ line: String, _ offers: [String]) {
        self.line = line
        self.offers = offers
        var parts = [""]
        for letter in line {
            let last = parts[parts.count - 1]
            switch letter {
            case " ": parts.append("")
            case "=", ":", "@":
                parts += last.isEmpty ? [] : [""]
                parts[parts.count - 1] = String(letter)
            default:
                if ["=", ":", "@"].contains(last) {
                    parts.append(String(letter))
                } else {
                    parts[parts.count - 1].append(letter)
                }
            }
        }
        self.parts = parts
    }

    static let all = [
        CompletionFixture(
            "box ", ["item", "copy", "turn", "send", "script", "man", "status", "help"]),
        CompletionFixture("box i", ["item"]),
        CompletionFixture("box item ", ["put", "list", "help"]),
        CompletionFixture("box --json item l", ["list"]),
        CompletionFixture("box --home /tmp item l", ["list"]),
        CompletionFixture("box --home=/tmp item l", ["list"]),
        CompletionFixture("box help item l", ["list"]),
        CompletionFixture("box item put ring --k", ["--kind"]),
        CompletionFixture("box item put a@b:c --k", ["--kind"]),
        CompletionFixture("box item put --kind ", ["paper", "metal"]),
        CompletionFixture("box item put --kind=", ["paper", "metal"]),
        CompletionFixture("box item put --kind=m", ["metal"]),
        CompletionFixture("box item put -k m", ["metal"]),
        CompletionFixture("box item put --from-file box.b", ["box.bash"]),
        CompletionFixture("box item put --from-file=box.b", ["box.bash"]),
        CompletionFixture("box item put --note ", []),
        CompletionFixture("box item put --tag a=b --k", ["--kind"]),
        CompletionFixture("box item put -- --k", []),
        CompletionFixture("box --home m", ["man"]),
        CompletionFixture("box copy che", ["check"]),
        CompletionFixture("box copy box.b", ["box.bash"]),
        CompletionFixture("box copy x box.b", []),
        CompletionFixture("box script ", ["bash", "zsh", "fish"]),
        CompletionFixture("box script bash ", []),
        CompletionFixture("box status --h", ["--home", "--help"]),
        CompletionFixture("box secret", []),
    ]
}

@Test("Completion scripts are as written down", arguments: Shell.allCases)
func scriptsAreGolden(_ shell: Shell) {
    expectGolden(sample.outline.completionScript(for: shell), "box.\(shell.rawValue)")
}

@Test(
    "Shells read their scripts without complaint",
    arguments: Shell.allCases.filter { hasTool($0.rawValue) })
func shellsReadScripts(_ shell: Shell) {
    let result = run("\(shell.rawValue) -n \(quoted("\(fixtures)/box.\(shell.rawValue)"))")
    #expect(result.status == 0)
    #expect(result.output == "")
}

@Test("Bash offers what fits", arguments: CompletionFixture.all)
func bashOffers(_ fixture: CompletionFixture) {
    let words = fixture.parts.map(quoted).joined(separator: " ")
    let program = """
        set -u; cd \(quoted(fixtures)); source box.bash
        COMP_WORDS=(\(words)); COMP_CWORD=\(fixture.parts.count - 1)
        COMP_LINE=\(quoted(fixture.line)); COMP_POINT=${#COMP_LINE}
        __box_complete; for reply in "${COMPREPLY[@]}"; do echo "$reply"; done
        """
    let result = run("bash --norc -c \(quoted(program))")
    #expect(result.status == 0)
    #expect(result.output.split(separator: "\n").map(String.init) == fixture.offers)
}

@Test("Fish offers what fits", .enabled(if: hasTool("fish")))
func fishOffers() {
    func offers(_ line: String) -> [String] {
        let program = "cd \(quoted(fixtures)); source box.fish; complete -C \(quoted(line))"
        let lines = run("fish --no-config -c \(quoted(program))").output.split(separator: "\n")
        return lines.map { String($0.split(separator: "\t")[0]) }
    }
    #expect(
        offers("box ") == ["copy", "help", "item", "man", "script", "send", "status", "turn"])
    #expect(offers("box --home /tmp item ") == ["help", "list", "put"])
    #expect(offers("box item put ring --k") == ["--kind"])
    #expect(offers("box item put --kind ") == ["metal", "paper"])
    #expect(offers("box item put --from-file box.b") == ["box.bash"])
    #expect(offers("box help item l") == ["list"])
    #expect(offers("box script bash ") == [])
    #expect(offers("box copy c") == ["check"])
}

@Test("Zsh offers what fits", .enabled(if: hasTool("zsh")))
func zshOffers() {
    // The functions of zsh's completion system, made to say what they are asked for.
    let stubs = """
        _describe() { [[ $1 == -o ]] && shift; print -rl -- ${${(P)2}%%:*} }
        _files() { print -r -- "files $*" }
        _message() { : }
        compadd() { shift; print -rl -- $* }
        compset() { PREFIX=${PREFIX#*=} }
        """
    func offers(_ words: String...) -> [String] {
        let typed = words.map(quoted).joined(separator: " ")
        let program = """
            \(stubs)
            source \(quoted("\(fixtures)/box.zsh"))
            words=(\(typed)) CURRENT=\(words.count) PREFIX=\(quoted(words.last ?? ""))
            _box
            """
        return run("zsh -f -c \(quoted(program))").output.split(separator: "\n").map(String.init)
    }
    #expect(
        offers("box", "") == [
            "item", "copy", "turn", "send", "script", "man", "status", "help",
        ])
    #expect(offers("box", "--home", "/x", "item", "") == ["put", "list", "help"])
    #expect(offers("box", "item", "put", "--kind", "") == ["paper", "metal"])
    #expect(offers("box", "item", "put", "--kind=") == ["paper", "metal"])
    #expect(offers("box", "item", "put", "x", "--from-file", "") == ["files "])
    #expect(offers("box", "--home", "") == ["files -/"])
    #expect(offers("box", "turn", "-").prefix(2) == ["--all", "--back"])
    #expect(offers("box", "script", "bash", "") == [])
    #expect(offers("box", "help", "item", "") == ["put", "list", "help"])
}
