/// One reply of a server: a code and the text of each line.
///
/// The text is safe to print: control characters and malformed UTF-8 were replaced by U+FFFD.
package struct SMTPReply: Sendable, Hashable, CustomStringConvertible {
    /// The code that all lines share.
    package let code: SMTPReplyCode
    /// The first enhanced status code whose class fits the reply code.
    package let enhanced: EnhancedStatusCode?
    /// The text of each line after its code and separator; at least one.
    package let lines: [String]

    /// Makes a reply from its parts, as a test or a recorded session has them.
    package init(code: SMTPReplyCode, enhanced: EnhancedStatusCode?, lines: [String]) {
        self.code = code
        self.enhanced = enhanced
        self.lines = lines
    }

    /// The lines joined by spaces, with no enhanced status code in front of any.
    package var text: String {
        guard let enhanced else { return lines.joined(separator: " ") }
        let prefix = enhanced.description
        return lines.map { line in
            guard line.hasPrefix(prefix) else { return line }
            let rest = line.dropFirst(prefix.count)
            return rest.first == " " || rest.first == "-" ? String(rest.dropFirst()) : String(rest)
        }.joined(separator: " ")
    }

    package var description: String { "\(code) \(lines.joined(separator: " "))" }
}
