/// Names and values of one thing, a line each, the values aligned.
package struct FieldList: Sendable, Hashable {
    private struct Field: Hashable {
        let name: String
        let value: String
        let tone: Style.Tone
        let isWhole: Bool
    }

    private var fields: [Field] = []

    /// Makes a list without fields.
    package init() {}

    /// Adds a field; name and value are escaped.
    ///
    /// No word of a value that is `whole` is broken: a terminal folds a longer one, and copies it as one.
    package mutating func append(
        _ name: String, _ value: String, _ tone: Style.Tone = .plain, whole: Bool = false
    ) {
        fields.append(
            Field(
                name: VisibleText.escaped(name), value: VisibleText.escaped(value), tone: tone,
                isWhole: whole))
    }

    /// Sets the list, each line ending in a line feed; values are wrapped to fit `width` columns
    /// (but given at least 16), and never where `width` is `nil`.
    package func text(width: Int?, style: Style = .plain) -> String {
        let indent = (fields.map { DisplayWidth.of($0.name) }.max() ?? 0) + 2
        var result = ""
        for field in fields {
            let label = DisplayWidth.padded(field.name, to: indent)
            let lines = width.map {
                TextWrapping.lines(
                    of: field.value, width: max(16, $0 - indent), breakingWords: !field.isWhole)
            }
            for (index, line) in (lines ?? [field.value]).enumerated() {
                result += index == 0 ? style.apply(.heading, to: label) : Self.spaces(indent)
                result += style.apply(field.tone, to: line) + "\n"
            }
        }
        return result
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
