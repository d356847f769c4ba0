internal import Explained

/// Writes manual pages in roff, for `man` (groff's man macros, pure ASCII).
struct ManPage {
    private let outline: CommandOutline
    private var text = ""

    init(outline: CommandOutline) { self.outline = outline }

    /// The page of the whole program.
    mutating func program(date: String) -> String {
        title([], date)
        section("SYNOPSIS")
        synopsis([], ["COMMAND", "…"])
        if !outline.discussion.isEmpty {
            section("DESCRIPTION")
            paragraphs(outline.discussion)
        }
        section("COMMANDS")
        for path in outline.visiblePaths {
            text += ".SS \(Self.argument(outline.line(path)))\n"
            entry(path)
        }
        section("OPTIONS FOR ALL COMMANDS", ifAny: outline.globals)
        options(outline.globals)
        closing()
        return text
    }

    /// The page of one command or group.
    mutating func page(for path: [String], date: String) -> String {
        title(path, date)
        let children = outline.children(of: path)
        let command = outline.command(at: path)
        section("SYNOPSIS")
        if let command { synopsis(path, Synopsis.pieces(of: command)) }
        if !children.isEmpty { synopsis(path, ["COMMAND", "…"]) }
        let group = outline.groups.first { $0.path == path }
        let discussion = [command?.discussion ?? "", group?.discussion ?? ""].filter { !$0.isEmpty }
        if !discussion.isEmpty {
            section("DESCRIPTION")
            paragraphs(discussion.joined(separator: "\n\n"))
        }
        section("COMMANDS", ifAny: children)
        for word in children { item(word, outline.summary(of: path + [word])) }
        if let command {
            section("ARGUMENTS", ifAny: command.arguments)
            arguments(command)
            section("OPTIONS", ifAny: command.options.filter { !$0.isHidden })
            options(command.options)
        }
        section("OPTIONS FOR ALL COMMANDS", ifAny: outline.globals)
        options(outline.globals)
        if let command {
            section("EXAMPLES", ifAny: command.examples)
            examples(command)
        }
        closing()
        return text
    }

    // MARK: - Parts

    private mutating func title(_ path: [String], _ date: String) {
        let name = ([outline.program] + path).joined(separator: "-")
        let source = "\(outline.program) \(outline.version)".trimmedAtEnd
        text = ".TH \(Self.argument(name.uppercased())) 1 \(Self.argument(date)) "
        text += "\(Self.argument(source)) \(Self.argument("User Commands"))\n"
        text += ".nh\n.ad l\n"
        section("NAME")
        text += "\(Self.literal(name)) \\- \(Self.prose(outline.summary(of: path)))\n"
    }

    private mutating func entry(_ path: [String]) {
        if let command = outline.command(at: path) {
            paragraphs(Self.sentence(command.summary))
            synopsis(path, Synopsis.pieces(of: command))
            if !command.discussion.isEmpty { paragraphs(command.discussion) }
            arguments(command)
            options(command.options)
            examples(command)
        } else {
            paragraphs(Self.sentence(outline.summary(of: path)))
            let group = outline.groups.first { $0.path == path }
            if let group, !group.discussion.isEmpty { paragraphs(group.discussion) }
        }
    }

    private mutating func arguments(_ command: CommandShape) {
        for argument in command.arguments {
            text += ".TP\n\\fI\(Self.literal(argument.name))\\fR\n"
            paragraphText(argument.help + HelpText.notes(on: argument))
        }
    }

    private mutating func options(_ options: [OptionSpec]) {
        for option in options where !option.isHidden {
            text += ".TP\n"
            if let short = option.short { text += "\\fB\(Self.literal("-\(short)"))\\fR, " }
            text += "\\fB\(Self.literal(option.spelling))\\fR"
            if option.takesValue { text += " \\fI\(Self.literal(option.valueName))\\fR" }
            text += "\n"
            paragraphText(option.help + HelpText.notes(on: option))
        }
    }

    private mutating func examples(_ command: CommandShape) {
        for example in command.examples {
            if !example.note.isEmpty { paragraphs(example.note) }
            text += ".PP\n.RS 4\n.EX\n\(Self.guarded(Self.literal(example.line)))\n.EE\n.RE\n"
        }
    }

