/// Whether and how output is coloured; a value, so that only its maker knows of terminals.
package struct Style: Sendable, Hashable {
    /// What a piece of text stands for.
    package enum Tone: Sendable, Hashable {
        case plain, heading, good, warning, bad, faint

        fileprivate var code: String {
            switch self {
            case .plain: ""
            case .heading: "1"
            case .good: "32"
            case .warning: "33"
            case .bad: "31"
            case .faint: "2"
            }
        }
    }

    /// Text without any colour.
    package static let plain = Style(isColoured: false)
    /// Whether text is coloured at all.
    package let isColoured: Bool

    /// Makes a style that colours, or does not.
    package init(isColoured: Bool) { self.isColoured = isColoured }

    /// Decides: colour only on a terminal that can, and not where `--no-color` or `NO_COLOR`
    /// (<https://no-color.org>: set and not empty) asks for none.
    package init(isTerminal: Bool, noColorFlag: Bool, environment: (String) -> String?) {
        let isUnwanted = environment("NO_COLOR").map { !$0.isEmpty } ?? false
        let isDumb = environment("TERM") == "dumb"
        isColoured = isTerminal && !noColorFlag && !isUnwanted && !isDumb
    }

    /// Sets `text` in a tone; text that came from elsewhere must be escaped before.
    package func apply(_ tone: Tone, to text: String) -> String {
        guard isColoured, tone != .plain, !text.isEmpty else { return text }
        return "\u{1B}[\(tone.code)m\(text)\u{1B}[0m"
    }
}
