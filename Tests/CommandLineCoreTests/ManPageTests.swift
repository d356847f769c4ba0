import CommandLineCore
import Testing

private let awkward = CommandTree<Int>(
    program: "odd", summary: "a \\ of \"quotes\" – and 'dots'",
    discussion: ".SH not a request\n'nor this", version: "1.0-β",
    commands: [
        CommandSpec(
            ["go"], summary: "go on ~ and ^ on `now`",
            options: [.value("x-y", "X\\Y", ".dot first with --flags and well-known words")],
            examples: [".odd 'go' \\n --x-y=\"1\""], run: 1)
    ])

@Test("Manual pages are as written down")
func manualIsGolden() {
    let outline = sample.outline
    expectGolden(outline.manPage(date: "2026-01-31"), "man/box.1")
    expectGolden(outline.manPage(for: ["item", "put"], date: "2026-01-31"), "man/box-item-put.1")
    expectGolden(outline.manPage(for: ["item"]), "man/box-item.1")
    expectGolden(awkward.outline.manPage(), "man/odd.1")
}

@Test(
    "groff reads manual pages without a warning", .enabled(if: hasTool("groff")),
    arguments: ["box", "box-item", "box-item-put", "odd"])
func groffReadsManual(_ name: String) {
    let path = quoted("\(fixtures)/man/\(name).1")
    let warnings = run("groff -man -Tutf8 -ww -rHY=0 \(path) >/dev/null")
    #expect(warnings.status == 0)
    #expect(warnings.output == "")
}

@Test("The manual shows each character as it was written", .enabled(if: hasTool("groff")))
func manualKeepsCharacters() {
    let text = run("groff -man -Tutf8 -P-c -P-bou \(quoted("\(fixtures)/man/odd.1"))").output
    for part in [
        "a \\ of \"quotes\" – and 'dots'", ".SH not a request", "'nor this", "~ and ^ on `now`",
        "--x-y X\\Y", ".dot first with --flags and well-known words", ".odd 'go' \\n --x-y=\"1\"",
        "odd 1.0-β",
    ] {
        #expect(text.contains(part), "\(part) in \(text)")
    }
}

@Test("Words that name no command are refused with the nearest")
func manualResolvesWords() throws {
    #expect(try sample.outline.resolve(["item", "put"]) == ["item", "put"])
    #expect(try sample.outline.resolve([]) == [])
    #expect(
        throws: UsageError.unknownCommand(word: "pt", parent: "box item", nearest: "box item put")
    ) { try sample.outline.resolve(["item", "pt"]) }
}
