import CommandLineCore
import Testing

@Test("The help of program, group and command is as written down", arguments: [80, 40])
func helpIsGolden(_ width: Int) {
    for path in [[], ["item"], ["item", "put"], ["copy"], ["turn"]] {
        let name = (["box"] + path).joined(separator: "-")
        expectGolden(sample.outline.help(for: path, width: width), "help/\(name).\(width).txt")
    }
}

private let verbose = CommandTree<Int>(
    program: "verbose", summary: String(repeating: "words and more words ", count: 12),
    globals: [
        .value(
            "an-option-with-a-name-that-is-longer-than-a-narrow-terminal", "VALUE",
            String(repeating: "説明 ", count: 40))
    ],
    commands: [
        CommandSpec(
            ["command-with-a-rather-long-name", "and-another-word-as-its-sub-command"],
            summary: String(repeating: "x", count: 200),
            discussion: "See <https://example.org/\(String(repeating: "path/", count: 30))>.",
            arguments: [.required("AN_ARGUMENT_WITH_A_LONG_NAME_THAT_FILLS_A_LINE", "It.")],
            options: [
                .value("first", "A_VALUE_WITH_A_LONG_NAME", "One."),
                .value("second", "ANOTHER_VALUE_WITH_A_LONG_NAME", "Two."),
            ], exactlyOneOf: [["first", "second"]],
            examples: [CommandExample("verbose \(String(repeating: "word ", count: 40))", "It.")],
            run: 1)
    ])

@Test("No line of help is wider than the terminal, from 40 columns to 80", arguments: 40...81)
func helpFits(_ width: Int) {
    for outline in [sample.outline, verbose.outline] {
        let paths = [[]] + outline.commands.map(\.path) + outline.commands.map { [$0.path[0]] }
        for path in paths {
            for line in outline.help(for: path, width: width).split(separator: "\n") {
                #expect(DisplayWidth.of(String(line)) <= min(width, 80), "\(line)")
                #expect(line.last != " ")
            }
        }
    }
}

@Test("Help of extreme widths is that of 40 and 80 columns")
func helpClampsWidth() {
    let outline = sample.outline
    #expect(outline.help(for: [], width: -1) == outline.help(for: [], width: 40))
    #expect(outline.help(for: [], width: .max) == outline.help(for: [], width: 80))
}

@Test("Hidden commands and options stay out of help, manual and completion")
func hiddenStaysHidden() {
    let outline = sample.outline
    #expect(!outline.help(for: []).contains("secret-door"))
    #expect(!outline.manPage().contains("door"))
    for shell in Shell.allCases {
        #expect(!outline.completionScript(for: shell).contains("secret-door"))
    }
}

@Test("Headings of help are set off where colour is allowed")
func helpIsStyled() {
    let help = sample.outline.help(for: [], style: Style(isColoured: true))
    #expect(help.contains("\n\u{1B}[1mUsage\u{1B}[0m\n"))
}
