/// What the value of an option or argument looks like, as far as its declaration can say.
///
/// Choices are checked while parsing; the other forms steer completion alone.
package enum ValueForm: Sendable, Hashable {
    /// Any text.
    case text
    /// The path of a file.
    case file
    /// The path of a folder.
    case directory
    /// One of `words`; each key of `accepting` stands for the word it maps to.
    case choice(_ words: [String], accepting: [String: String] = [:])

    /// The words to choose from, or none.
    package var words: [String] {
        if case .choice(let words, _) = self { words } else { [] }
    }

    /// Gives the declared word for `text`, or `nil` when it is none of the choices.
    func canonical(_ text: String) -> String? {
        guard case .choice(let words, let accepting) = self else { return text }
        return words.contains(text) ? text : accepting[text]
    }
}
