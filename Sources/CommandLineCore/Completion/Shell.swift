/// A shell that completion scripts can be written for.
package enum Shell: String, Sendable, CaseIterable {
    case bash, zsh, fish
}

extension CommandOutline {
    /// Writes the script that teaches `shell` to complete this program's command lines.
    package func completionScript(for shell: Shell) -> String {
        switch shell {
        case .bash: BashCompletion(outline: self).script
        case .zsh: ZshCompletion(outline: self).script
        case .fish: FishCompletion(outline: self).script
        }
    }

    /// The program's name as part of a shell function's.
    var functionName: String {
        String(
            program.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    /// The words that may follow `path`, with `help` where it is understood.
    func completedWords(after path: [String]) -> [String] {
        let words = children(of: path)
        return words.isEmpty ? [] : words + ["help"]
    }

    /// The first line of `help`, as the description of one thing in a list.
    static func brief(_ help: String) -> String {
        let sentence = help.split(separator: "\n").first.map(String.init) ?? ""
        return sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }

    /// The options that may be completed for `path`.
    func completedOptions(of path: [String]) -> [OptionSpec] {
        ((command(at: path)?.options ?? []) + globals).filter { !$0.isHidden }
    }
}

/// Puts `text` in single quotes for bash and zsh.
func shellQuoted(_ text: String) -> String {
    "'" + text.reduce(into: "") { $0 += $1 == "'" ? "'\\''" : String($1) } + "'"
}
