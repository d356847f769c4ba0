internal import Explained

/// Reads one command line against an outline.
struct CommandLineParser {
    /// What the words ask for; the number is the command's place in the outline.
    enum Outcome {
        case run(Int, Invocation)
        case help(HelpRequest)
        case version
    }

    private let outline: CommandOutline
    private let words: [String]
    private var position = 0
    private var path: [String] = []
    /// The command that `path` names, if it is one.
    private var command: CommandShape?
    private var isPathComplete = false
    private var areOptionsOver = false
    private var entries: [Invocation.Entry] = []
    private var positionals: [String] = []
    /// The list option whose values the next words may be.
    private var openList: OptionSpec?

    init(outline: CommandOutline, words: [String]) {
        self.outline = outline
        self.words = words
    }

    /// Reads all words, then asks `environment` for what is missing.
    mutating func parse(environment: (String) -> String?) throws(UsageError) -> Outcome {
        do throws(UsageError) {
            while position < words.count {
                let word = words[position]
                position += 1
                if let outcome = try read(word) { return outcome }
            }
        } catch {
            if asksForHelp(from: position) { return .help(HelpRequest(path: path, wasAsked: true)) }
            throw error
        }
        guard let command, let index = outline.index(of: path) else {
            return .help(HelpRequest(path: path, wasAsked: false))
        }
        let invocation = try finish(command, environment)
        return .run(index, invocation)
    }

    // MARK: - Words

    private mutating func read(_ word: String) throws(UsageError) -> Outcome? {
        if areOptionsOver || !word.hasPrefix("-") || word == "-" { return try readPlain(word) }
        if word == "--" {
            areOptionsOver = true
            openList = nil
            return nil
        }
        openList = nil
        if word.hasPrefix("--") { return try readLong(word.dropFirst(2)) }
        return try readShort(word.dropFirst())
    }

    private mutating func readPlain(_ word: String) throws(UsageError) -> Outcome? {
        if !isPathComplete {
            if outline.hasChild(word, of: path) {
                path.append(word)
                command = outline.command(at: path)
                return nil
            }
            let isHelp = word == "help" && !areOptionsOver
            if isHelp, outline.isGroup(path) || command?.arguments.isEmpty == true {
                return try help(over: words[position...])
            }
            guard command != nil else { throw unknownCommand(word) }
            isPathComplete = true
        }
        if let limit = command?.argumentLimit, positionals.count >= limit, let openList {
            try record(word, for: openList)
        } else {
            positionals.append(word)
        }
        return nil
    }

