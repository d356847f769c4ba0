/// Which messages a wait is for; what is `nil` does not matter.
package struct SandboxFilter: Sendable, Hashable {
    /// An address of To, Cc or RCPT: all of it when there is an `@` inside, otherwise a part.
    package var to: String?
    /// The same of From and MAIL.
    package var from: String?
    /// Part of the subject.
    package var subject: String?
    /// Part of the text or HTML.
    package var contains: String?
    /// A search, as `SandboxStore.search` takes it.
    package var query: String?

    /// Describes messages; without any argument, all.
    package init(
        to: String? = nil, from: String? = nil, subject: String? = nil, contains: String? = nil,
        query: String? = nil
    ) {
        self.to = to
        self.from = from
        self.subject = subject
        self.contains = contains
        self.query = query
    }

    /// The filter as a search.
    func search() throws(SandboxError) -> SearchQuery {
        for text in [to, from, subject, contains] {
            guard (text?.utf8.count ?? 0) <= SandboxLimits.queryBytes else {
                throw .invalidQuery("a value is longer than \(SandboxLimits.queryBytes) bytes")
            }
        }
        var search =
            try query.map { text throws(SandboxError) in try SearchQuery(parsing: text) }
            ?? SearchQuery()
        if let to { search.add(.anyRecipient, Self.address(to)) }
        if let from { search.add(.from, Self.address(from)) }
        if let subject { search.add(.subject, subject) }
        if let contains { search.add(.body, contains) }
        return search
    }

    /// The index holds each address in angle brackets, so that a whole one can be asked for.
    private static func address(_ text: String) -> String {
        guard let at = text.firstIndex(of: "@"), at != text.startIndex,
            text.index(after: at) != text.endIndex, !text.contains("<")
        else { return text }
        return "<\(text)>"
    }
}

/// How a wait ended.
package struct SandboxWaitResult: Codable, Sendable, Hashable {
    /// Whether what was waited for happened: enough messages, or with `absent` none.
    package let isSatisfied: Bool
    /// The messages that match, oldest first.
    package let messages: [SandboxMessageSummary]
    /// When not satisfied: the newest messages that came and do not match.
    package let nearMisses: [SandboxMessageSummary]
    /// The number of the inbox's newest message, to give as `after` to the next wait.
    package let lastSeq: Int64
}
