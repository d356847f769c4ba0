internal import SMTPCore

/// Text of strangers, made fit for reports: one line, printable, bounded.
enum EvidenceText {
    /// One item: control and format characters become U+FFFD, and what is too long is cut.
    static func item(_ text: String, limit: Int = DiagnosisLimits.item) -> String {
        var result = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            if count == limit { return result + "…" }
            result.unicodeScalars.append(isPrintable(scalar) ? scalar : "\u{FFFD}")
        }
        return result
    }

    /// A list of items, each made fit; what is too many is counted.
    static func list(
        _ items: [String], limit: Int, separator: String = ", ", none: String = "none"
    ) -> String {
        guard !items.isEmpty else { return none }
        let shown = items.prefix(limit).map { item($0) }.joined(separator: separator)
        return items.count > limit ? "\(shown)\(separator)and \(items.count - limit) more" : shown
    }

    /// A reply as it came.
    static func reply(_ reply: SMTPReply) -> String { item(reply.description) }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned,
            .surrogate:
            false
        default: true
        }
    }
}