    private mutating func readLong(_ text: Substring) throws(UsageError) -> Outcome? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let inline = parts.count > 1 ? String(parts[1]) : nil
        guard let option = option(named: name) else {
            if name == "help" { return .help(requestedHelp()) }
            if name == "version", path.isEmpty { return .version }
            throw unknownOption("--\(name)")
        }
        try read(option, inline: inline)
        return nil
    }

    private mutating func readShort(_ letters: Substring) throws(UsageError) -> Outcome? {
        var rest = letters
        while let letter = rest.popFirst() {
            guard let option = option(short: letter) else {
                if letter == "h" { return .help(requestedHelp()) }
                throw unknownOption("-\(letter)")
            }
            if option.takesValue {
                let glued = rest.first == "=" ? rest.dropFirst() : rest
                try read(option, inline: rest.isEmpty ? nil : String(glued))
                return nil
            }
            if rest.first == "=" { throw .surplusValue(option: option.spelling) }
            try read(option, inline: nil)
        }
        return nil
    }

    private mutating func read(_ option: OptionSpec, inline: String?) throws(UsageError) {
        if command != nil, !outline.globals.contains(option) { isPathComplete = true }
        guard option.takesValue else {
            if inline != nil { throw .surplusValue(option: option.spelling) }
            entries.append(.init(name: option.name, value: nil, source: .commandLine))
            return
        }
        if let inline { return try record(inline, for: option) }
        guard position < words.count else {
            throw .missingValue(
                option: option.spelling, valueName: option.valueName, following: nil)
        }
        let next = words[position]
        if let following = spelledOption(next) {
            throw .missingValue(
                option: option.spelling, valueName: option.valueName, following: following)
        }
        position += 1
        try record(next, for: option)
    }

    private mutating func record(_ text: String, for option: OptionSpec) throws(UsageError) {
        if !option.repeats, entries.contains(where: { $0.name == option.name }) {
            throw .givenTwice(option: option.spelling)
        }
        let value = try Self.checked(
            text, option.form, label: option.spelling, allowsEmpty: option.allowsEmpty,
            isSensitive: option.isSensitive)
        entries.append(.init(name: option.name, value: value, source: .commandLine))
        openList = option.kind == .list ? option : nil
    }

    // MARK: - Options

    private func option(named name: String) -> OptionSpec? {
        command?.options.first { $0.name == name } ?? outline.globals.first { $0.name == name }
    }

    private func option(short letter: Character) -> OptionSpec? {
        command?.options.first { $0.short == letter }
            ?? outline.globals.first { $0.short == letter }
    }

    /// The option that `word` spells out, without a value behind `=`; a value may look otherwise.
    private func spelledOption(_ word: String) -> String? {
        if word == "--" || word == "--help" || word == "-h" { return word }
        if word.hasPrefix("--") {
            let name = word.dropFirst(2).prefix { $0 != "=" }
            return option(named: String(name)).map(\.spelling)
        }
        guard word.hasPrefix("-"), word.count == 2, let letter = word.last else { return nil }
        return option(short: letter) == nil ? nil : word
    }

    private func unknownOption(_ spelling: String) -> UsageError {
        if spelling.hasPrefix("--"), command == nil {
            let name = spelling.dropFirst(2)
            let owner = outline.commands.first { owner in
                !owner.isHidden && owner.path.starts(with: path)
                    && owner.options.contains { $0.name == name }
            }
            if let owner {
                return .optionBeforeCommand(
                    option: spelling, command: outline.line(path),
                    example: outline.line(owner.path))
            }
        }
        var names = ((command?.options ?? []) + outline.globals).filter { !$0.isHidden }
            .map(\.name)
        names.append("help")
        let typed = String(spelling.drop { $0 == "-" })
        let nearest = spelling.hasPrefix("--") ? NearestName.of(typed, among: names) : nil
        return .unknownOption(
            option: spelling, command: outline.line(path), nearest: nearest.map { "--\($0)" })
    }

    private func unknownCommand(_ word: String) -> UsageError {
        let near = NearestName.of(word, among: outline.children(of: path))
        var nearest = near.map { outline.line(path + [$0]) }
        if nearest == nil {
            let elsewhere = outline.commands.filter { $0.path.last == word && !$0.isHidden }
            if elsewhere.count == 1 { nearest = outline.line(elsewhere[0].path) }
        }
        return .unknownCommand(word: word, parent: outline.line(path), nearest: nearest)
    }

    // MARK: - Help

    /// The help that `--help` asks for, taking in command words behind it.
    private func requestedHelp() -> HelpRequest {
        var path = path
        if !isPathComplete {
            for word in words[position...] {
                guard outline.hasChild(word, of: path) else { break }
                path.append(word)
            }
        }
        return HelpRequest(path: path, wasAsked: true)
    }

    /// The help that the word `help` asks for; all plain words behind it must name a command.
    private mutating func help(over rest: ArraySlice<String>) throws(UsageError) -> Outcome {
        for word in rest where !word.hasPrefix("-") {
            guard outline.hasChild(word, of: path) else { throw unknownCommand(word) }
            path.append(word)
        }
        return .help(HelpRequest(path: path, wasAsked: true))
    }

    private func asksForHelp(from position: Int) -> Bool {
        guard !areOptionsOver else { return false }
        return words[position...].prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
    }

    // MARK: - What the whole line must satisfy

    private mutating func finish(
        _ command: CommandShape, _ environment: (String) -> String?
    ) throws(UsageError) -> Invocation {
        try assign(positionals, to: command)
        let given = entries
        let options = command.options + outline.globals
        for option in options where !entries.contains(where: { $0.name == option.name }) {
            try complete(option, environment)
        }
        for option in command.options
        where option.isRequired && !entries.contains(where: { $0.name == option.name }) {
            throw .missingOption(
                option: option.usage, help: option.help, command: outline.line(path))
        }
        try Self.checkRules(of: command, given: given, line: outline.line(path))
        return Invocation(
            path: path, line: outline.line(path), arguments: command.arguments, options: options,
            entries: entries)
    }

    private mutating func assign(
        _ words: [String], to command: CommandShape
    ) throws(UsageError) {
        if let limit = command.argumentLimit, words.count > limit { throw surplus(command, limit) }
        var rest = words[...]
        for argument in command.arguments {
            if rest.isEmpty, argument.isRequired {
                throw .missingArgument(
                    name: argument.name, help: argument.help,
                    usage: ([outline.line(path)] + command.arguments.map(\.usage))
                        .joined(separator: " "))
            }
            for word in argument.takesAll ? rest : rest.prefix(1) {
                let value = try Self.checked(
                    word, argument.form, label: argument.name, allowsEmpty: false,
                    isSensitive: false)
                entries.append(.init(name: argument.name, value: value, source: .commandLine))
            }
            rest = argument.takesAll ? [] : rest.dropFirst()
        }
    }

    private func surplus(_ command: CommandShape, _ limit: Int) -> UsageError {
        if outline.isGroup(path), let word = positionals.first,
            NearestName.of(word, among: outline.children(of: path)) != nil
        {
            return unknownCommand(word)
        }
        let usage = [outline.line(path)] + command.arguments.map(\.usage)
        return .surplusArguments(
            command: outline.line(path), limit: limit, given: positionals.count,
            remedy: command.surplusHint ?? "usage: \(usage.joined(separator: " "))")
    }

    private mutating func complete(
        _ option: OptionSpec, _ environment: (String) -> String?
    ) throws(UsageError) {
        guard let variable = option.environment, let text = environment(variable), !text.isEmpty
        else {
            if let standard = option.standard {
                entries.append(.init(name: option.name, value: standard, source: .standard))
            }
            return
        }
        let source = Invocation.Source.environment(variable: variable)
        if option.takesValue {
            let value = try Self.checked(
                text, option.form, label: variable, allowsEmpty: option.allowsEmpty,
                isSensitive: option.isSensitive)
            entries.append(.init(name: option.name, value: value, source: source))
            return
        }
        switch text.lowercased() {
        case "1", "true", "yes", "on":
            entries.append(.init(name: option.name, value: nil, source: source))
        case "0", "false", "no", "off": break
        default:
            throw .invalidValue(
                label: variable, value: text, allowed: "1, true, yes, on, 0, false, no or off",
                nearest: nil)
        }
    }

    private static func checkRules(
        of command: CommandShape, given: [Invocation.Entry], line: String
    ) throws(UsageError) {
        func isGiven(_ name: String) -> Bool { given.contains { $0.name == name } }
        func label(_ name: String) -> String {
            command.options.contains { $0.name == name } ? "--\(name)" : name
        }
        for group in command.exactlyOneOf + command.atMostOneOf {
            let members = group.filter(isGiven)
            if members.count > 1 {
                throw .excluded(first: label(members[0]), second: label(members[1]))
            }
        }
        for group in command.exactlyOneOf where !group.contains(where: isGiven) {
            throw .missingChoice(choices: group.map(label), command: line)
        }
        for option in command.options {
            guard isGiven(option.name), let needed = command.onlyWith[option.name],
                !needed.contains(where: isGiven)
            else { continue }
            throw .needs(option: option.spelling, needed: needed.map(label))
        }
    }

    /// Takes a value if it is not empty and, where there are choices, one of them.
    private static func checked(
        _ text: String, _ form: ValueForm, label: String, allowsEmpty: Bool, isSensitive: Bool
    ) throws(UsageError) -> String {
        let words = form.words
        if text.isEmpty, !allowsEmpty {
            throw .invalidValue(
                label: label, value: "",
                allowed: words.isEmpty ? "a value that is not empty" : UsageError.list(words),
                nearest: nil)
        }
        if let value = form.canonical(text) { return value }
        throw .invalidValue(
            label: label, value: isSensitive ? nil : text, allowed: UsageError.list(words),
            nearest: isSensitive ? nil : NearestName.of(text, among: words))
    }
}

extension CommandOutline {
    /// Reads the words after the program's name.
    func parse(
        _ arguments: [String], environment: (String) -> String?
    ) throws(UsageError) -> CommandLineParser.Outcome {
        var parser = CommandLineParser(outline: self, words: arguments)
        return try parser.parse(environment: environment)
    }

    /// Whether a global flag stands before `--`, judged word by word, so that the answer holds for
    /// lines that do not parse, too (errors as JSON, help without colour).
    package func mentions(flag name: String, in arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains("--\(name)")
    }
}
