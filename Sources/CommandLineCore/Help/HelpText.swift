/// Writes the help of a program, a group or a command.
struct HelpText {
    private let outline: CommandOutline
    private let width: Int
    private let style: Style
    private var text = ""

    init(outline: CommandOutline, width: Int, style: Style) {
        self.outline = outline
        self.width = min(
            max(width, CommandLineLimits.narrowestHelp), CommandLineLimits.widestHelp)
        self.style = style
    }

    /// The help for `path`, each line ending in a line feed.
    mutating func help(for path: [String]) -> String {
        let command = outline.command(at: path)
        let children = outline.children(of: path)
        let summary = outline.summary(of: path)
        paragraph(outline.line(path) + (summary.isEmpty ? "" : " – \(summary)"), indent: 0)
        heading("Usage")
        if let command { usage(path, Synopsis.pieces(of: command)) }
        if !children.isEmpty { usage(path, ["COMMAND", "…"]) }
        let group = outline.groups.first { $0.path == path }
        discussion(path.isEmpty ? outline.discussion : command?.discussion ?? "")
        if let group { discussion(group.discussion) }
        if path.isEmpty { sections() } else { list("Commands", children, of: path) }
        if let command { describe(command) }
        options("Options for all commands", outline.globals)
        if path.isEmpty { closing() }
        if !children.isEmpty {
            text += "\n"
            paragraph("See \"\(outline.line(path)) COMMAND --help\" for one command.", indent: 0)
        }
        return text
    }

    // MARK: - Parts

    private mutating func sections() {
        let all = outline.children(of: [])
        for section in outline.sections {
            list(section.title, section.words.filter { all.contains($0) }, of: [])
        }
        let placed = Set(outline.sections.flatMap(\.words))
        let rest = all.filter { !placed.contains($0) }
        list(outline.sections.isEmpty ? "Commands" : "Other commands", rest, of: [])
    }

    private mutating func list(_ title: String, _ words: [String], of path: [String]) {
        columns(title, words.map { ($0, outline.summary(of: path + [$0])) })
    }

    private mutating func describe(_ command: CommandShape) {
        columns("Arguments", command.arguments.map { ($0.name, $0.help + Self.notes(on: $0)) })
        options("Options", command.options)
        if !command.examples.isEmpty { heading("Examples") }
        for example in command.examples {
            paragraph(example.line, indent: 2, hanging: 4)
            if !example.note.isEmpty { paragraph(example.note, indent: 6) }
        }
    }

    private mutating func options(_ title: String, _ options: [OptionSpec]) {
        columns(
            title,
            options.filter { !$0.isHidden }.map { option in
                let short = option.short.map { "-\($0), " } ?? ""
                return (short + option.usage, option.help + Self.notes(on: option))
            })
    }

    private mutating func closing() {
        columns("Environment", outline.environment.map { ($0.name, $0.help) })
        columns("Exit codes", outline.exitCodes.map { ("\($0.code)", $0.meaning) })
    }

    static func notes(on argument: ArgumentSpec) -> String {
        let words = argument.form.words
        return words.isEmpty ? "" : " One of \(words.joined(separator: ", "))."
    }

    static func notes(on option: OptionSpec) -> String {
        var notes = ""
        let words = option.form.words
        if !words.isEmpty { notes += " One of \(words.joined(separator: ", "))." }
        if option.isRequired { notes += " Required." }
        if option.repeats { notes += " May be repeated." }
        if let standard = option.standard { notes += " Default: \(standard)." }
        if let variable = option.environment { notes += " Environment: \(variable)." }
        return notes
    }

    // MARK: - Setting

    private mutating func heading(_ title: String) {
        text += "\n" + style.apply(.heading, to: title) + "\n"
    }

    private mutating func usage(_ path: [String], _ pieces: [String]) {
        let line = outline.line(path)
        let indent = 2 + min(DisplayWidth.of(line) + 1, width / 3)
        let words = [line] + pieces
        var first = true
        // The first line is longer than the rest, so it is filled apart.
        var used = 2
        text += "  "
        for word in words {
            let columns = DisplayWidth.of(word)
            if !first, used + 1 + columns > width {
                text += "\n" + Self.spaces(indent)
                used = indent
            } else if !first {
                text += " "
                used += 1
            }
            let lines = TextWrapping.lines(ofWords: [word], width: width - indent)
            text += lines.joined(separator: "\n" + Self.spaces(indent))
            used = lines.count > 1 ? width : used + columns
            first = false
        }
        text += "\n"
    }

    private mutating func discussion(_ discussion: String) {
        guard !discussion.isEmpty else { return }
        text += "\n"
        paragraph(discussion, indent: 0)
    }

    private mutating func paragraph(_ paragraph: String, indent: Int, hanging: Int? = nil) {
        let hanging = hanging ?? indent
        let lines = TextWrapping.lines(of: paragraph, width: width - max(indent, hanging))
        for (index, line) in lines.enumerated() {
            text += line.isEmpty ? "\n" : Self.spaces(index == 0 ? indent : hanging) + line + "\n"
        }
    }

    /// Sets names on the left and what they mean on the right, below where a name is too long.
    private mutating func columns(_ title: String, _ rows: [(name: String, help: String)]) {
        guard !rows.isEmpty else { return }
        heading(title)
        let most = width * 2 / 5 - 4
        let names = rows.map { DisplayWidth.of($0.name) }
        let indent = 4 + min(names.max() ?? 0, most)
        for row in rows {
            let lines = TextWrapping.lines(of: row.help, width: width - indent)
            let heads = TextWrapping.lines(of: row.name, width: width - 2)
            for head in heads.dropLast() { text += "  " + head + "\n" }
            let head = "  " + (heads.last ?? "")
            if row.help.isEmpty {
                text += head + "\n"
                continue
            }
            if DisplayWidth.of(head) + 2 > indent {
                text += head + "\n" + Self.spaces(indent)
            } else {
                text += DisplayWidth.padded(head, to: indent)
            }
            text += lines.joined(separator: "\n" + Self.spaces(indent)) + "\n"
        }
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}

extension CommandOutline {
    /// Writes the help for a command, a group or (no words) the program.
    ///
    /// - Parameter width: Columns of the terminal; taken as 40 where less, as 80 where more.
    package func help(for path: [String], width: Int = 80, style: Style = .plain) -> String {
        var help = HelpText(outline: self, width: width, style: style)
        return help.help(for: path)
    }
}
