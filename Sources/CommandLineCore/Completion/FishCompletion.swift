/// The completion script for fish 3.
struct FishCompletion {
    let outline: CommandOutline

    var script: String {
        let name = outline.functionName
        return """
            # Completion of \(outline.program) for fish, made by: \(outline.program) completion fish

            # Prints the command words so far and, behind a slash, the number of arguments.
            function __\(name)_place
                set -l route
                set -l count 0
                set -l pending
                set -l over
                for word in (commandline -opc)[2..-1]
                    if set -q pending[1]
                        set pending
                    else if not set -q over[1]; and test "$word" = --
                        set over 1
                    else if not set -q over[1]; and string match -q -r -- '^-.' $word
                        if contains -- "$route|$word" $__\(name)_valued; or contains -- "|$word" $__\(name)_valued
                            set pending $word
                        end
                    else if test $count -eq 0; and contains -- (string trim -- "$route $word") $__\(name)_routes
                        set -a route $word
                    else if test $count -ne 0; or test "$word" != help
                        set count (math $count + 1)
                    end
                end
                echo "$route/$count"
            end

            # Whether the command words so far are $argv[1], and the arguments at least $argv[2] and at
            # most $argv[3].
            function __\(name)_at
                set -l place (string split -m 1 / -- (__\(name)_place))
                test "$place[1]" = "$argv[1]"; or return 1
                set -q argv[2]; or return 0
                test $place[2] -ge $argv[2]; or return 1
                set -q argv[3]; or return 0
                test $place[2] -le $argv[3]
            end

            set -g __\(name)_routes \(routes)
            set -g __\(name)_valued \(valued)

            complete -c \(outline.program) -f
            \(lines.joined(separator: "\n"))

            """
    }

    private var routes: String {
        outline.visiblePaths.map { Self.quoted($0.joined(separator: " ")) }.joined(separator: " ")
    }

    /// The options with values, each after the words of its command; `|--home` for all commands.
    private var valued: String {
        var items: [String] = []
        func add(_ route: String, _ options: [OptionSpec]) {
            for option in options where option.takesValue {
                items.append(Self.quoted("\(route)|\(option.spelling)"))
                if let short = option.short { items.append(Self.quoted("\(route)|-\(short)")) }
            }
        }
        add("", outline.globals)
        for path in outline.visiblePaths {
            add(path.joined(separator: " "), outline.command(at: path)?.options ?? [])
        }
        return items.joined(separator: " ")
    }

    private var lines: [String] {
        var lines: [String] = []
        for option in outline.globals where !option.isHidden {
            lines.append(line(option, condition: nil))
        }
        lines.append("complete -c \(outline.program) -s h -l help -d 'show help'")
        for path in [[]] + outline.visiblePaths {
            for word in outline.completedWords(after: path) {
                let summary = word == "help" ? "show help" : outline.summary(of: path + [word])
                lines.append(
                    "complete -c \(outline.program) -n \(condition(path, [0, 0])) "
                        + "-a \(Self.quoted(word)) -d \(Self.quoted(CommandOutline.brief(summary)))"
                )
            }
            guard let command = outline.command(at: path) else { continue }
            for option in command.options where !option.isHidden {
                lines.append(line(option, condition: condition(path, [])))
            }
            for (index, argument) in command.arguments.enumerated() {
                let range = argument.takesAll ? [index] : [index, index]
                guard let values = Self.values(argument.form) else { continue }
                lines.append(
                    "complete -c \(outline.program) -n \(condition(path, range)) \(values)")
            }
        }
        return lines
    }

    private func condition(_ path: [String], _ range: [Int]) -> String {
        let route = Self.quoted(path.joined(separator: " "))
        let parts = ["__\(outline.functionName)_at", route] + range.map(String.init)
        return Self.quoted(parts.joined(separator: " "))
    }

    private func line(_ option: OptionSpec, condition: String?) -> String {
        var line = "complete -c \(outline.program)"
        if let condition { line += " -n \(condition)" }
        if let short = option.short { line += " -s \(short)" }
        line += " -l \(option.name)"
        if option.takesValue { line += " -r \(Self.values(option.form) ?? "-f")" }
        return line + " -d \(Self.quoted(CommandOutline.brief(option.help)))"
    }

    private static func values(_ form: ValueForm) -> String? {
        switch form {
        case .text: nil
        case .file: "-F"
        case .directory: "-f -a '(__fish_complete_directories)'"
        case .choice(let words, _): "-f -a \(quoted(words.joined(separator: " ")))"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'"
            + text.reduce(into: "") { result, character in
                if character == "'" || character == "\\" { result += "\\" }
                result.append(character)
            } + "'"
    }
}
