/// A search, parsed: terms that must all hold.
///
/// ```
/// query  = *( term SP )
/// term   = [ "-" / "!" ] [ field ":" ] ( word / DQUOTE *char DQUOTE )
/// field  = "from" / "to" / "cc" / "rcpt" / "subject" / "body" / "text" / "message-id" / "file"
///        / "has" / "larger" / "smaller"
/// ```
/// Every text is looked for as a substring, whatever its case. `has:attachment`, `larger:` and
/// `smaller:` (bytes) look at the message itself. A word with another prefix is a plain word.
struct SearchQuery: Sendable, Hashable {
    /// Where a text is looked for.
    enum Field: Sendable, Hashable {
        case anywhere, from, to, cc, rcpt, subject, body, messageID, attachment
        /// To, Cc or the envelope.
        case anyRecipient
    }

    /// A text to look for.
    struct Term: Sendable, Hashable {
        var field = Field.anywhere
        var text: String
        var isNegated = false
    }

    var terms: [Term] = []
    var hasAttachment: Bool?
    var larger: Int64?
    var smaller: Int64?

    init() {}

    /// Parses what a person typed.
    ///
    /// - Throws: `.invalidQuery` for more than `SandboxLimits` allow, an open quote or no number.
    init(parsing text: String) throws(SandboxError) {
        guard text.utf8.count <= SandboxLimits.queryBytes else {
            throw .invalidQuery("it is longer than \(SandboxLimits.queryBytes) bytes")
        }
        var rest = Substring(text)
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r\n" }
            if rest.isEmpty { return }
            try readTerm(&rest)
            guard terms.count <= SandboxLimits.queryTerms else {
                throw .invalidQuery("it has more than \(SandboxLimits.queryTerms) terms")
            }
        }
    }

    /// Adds a term unless its text is empty.
    mutating func add(_ field: Field, _ text: String, isNegated: Bool = false) {
        // FTS5 reads its expressions up to a NUL.
        let text = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value != 0 }))
        if !text.isEmpty { terms.append(Term(field: field, text: text, isNegated: isNegated)) }
    }

    private mutating func readTerm(_ rest: inout Substring) throws(SandboxError) {
        var isNegated = false
        if let first = rest.first, first == "-" || first == "!", rest.count > 1 {
            isNegated = true
            rest.removeFirst()
        }
        let prefix = rest.prefix { $0 != ":" && $0 != "\"" && $0 != " " }
        var field: String?
        if prefix.endIndex < rest.endIndex, rest[prefix.endIndex] == ":" {
            let name = prefix.lowercased()
            if Self.fields[name] != nil || Self.filters.contains(name) {
                field = name
                rest = rest[rest.index(after: prefix.endIndex)...]
            }
        }
        let text: Substring
        if rest.first == "\"" {
            rest.removeFirst()
            guard let end = rest.firstIndex(of: "\"") else {
                throw .invalidQuery("a quote is not closed")
            }
            text = rest[..<end]
            rest = rest[rest.index(after: end)...]
        } else {
            text = rest.prefix { $0 != " " && $0 != "\t" && $0 != "\n" && $0 != "\r\n" }
            rest = rest[text.endIndex...]
        }
        try take(field, String(text), isNegated: isNegated)
    }

    private mutating func take(
        _ field: String?, _ text: String, isNegated: Bool
    ) throws(SandboxError) {
        switch field {
        case "has":
            guard text.lowercased() == "attachment" else {
                throw .invalidQuery("has: goes with attachment alone")
            }
            hasAttachment = !isNegated
        case "larger", "smaller":
            guard let number = Int64(text), number >= 0, !isNegated else {
                throw .invalidQuery("larger: and smaller: go with a number of bytes")
            }
            if field == "larger" { larger = number } else { smaller = number }
        default:
            add(field.flatMap { Self.fields[$0] } ?? .anywhere, text, isNegated: isNegated)
        }
    }

    private static let filters: Set<String> = ["has", "larger", "smaller"]

    private static let fields: [String: Field] = [
        "from": .from, "to": .to, "cc": .cc, "rcpt": .rcpt, "subject": .subject, "body": .body,
        "text": .body, "message-id": .messageID, "file": .attachment,
    ]
}
