import CommandLineCore

/// The small tree whose help, manual and scripts are compared word by word.
let sample = CommandTree<String>(
    program: "box", summary: "keep things in a box",
    discussion: "A box has names and values.\n\nNothing leaves it unasked.", version: "1.2",
    globals: [
        .value(
            "home", "DIR", "The box's folder.", form: .directory, environment: "BOX_HOME",
            default: "~/.box"),
        .flag("json", short: "j", "Writes JSON.", environment: "BOX_JSON"),
        .value("token", "TOKEN", "A token.", environment: "BOX_TOKEN", sensitive: true),
    ],
    groups: [GroupSpec(["item"], summary: "things in the box")],
    sections: [HelpSection("Things", ["item", "copy"])],
    commands: [
        CommandSpec(
            ["item", "put"], summary: "put a thing in",
            discussion: "The value's bytes are kept as they are.",
            arguments: [.required("NAME", "What the thing is called.")],
            options: [
                .flag("stdin", "Reads the value from standard input."),
                .value("from-file", "FILE", "Reads the value from a file.", form: .file),
                .flag("generate", "Makes up a value."),
                .value("length", "N", "Characters of a value that is made up."),
                .value(
                    "kind", short: "k", "KIND", "What kind of thing it is.",
                    form: .choice(["paper", "metal"], accepting: ["steel": "metal"]),
                    default: "paper"),
                .repeated("tag", "K=V", "Adds a tag."),
                .value("note", "TEXT", "A remark.", allowsEmpty: true),
                .value("code", "CODE", "A code.", form: .choice(["x"]), sensitive: true),
            ],
            exactlyOneOf: [["stdin", "from-file", "generate"]],
            onlyWith: ["length": ["generate"]],
            surplusHint: "a value is never an argument; use --stdin or --from-file",
            examples: [
                CommandExample("box item put ring --stdin", "Reads what was piped in."),
                "box item put ring --generate --length 20",
            ], run: "put"),
        CommandSpec(
            ["item", "list"], summary: "list the things",
            options: [
                .value("limit", "N", "At most so many."), .value("since", "TIME", "Since then."),
                .value("older", "DURATION", "Older than that."),
                .value("larger", "SIZE", "Larger than that."), .value("rate", "N/s", "So fast."),
            ], run: "list"),
        CommandSpec(
            ["copy"], summary: "copy the box",
            arguments: [.required("FILE", "Where to.", form: .file)],
            options: [.value("output", short: "o", "FILE", "Also there.", form: .file)],
            run: "copy"),
        CommandSpec(
            ["copy", "check"], summary: "check a copy",
            arguments: [.required("FILE", "The copy.", form: .file)], run: "copy check"),
        CommandSpec(
            ["turn"], summary: "turn something over",
            arguments: [.optional("NAME", "The thing.")],
            options: [.flag("all", "Turns all."), .flag("back", "Turns back.")],
            exactlyOneOf: [["NAME", "all"]], run: "turn"),
        CommandSpec(
            ["send"], summary: "send things away",
            options: [
                .repeated("to", "A", "To whom.", required: true, takesFollowingWords: true),
                .value("at", "TIME", "When."), .flag("now", "At once."),
            ],
            atMostOneOf: [["at", "now"]], run: "send"),
        CommandSpec(
            ["script"], summary: "write a completion script",
            arguments: [
                .required("SHELL", "The shell.", form: .choice(["bash", "zsh", "fish"]))
            ], run: "script"),
        CommandSpec(
            ["man"], summary: "show the manual",
            arguments: [.repeated("COMMAND", "Words of a command.")], run: "man"),
        CommandSpec(["status"], summary: "say how things are", run: "status"),
        CommandSpec(["secret-door"], summary: "hide", hidden: true, run: "door"),
    ],
    exitCodes: [ExitStatusSpec(0, "done"), ExitStatusSpec(2, "wrong usage")],
    environment: [EnvironmentSpec("NO_COLOR", "No colour, if set.")])

/// Splits a command line at its blanks; `''` stands for an empty word, `_` for a blank, and `␛`
/// and `␊` for the control characters that they show.
func words(_ line: String) -> [String] {
    let signs: [Character: Character] = ["_": " ", "␛": "\u{1B}", "␊": "\n"]
    return line.split(separator: " ").map { word in
        word == "''" ? "" : String(word.map { signs[$0] ?? $0 })
    }
}
