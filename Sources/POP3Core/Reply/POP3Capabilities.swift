/// What a server says it can do in answer to CAPA (RFC 2449).
package struct POP3Capabilities: Sendable, Hashable {
    /// The lines as sent, such as `UIDL` and `SASL PLAIN`, at most `POP3Limits.capabilities`.
    package let lines: [String]

    /// Takes the lines of the answer; those past the bound are passed over.
    package init(_ lines: [String] = []) {
        self.lines = Array(lines.prefix(POP3Limits.capabilities))
    }

    /// Whether a capability of that name was given, in any case of its letters.
    package func offers(_ name: String) -> Bool {
        lines.contains { line in
            let word = line.prefix { $0 != " " }
            return word.uppercased() == name.uppercased()
        }
    }

    /// Whether TLS can be turned on (RFC 2595 §4).
    package var stls: Bool { offers("STLS") }
}
