import CommandLineCore
import Testing

@Test(
    "Text takes the columns that a terminal gives it",
    arguments: [
        ("", 0), ("abc", 3), ("né", 2), ("ne\u{301}", 2), ("漢字", 4), ("ｱ", 1), ("한글", 4),
        ("\u{1112}\u{1161}\u{11AB}", 2), ("👍", 2), ("👩‍👩‍👧", 2), ("❤️", 2), ("…", 1), ("Ω", 1),
        ("a\u{200B}b", 2), ("🇩🇪", 2), ("\u{AD}", 0),
    ])
func countsColumns(_ text: String, _ columns: Int) { #expect(DisplayWidth.of(text) == columns) }

@Test("Text is cut at whole characters")
func cutsText() {
    #expect(DisplayWidth.truncated("abcdef", to: 6) == "abcdef")
    #expect(DisplayWidth.truncated("abcdef", to: 5) == "abcd…")
    #expect(DisplayWidth.truncated("漢字漢字", to: 6) == "漢字…")
    #expect(DisplayWidth.truncated("漢字", to: 1) == "…")
    #expect(DisplayWidth.truncated("漢字", to: 0) == "")
}

@Test(
    "Characters that could steer a terminal become visible",
    arguments: [
        ("plain – ünïcödé", "plain – ünïcödé"), ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\u{1B}[31mred\u{1B}]0;t\u{07}", "\\x1b[31mred\\x1b]0;t\\x07"),
        ("\u{9B}2J\u{7F}\u{0}", "\\x9b2J\\x7f\\x00"),
        ("x\u{202E}y\u{2066}", "x\\u{202e}y\\u{2066}"),
        ("\u{FEFF}\u{200B}\u{2028}", "\\u{feff}\\u{200b}\\u{2028}"), ("👩‍👧", "👩‍👧"),
        ("\r\n", "\\r\\n"),
    ])
func escapesText(_ text: String, _ visible: String) {
    #expect(VisibleText.escaped(text) == visible)
}

@Test("Colour appears only where terminal, flag and environment allow it")
func decidesColour() {
    func isColoured(_ isTerminal: Bool, _ flag: Bool, _ environment: [String: String]) -> Bool {
        Style(isTerminal: isTerminal, noColorFlag: flag) { environment[$0] }.isColoured
    }
    #expect(isColoured(true, false, [:]))
    #expect(isColoured(true, false, ["NO_COLOR": "", "TERM": "xterm"]))
    #expect(!isColoured(false, false, [:]))
    #expect(!isColoured(true, true, [:]))
    #expect(!isColoured(true, false, ["NO_COLOR": "1"]))
    #expect(!isColoured(true, false, ["TERM": "dumb"]))
    #expect(Style(isColoured: true).apply(.bad, to: "no") == "\u{1B}[31mno\u{1B}[0m")
    #expect(Style.plain.apply(.bad, to: "no") == "no")
}

private let table = {
    var table = Table([
        .init("NAME"), .init("COUNT", alignment: .right), .init("STATE", rigid: true),
    ])
    table.append(["short", "7", Table.Cell("good", .good)])
    table.append(["漢字 with a long name", "12345", "off"])
    table.append([Table.Cell("evil\u{1B}[2J\n")])
    return table
}()

@Test("A table aligns its columns by what one sees")
func alignsTable() {
    #expect(
        table.text(width: nil) == """
            NAME                   COUNT  STATE
            short                      7  good
            漢字 with a long name  12345  off
            evil\\x1b[2J\\n

            """)
}

@Test("A table fits a narrow terminal and spares rigid columns")
func narrowsTable() {
    #expect(
        table.text(width: 24) == """
            NAME        COUNT  STATE
            short           7  good
            漢字 with…  12345  off
            evil\\x1b[…

            """)
    for width in 7...40 {
        for line in table.text(width: width).split(separator: "\n") {
            #expect(DisplayWidth.of(String(line)) <= width)
        }
    }
}

@Test("Colour does not move the columns of a table")
func coloursTable() {
    let coloured = table.text(width: 30, style: Style(isColoured: true))
    #expect(coloured.contains("\u{1B}[32mgood\u{1B}[0m\n"))
    var bare = ""
    var isEscape = false
    for scalar in coloured.unicodeScalars {
        if scalar == "\u{1B}" { isEscape = true }
        if !isEscape { bare.unicodeScalars.append(scalar) }
        if isEscape, scalar == "m" { isEscape = false }
    }
    #expect(bare == table.text(width: 30))
}

private let accessors = {
    var table = Table([
        .init("ACCESSOR", whole: true), .init("STATE", rigid: true), .init("LABEL"),
    ])
    table.append(["7f3b1c5e9a2d4860", Table.Cell("active", .good), "nightly reports"])
    table.append(["0c9d8e7f6a5b4c3d", "revoked"])
    return table
}()

@Test("A column that is whole is not cut, as long as the others can give way")
func sparesWholeColumns() {
    #expect(
        accessors.text(width: 33) == """
            ACCESSOR          STATE    LABEL
            7f3b1c5e9a2d4860  active   night…
            0c9d8e7f6a5b4c3d  revoked

            """)
    #expect(accessors.text(width: nil).contains("nightly reports\n"))
}

@Test("Rows that do not fit with their whole columns become lists of fields")
func writesBlocks() {
    #expect(
        accessors.text(width: 32) == """
            ACCESSOR  7f3b1c5e9a2d4860
            STATE     active
            LABEL     nightly reports

            ACCESSOR  0c9d8e7f6a5b4c3d
            STATE     revoked

            """)
    #expect(
        accessors.text(width: 32, style: Style(isColoured: true))
            .contains("\u{1B}[32mactive\u{1B}[0m\n"))
    for width in 0...60 {
        let text = accessors.text(width: width)
        #expect(text.contains("7f3b1c5e9a2d4860"), "at \(width) columns")
        #expect(text.contains("0c9d8e7f6a5b4c3d"), "at \(width) columns")
    }
}

@Test("A list of fields aligns and wraps its values")
func alignsFields() {
    var fields = FieldList()
    fields.append("Name", "ring")
    fields.append("Remark", "a rather long remark about it\u{7}")
    #expect(
        fields.text(width: 28) == """
            Name    ring
            Remark  a rather long remark
                    about it\\x07

            """)
    #expect(fields.text(width: nil).hasSuffix("Remark  a rather long remark about it\\x07\n"))
}

@Test("Lines break at blanks, and words that are too long anywhere")
func wrapsLines() {
    #expect(TextWrapping.lines(of: "one two three", width: 7) == ["one two", "three"])
    #expect(TextWrapping.lines(of: "a\n\nb", width: 7) == ["a", "", "b"])
    #expect(TextWrapping.lines(of: "x abcdefgh y", width: 3) == ["x", "abc", "def", "gh", "y"])
    #expect(TextWrapping.lines(of: "x abcdef y", width: 3) == ["x", "abc", "def", "y"])
    #expect(TextWrapping.lines(of: "漢字漢", width: 1) == ["漢", "字", "漢"])
    #expect(TextWrapping.lines(of: "", width: 10) == [""])
    #expect(
        TextWrapping.lines(of: "x abcdefgh y", width: 3, breakingWords: false)
            == ["x", "abcdefgh", "y"])
}
