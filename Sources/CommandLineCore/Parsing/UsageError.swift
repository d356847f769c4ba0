internal import Explained

/// Why a command line was not understood; the program ends with exit code 2.
///
/// Every text that came from the command line is quoted, shortened and free of control characters;
/// values of sensitive options, surplus arguments and values glued to unknown options never appear.
package enum UsageError: ExplainedError, Equatable {
    /// `word` is no command of `parent`; `nearest` is a whole command line that exists.
    case unknownCommand(word: String, parent: String, nearest: String?)
    /// `option` (with its dashes) belongs neither to `command` nor to all commands.
    case unknownOption(option: String, command: String, nearest: String?)
    /// `option` belongs to sub-commands of `command`, `example` is one, and stands before its word.
    case optionBeforeCommand(option: String, command: String, example: String)
    /// `option` ends the line or stands before another option, `following`.
    case missingValue(option: String, valueName: String, following: String?)
    /// A flag was written with `=`.
    case surplusValue(option: String)
    /// An option with one value was given twice.
    case givenTwice(option: String)
    /// An argument that the command cannot do without is missing.
    case missingArgument(name: String, help: String, usage: String)
    /// An option that the command cannot do without is missing.
    case missingOption(option: String, help: String, command: String)
    /// More words than arguments; they may be a secret typed in the wrong place.
    case surplusArguments(command: String, limit: Int, given: Int, remedy: String)
    /// None of `choices` was given.
    case missingChoice(choices: [String], command: String)
    /// Both of two that exclude each other were given.
    case excluded(first: String, second: String)
    /// `option` was given without any of `needed`.
    case needs(option: String, needed: [String])
    /// The value of `label` is not allowed; `value` is `nil` where it must not be repeated.
    case invalidValue(label: String, value: String?, allowed: String, nearest: String?)

    /// The exit code for every mistake in a command line.
    package static let exitCode: Int32 = 2

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .unknownCommand(let word, let parent, let nearest):
            (
                "\(VisibleText.quoted(word)) is not a command of \(parent)",
                nearest.map { "did you mean \"\($0)\"?" } ?? "see \"\(parent) --help\""
            )
        case .unknownOption(let option, let command, let nearest):
            (
                "\(VisibleText.shortened(option)) is not an option of \(command)",
                nearest.map { "did you mean \($0)?" }
                    ?? "see \"\(command) --help\", or write -- before a word that begins with -"
            )
        case .optionBeforeCommand(let option, let command, let example):
            (
                "\(option) is not an option of \(command) itself",
                "write it after the sub-command, as in \"\(example) \(option)\""
            )
        case .missingValue(let option, let valueName, let following):
            if let following {
                (
                    "\(option) needs a value, but \(VisibleText.shortened(following)) follows",
                    "give one, or write \(option)=\(valueName) if it begins with -"
                )
            } else {
                ("\(option) needs a value", "write \(option) \(valueName)")
            }
        case .surplusValue(let option):
            ("\(option) takes no value", "write \(option) alone")
        case .givenTwice(let option):
            ("\(option) is given twice", "give it once")
        case .missingArgument(let name, let help, let usage):
            ("\(name) is missing (\(UsageError.clause(help)))", "usage: \(usage)")
        case .missingOption(let option, let help, let command):
            ("\(command) needs \(option)", UsageError.clause(help))
        case .surplusArguments(let command, let limit, let given, let remedy):
            (
                limit == 0
                    ? "\(command) takes no arguments, but \(given) \(given == 1 ? "is" : "are") given"
                    : "\(command) takes \(limit) argument\(limit == 1 ? "" : "s"), "
                        + "but \(given) are given",
                remedy
            )
        case .missingChoice(let choices, let command):
            ("\(command) needs one of \(UsageError.list(choices))", "give exactly one")
        case .excluded(let first, let second):
            ("\(first) and \(second) exclude each other", "give only one of them")
        case .needs(let option, let needed):
            (
                "\(option) means nothing without \(UsageError.list(needed))",
                "add \(needed.count == 1 ? "it" : "one of them") or leave \(option) out"
            )
        case .invalidValue(let label, let value, let allowed, let nearest):
            (
                value.map { text in
                    text.isEmpty
                        ? "\(label) is empty"
                        : "\(label) cannot be \(VisibleText.quoted(text))"
                } ?? "the value of \(label) is not allowed",
                nearest.map { "did you mean \"\($0)\"? Allowed: \(allowed)" }
                    ?? "allowed: \(allowed)"
            )
        }
    }

    /// Joins names as in "a, b or c".
    static func list(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }

    /// Takes the full stop off a sentence, so that it can stand within another.
    private static func clause(_ sentence: String) -> String {
        sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }
}
