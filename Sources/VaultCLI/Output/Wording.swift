internal import VaultModel

/// How facts are put for people.
enum Wording {
    /// A moment in UTC to the second.
    static func time(_ moment: Timestamp?) -> String {
        moment.map { String($0.description.prefix(19)) + "Z" } ?? "–"
    }

    /// A number, or a dash.
    static func number(_ value: Int64?) -> String { value.map { "\($0)" } ?? "–" }

    /// `yes` or `no`.
    static func yes(_ value: Bool) -> String { value ? "yes" : "no" }

    /// Things with commas, or a dash.
    static func list(_ items: [String]) -> String {
        items.isEmpty ? "–" : items.joined(separator: ", ")
    }

    /// A count with its noun.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
