/// The status line of one reply (RFC 1939 §3).
///
/// The text is safe to print: control characters and malformed UTF-8 were replaced by U+FFFD.
package struct POP3Reply: Sendable, Hashable, CustomStringConvertible {
    /// Whether the line begins with `+OK`, not with `-ERR`.
    package let isPositive: Bool
    /// What follows the status.
    package let text: String

    /// Makes a reply from its parts, as a test or a recorded session has them.
    package init(isPositive: Bool, text: String) {
        self.isPositive = isPositive
        self.text = text
    }

    /// The response code in front of the text, in upper case and without its brackets (RFC 2449 §8).
    package var responseCode: String? {
        guard text.hasPrefix("["), let end = text.firstIndex(of: "]") else { return nil }
        let code = text[text.index(after: text.startIndex)..<end]
        return code.isEmpty ? nil : code.uppercased()
    }

    package var description: String {
        let status = isPositive ? "+OK" : "-ERR"
        return text.isEmpty ? status : status + " " + text
    }
}
