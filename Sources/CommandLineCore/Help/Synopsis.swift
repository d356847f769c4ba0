/// The usage of a command in pieces that should not be broken: `[--kind KIND]`, `NAME`.
enum Synopsis {
    /// The pieces after the command's words.
    static func pieces(of command: CommandShape) -> [String] {
        var pieces: [String] = []
        var shown: Set<String> = []
        func usage(_ name: String) -> String? {
            if let option = command.options.first(where: { $0.name == name }) {
                return option.isHidden ? nil : option.usage
            }
            return command.arguments.first { $0.name == name }?.name
        }
        let plain = command.arguments.filter { argument in
            !command.exactlyOneOf.contains { $0.contains(argument.name) }
        }
        pieces += plain.map(\.usage)
        for option in command.options where option.isRequired && !option.isHidden {
            pieces.append(option.usage + (option.repeats ? "…" : ""))
            shown.insert(option.name)
        }
        for (groups, isRequired) in [(command.exactlyOneOf, true), (command.atMostOneOf, false)] {
            for group in groups {
                let members = group.filter { !shown.contains($0) }.compactMap(usage)
                guard members.count > 1 else { continue }
                pieces += alternatives(members, isRequired: isRequired)
                shown.formUnion(group)
            }
        }
        for option in command.options where !shown.contains(option.name) && !option.isHidden {
            pieces.append("[\(option.usage)]" + (option.repeats ? "…" : ""))
        }
        return pieces
    }

    /// The words that may follow a group: `COMMAND`, or `[COMMAND]` where it is a command itself.
    static func pieces(ofGroup path: [String], in outline: CommandOutline) -> [String] {
        [outline.command(at: path) == nil ? "COMMAND" : "[COMMAND]"]
    }

    /// Sets members as `(A | B)` or `[A | B]`, breakable between them.
    private static func alternatives(_ members: [String], isRequired: Bool) -> [String] {
        let (open, close) = isRequired ? ("(", ")") : ("[", "]")
        return members.enumerated().map { index, member in
            (index == 0 ? open : "| ") + member + (index == members.count - 1 ? close : "")
        }
    }
}
