/// All commands of a program without their actions: what help, manual and completion read.
package struct CommandOutline: Sendable, Hashable {
    /// The program's name, the first word of each command line.
    package let program: String
    /// What the program is, in a few words.
    package let summary: String
    /// Paragraphs for the help and the manual, parted by empty lines.
    package let discussion: String
    /// The version that the manual names.
    package let version: String
    /// Options that every command takes, before or after its words.
    package let globals: [OptionSpec]
    /// Descriptions of words with sub-commands.
    package let groups: [GroupSpec]
    /// Headings of the program's help.
    package let sections: [HelpSection]
    /// The commands, in the order to show.
    package let commands: [CommandShape]
    /// What exit codes mean.
    package let exitCodes: [ExitStatusSpec]
    /// Further environment variables.
    package let environment: [EnvironmentSpec]

    /// The place of the command with exactly these words.
    func index(of path: [String]) -> Int? {
        commands.firstIndex { $0.path == path }
    }

    /// The command with exactly these words.
    package func command(at path: [String]) -> CommandShape? {
        index(of: path).map { commands[$0] }
    }

    /// The words that may follow `path`, in order and each once, without those of hidden commands.
    package func children(of path: [String]) -> [String] {
        var words: [String] = []
        for command in commands where !command.isHidden {
            guard command.path.count > path.count, command.path.starts(with: path) else { continue }
            let word = command.path[path.count]
            if !words.contains(word) { words.append(word) }
        }
        return words
    }

    /// Whether `word` may follow `path`.
    func hasChild(_ word: String, of path: [String]) -> Bool {
        commands.contains {
            $0.path.count > path.count && $0.path[path.count] == word && $0.path.starts(with: path)
        }
    }

    /// Whether `path` has sub-commands.
    func isGroup(_ path: [String]) -> Bool {
        commands.contains { $0.path.count > path.count && $0.path.starts(with: path) }
    }

    /// What `path` is for: the command's summary, or the group's.
    package func summary(of path: [String]) -> String {
        if path.isEmpty { return summary }
        return groups.first { $0.path == path }?.summary ?? command(at: path)?.summary ?? ""
    }

    /// The line up to the arguments: `vault secret set`.
    func line(_ path: [String]) -> String {
        ([program] + path).joined(separator: " ")
    }

    /// Groups and commands that are shown, each parent before its children.
    var visiblePaths: [[String]] {
        var paths: [[String]] = []
        func visit(_ path: [String]) {
            for word in children(of: path) {
                paths.append(path + [word])
                visit(path + [word])
            }
        }
        visit([])
        return paths
    }
}