    private mutating func closing() {
        section("ENVIRONMENT", ifAny: outline.environment)
        for variable in outline.environment { item(variable.name, variable.help) }
        section("EXIT STATUS", ifAny: outline.exitCodes)
        for status in outline.exitCodes { item("\(status.code)", status.meaning) }
    }

    private mutating func item(_ name: String, _ help: String) {
        text += ".TP\n\\fB\(Self.literal(name))\\fR\n"
        paragraphText(Self.sentence(help))
    }

    private mutating func synopsis(_ path: [String], _ pieces: [String]) {
        text += ".PP\n\\fB\(Self.literal(outline.line(path)))\\fR\n"
        for piece in pieces {
            // Blanks within a piece do not break.
            let parts = piece.split(separator: " ").map { Self.literal(String($0)) }
            text += Self.guarded(parts.joined(separator: "\\~")) + "\n"
        }
    }

    private mutating func section(_ title: String) { text += ".SH \(title)\n" }

    private mutating func section(_ title: String, ifAny items: some Collection) {
        if !items.isEmpty { section(title) }
    }

    private mutating func paragraphs(_ discussion: String) {
        for paragraph in discussion.split(separator: "\n\n") {
            text += ".PP\n"
            paragraphText(String(paragraph))
        }
    }

    private mutating func paragraphText(_ paragraph: String) {
        for line in paragraph.split(separator: "\n") where !line.allSatisfy({ $0 == " " }) {
            let words = line.split(separator: " ").joined(separator: " ")
            text += Self.guarded(Self.prose(words)) + "\n"
        }
    }

    // MARK: - Escaping

    /// Makes a summary a sentence: a capital first, a full stop last.
    private static func sentence(_ text: String) -> String {
        guard let last = text.last else { return text }
        return text.prefix(1).uppercased() + text.dropFirst() + (".!?…".contains(last) ? "" : ".")
    }

    /// Keeps a line from being read as a request.
    private static func guarded(_ line: String) -> String {
        line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }

    /// A quoted argument of a macro.
    private static func argument(_ text: String) -> String { "\"\(literal(text))\"" }

    /// Text in which each hyphen can be pasted as the ASCII one.
    private static func literal(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { $0 += $1 == "-" ? "\\-" : escape($1) }
    }

    /// Text in which hyphens between letters are those of words.
    private static func prose(_ text: String) -> String {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        return words.map { word in
            let isName = word.first.map { !$0.isLetter } ?? false || word.contains("--")
            return isName ? literal(String(word)) : word.unicodeScalars.map(escape).joined()
        }.joined(separator: " ")
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\\": return "\\(rs"
        case "'": return "\\(aq"
        case "`": return "\\(ga"
        case "^": return "\\(ha"
        case "~": return "\\(ti"
        case "\"": return "\\(dq"
        case _ where scalar.value < 0x20 || scalar.value == 0x7F: return " "
        case _ where scalar.isASCII: return String(scalar)
        default:
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return "\\[u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]"
        }
    }
}

extension String {
    fileprivate var trimmedAtEnd: String { hasSuffix(" ") ? String(dropLast()) : self }
}

extension CommandOutline {
    /// Writes the manual page of a command or group, or (no words) of the program with all
    /// commands.
    ///
    /// - Parameter date: The date for the page's foot, as it shall stand there; may be empty.
    package func manPage(for path: [String] = [], date: String = "") -> String {
        var page = ManPage(outline: self)
        return path.isEmpty ? page.program(date: date) : page.page(for: path, date: date)
    }

    /// Checks words that somebody gave to name a command or group, as in `man secret set`.
    ///
    /// - Throws: ``UsageError/unknownCommand(word:parent:nearest:)`` for the first that does not.
    package func resolve(_ words: [String]) throws(UsageError) -> [String] {
        var path: [String] = []
        for word in words {
            guard hasChild(word, of: path) else {
                let near = NearestName.of(word, among: children(of: path))
                throw .unknownCommand(
                    word: word, parent: line(path), nearest: near.map { line(path + [$0]) })
            }
            path.append(word)
        }
        return path
    }
}
