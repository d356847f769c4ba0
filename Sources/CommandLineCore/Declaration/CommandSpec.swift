/// A command, declared once: its words, help, arguments, options, rules and action.
///
/// Parser, help, manual and completion all read this one value.
package struct CommandSpec<Action: Sendable>: Sendable {
    /// All but the action.
    package let shape: CommandShape
    /// What the parser hands back when the command is given; this target never looks into it.
    package let action: Action

    /// Declares the command that `path` names.
    ///
    /// The rules name options without dashes and arguments in capitals.
    ///
    /// - Parameters:
    ///   - surplusHint: What to say when too many arguments are given, for example where a value
    ///     belongs that must not be an argument.
    ///   - exactlyOneOf: Groups of which one member must be given.
    ///   - atMostOneOf: Groups of which two members exclude each other.
    ///   - onlyWith: For an option, the ones of which at least one must be given along with it.
    package init(
        _ path: [String], summary: String, discussion: String = "",
        arguments: [ArgumentSpec] = [], options: [OptionSpec] = [],
        exactlyOneOf: [[String]] = [], atMostOneOf: [[String]] = [],
        onlyWith: [String: [String]] = [:], surplusHint: String? = nil,
        examples: [CommandExample] = [], hidden: Bool = false, run action: Action
    ) {
        shape = CommandShape(
            path: path, summary: summary, discussion: discussion, arguments: arguments,
            options: options, exactlyOneOf: exactlyOneOf, atMostOneOf: atMostOneOf,
            onlyWith: onlyWith, surplusHint: surplusHint, examples: examples, isHidden: hidden)
        self.action = action
    }
}

/// What a ``CommandSpec`` declares, apart from its action.
package struct CommandShape: Sendable, Hashable {
    /// The words after the program's name; at least one.
    package let path: [String]
    /// What it does, in a few words.
    package let summary: String
    /// Paragraphs for the help and the manual, parted by empty lines.
    package let discussion: String
    /// Its arguments in order.
    package let arguments: [ArgumentSpec]
    /// Its own options.
    package let options: [OptionSpec]
    /// Groups of which one member must be given.
    package let exactlyOneOf: [[String]]
    /// Groups of which at most one member may be given.
    package let atMostOneOf: [[String]]
    /// Options that make sense only along with one of others.
    package let onlyWith: [String: [String]]
    /// What to say when too many arguments are given.
    package let surplusHint: String?
    /// Examples that help shows.
    package let examples: [CommandExample]
    /// Whether help, manual and completion keep silent about it.
    package let isHidden: Bool

    /// The most words its arguments take, or `nil` for any number.
    var argumentLimit: Int? {
        arguments.contains { $0.takesAll } ? nil : arguments.count
    }
}

/// An example of a command line.
package struct CommandExample: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The whole line, as one types it.
    package let line: String
    /// What it does; may be empty.
    package let note: String

    /// Makes an example with a note.
    package init(_ line: String, _ note: String = "") {
        self.line = line
        self.note = note
    }

    /// Makes an example without a note.
    package init(stringLiteral line: String) { self.init(line) }
}

/// What help says about a word that has sub-commands.
package struct GroupSpec: Sendable, Hashable {
    /// The words after the program's name.
    package let path: [String]
    /// What its commands are for, in a few words.
    package let summary: String
    /// Paragraphs for the help and the manual, parted by empty lines.
    package let discussion: String

    /// Describes the group that `path` names.
    package init(_ path: [String], summary: String, discussion: String = "") {
        self.path = path
        self.summary = summary
        self.discussion = discussion
    }
}

/// A heading of the program's help, and the first words that stand under it.
package struct HelpSection: Sendable, Hashable {
    /// The heading.
    package let title: String
    /// First words of commands, in the order to show.
    package let words: [String]

    /// Makes a heading for `words`.
    package init(_ title: String, _ words: [String]) {
        self.title = title
        self.words = words
    }
}

/// An exit code and its meaning.
package struct ExitStatusSpec: Sendable, Hashable {
    /// The code, 0 to 255.
    package let code: Int
    /// What it means.
    package let meaning: String

    /// Makes the pair.
    package init(_ code: Int, _ meaning: String) {
        self.code = code
        self.meaning = meaning
    }
}

/// An environment variable that help and manual mention beside those of the options.
package struct EnvironmentSpec: Sendable, Hashable {
    /// The variable.
    package let name: String
    /// What it does.
    package let help: String

    /// Makes the pair.
    package init(_ name: String, _ help: String) {
        self.name = name
        self.help = help
    }
}
