extension CommandOutline {
    /// Finds mistakes in the declarations, one sentence each; for a test of every real tree.
    package func problems() -> [String] {
        var found: [String] = []
        if Set(commands.map(\.path)).count != commands.count {
            found.append("two commands have the same words")
        }
        found += Self.duplicates(in: globals, of: "the global options")
        for group in groups where !isGroup(group.path) {
            found.append("the group \(line(group.path)) has no command")
        }
        for path in visiblePaths where summary(of: path).isEmpty {
            found.append("\(line(path)) has no summary")
        }
        let first = children(of: [])
        for section in sections {
            for word in section.words where !first.contains(word) {
                found.append("\(word), under \(section.title), is no command")
            }
        }
        for command in commands { found += problems(of: command) }
        return found
    }

    private func problems(of command: CommandShape) -> [String] {
        let name = line(command.path)
        var found: [String] = []
        if command.path.isEmpty { found.append("\(name) has no word of its own") }
        for word in command.path where word.isEmpty || word.hasPrefix("-") || word == "help" {
            found.append("\(name) cannot use the word \"\(word)\"")
        }
        found += Self.duplicates(in: command.options + globals, of: name)
        if Set(command.arguments.map(\.name)).count != command.arguments.count {
            found.append("\(name) has two arguments of one name")
        }
        for (earlier, later) in zip(command.arguments, command.arguments.dropFirst()) {
            if !earlier.isRequired, later.isRequired {
                found.append("\(name): \(later.name) cannot follow \(earlier.name)")
            }
            if earlier.takesAll { found.append("\(name): nothing can follow \(earlier.name)") }
        }
        let known = Set(command.options.map(\.name) + command.arguments.map(\.name))
        var ruled = (command.exactlyOneOf + command.atMostOneOf).flatMap { $0 }
        for (key, values) in command.onlyWith { ruled += [key] + values }
        for member in ruled.sorted() where !known.contains(member) {
            found.append("\(name) has a rule about \(member), which it does not declare")
        }
        return found
    }

    private static func duplicates(in options: [OptionSpec], of owner: String) -> [String] {
        var found: [String] = []
        var names: Set<String> = ["help"]
        var shorts: Set<Character> = ["h"]
        for option in options {
            let bare = option.name.isEmpty || option.name.hasPrefix("-")
            if bare || option.name.contains("=") {
                found.append("\(owner): \"\(option.name)\" is no name for an option")
            }
            if !names.insert(option.name).inserted {
                found.append("\(owner): \(option.spelling) is declared twice or reserved")
            }
            if let short = option.short, !shorts.insert(short).inserted {
                found.append("\(owner): -\(short) is declared twice or reserved")
            }
            if option.takesValue, option.valueName.isEmpty {
                found.append("\(owner): \(option.spelling) has no name for its value")
            }
            if let standard = option.standard, option.form.canonical(standard) != standard {
                found.append("\(owner): the default of \(option.spelling) is none of its choices")
            }
        }
        return found
    }
}
