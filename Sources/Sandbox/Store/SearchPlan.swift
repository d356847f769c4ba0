internal import SQLite

/// A search of one inbox as SQL.
///
/// The trigram index finds texts of three characters and more; shorter ones are looked for in each
/// message of the inbox that the rest of the search leaves over.
struct SearchPlan: Sendable {
    private let source: SQL
    private let conditions: SQL
    private let values: [SQLiteValue]

    /// Plans `query` over the inbox with this row id.
    init(_ query: SearchQuery, inbox: Int64) {
        var conditions: [SQL] = []
        var values: [SQLiteValue] = []
        let wanted = query.terms.filter { !$0.isNegated && Self.isIndexed($0) }
        let unwanted = query.terms.filter { $0.isNegated && Self.isIndexed($0) }
        let short = query.terms.filter { !Self.isIndexed($0) }
        if !wanted.isEmpty {
            // The index is asked first, newest message first; CROSS JOIN keeps that order.
            source = "search CROSS JOIN summary s ON s.number = search.rowid"
            conditions.append("search MATCH ?")
            var expression = wanted.map(Self.expression).joined(separator: " AND ")
            for term in unwanted { expression += " NOT " + Self.expression(term) }
            values.append(.text(expression))
        } else {
            source =
                short.isEmpty ? "summary s" : "summary s JOIN search ON search.rowid = s.number"
            if !unwanted.isEmpty {
                conditions.append(
                    "s.number NOT IN (SELECT rowid FROM search WHERE search MATCH ?)")
                values.append(
                    .text(unwanted.map(Self.expression).joined(separator: " OR ")))
            }
        }
        conditions.append("s.inbox = ?")
        values.append(.integer(inbox))
        for term in short {
            let columns = Self.columns(of: term.field)
            let tests = columns.map { SQL.join(["search.", SQL($0), " LIKE ? ESCAPE '\\'"]) }
            let any = SQL.join(tests, separator: " OR ")
            conditions.append((term.isNegated ? "NOT (" : "(") + any + ")")
            let pattern = SQLiteValue.text(Self.pattern(term.text))
            values += columns.map { _ in pattern }
        }
        if let hasAttachment = query.hasAttachment {
            conditions.append(hasAttachment ? "s.attachments > 0" : "s.attachments = 0")
        }
        if let larger = query.larger {
            conditions.append("s.size > ?")
            values.append(.integer(larger))
        }
        if let smaller = query.smaller {
            conditions.append("s.size < ?")
            values.append(.integer(smaller))
        }
        self.conditions = SQL.join(conditions, separator: " AND ")
        self.values = values
        usesIndex = !wanted.isEmpty
    }

    private let usesIndex: Bool

    // MARK: Running

    /// The summaries found, newest first.
    func summaries(
        _ inbox: String, before: Int64?, after: Int64?, limit: Int,
        isOldestFirst: Bool = false, on connection: SQLiteConnection
    ) throws(SQLiteError) -> [SandboxMessageSummary] {
        let rows = try rows(
            SummaryTable.columns, before: before, after: after, limit: limit,
            isOldestFirst: isOldestFirst, on: connection)
        var found: [SandboxMessageSummary] = []
        for row in rows { found.append(try SummaryTable.summary(of: row, inbox: inbox)) }
        return found
    }

    /// The row numbers found with a `seq` up to `last`.
    func numbers(
        upTo last: Int64, limit: Int, on connection: SQLiteConnection
    ) throws(SQLiteError) -> [SQLiteRow] {
        try rows(
            "s.number", before: last == .max ? nil : last + 1, after: nil, limit: limit,
            isOldestFirst: true, on: connection)
    }

    private func rows(
        _ columns: SQL, before: Int64?, after: Int64?, limit: Int, isOldestFirst: Bool,
        on connection: SQLiteConnection
    ) throws(SQLiteError) -> [SQLiteRow] {
        var sql: [SQL] = ["SELECT ", columns, " FROM ", source, " WHERE ", conditions]
        var values = values
        if let before {
            sql.append(" AND s.seq < ?")
            values.append(.integer(before))
        }
        if let after {
            sql.append(" AND s.seq > ?")
            values.append(.integer(after))
        }
        // Within an inbox, numbers and seqs grow together, and the index can be read by number.
        sql.append(usesIndex ? " ORDER BY search.rowid" : " ORDER BY s.seq")
        sql.append(isOldestFirst ? " LIMIT ?" : " DESC LIMIT ?")
        values.append(.integer(Int64(max(0, min(limit, SandboxLimits.listed)))))
        return try connection.query(SQL.join(sql), values)
    }

    // MARK: Terms

    private static func isIndexed(_ term: SearchQuery.Term) -> Bool {
        term.text.unicodeScalars.count >= 3
    }

    /// `{column …} : "text"`, quotes doubled.
    private static func expression(_ term: SearchQuery.Term) -> String {
        var quoted = "\""
        for scalar in term.text.unicodeScalars {
            quoted.unicodeScalars.append(scalar)
            if scalar == "\"" { quoted.unicodeScalars.append(scalar) }
        }
        quoted += "\""
        guard term.field != .anywhere else { return quoted }
        let names = columns(of: term.field).map(\.description).joined(separator: " ")
        return "({\(names)} : \(quoted))"
    }

    /// `%text%` for LIKE, its wildcards escaped.
    private static func pattern(_ text: String) -> String {
        var pattern = "%"
        for scalar in text.unicodeScalars {
            if scalar == "%" || scalar == "_" || scalar == "\\" { pattern += "\\" }
            pattern.unicodeScalars.append(scalar)
        }
        return pattern + "%"
    }

    private static func columns(of field: SearchQuery.Field) -> [StaticString] {
        switch field {
        case .anywhere:
            [
                "subject", "sender", "recipients", "cc", "rcpt", "message_id", "attachments",
                "body",
            ]
        case .from: ["sender"]
        case .to: ["recipients"]
        case .cc: ["cc"]
        case .rcpt: ["rcpt"]
        case .subject: ["subject"]
        case .body: ["body"]
        case .messageID: ["message_id"]
        case .attachment: ["attachments"]
        case .anyRecipient: ["recipients", "cc", "rcpt"]
        }
    }
}
