internal import SQLite
package import VaultModel

extension SandboxStore {
    /// The summaries of an inbox, newest first.
    ///
    /// - Parameters:
    ///   - limit: How many at most; `SandboxLimits.listed` bounds it.
    ///   - before: Only those with a smaller `seq`.
    ///   - after: Only those with a larger `seq`.
    /// - Throws: `.noSuchInbox` or `.store`.
    package func list(
        in inbox: ResourceName, of space: SandboxSpace = .local, limit: Int = 50,
        before: Int64? = nil, after: Int64? = nil
    ) async throws(SandboxError) -> [SandboxMessageSummary] {
        try await catchUp()
        return try await read { connection in
            let inbox = try InboxRow.find(inbox, of: space, on: connection)
            let plan = SearchPlan(SearchQuery(), inbox: inbox.id)
            return try plan.summaries(
                inbox.name, before: before, after: after, limit: limit, on: connection)
        }
    }

    /// The summaries of an inbox that a search finds, newest first.
    ///
    /// - Throws: `.invalidQuery`, `.noSuchInbox` or `.store`.
    package func search(
        _ query: String, in inbox: ResourceName, of space: SandboxSpace = .local, limit: Int = 50,
        before: Int64? = nil, after: Int64? = nil
    ) async throws(SandboxError) -> [SandboxMessageSummary] {
        let query = try SearchQuery(parsing: query)
        try await catchUp()
        return try await read { connection in
            let inbox = try InboxRow.find(inbox, of: space, on: connection)
            return try SearchPlan(query, inbox: inbox.id).summaries(
                inbox.name, before: before, after: after, limit: limit, on: connection)
        }
    }

    /// The summary of one message.
    ///
    /// - Throws: `.noSuchInbox`, `.noSuchMessage` or `.store`.
    package func summary(
        of message: SandboxSelector, in inbox: ResourceName, of space: SandboxSpace = .local
    ) async throws(SandboxError) -> SandboxMessageSummary {
        try await catchUp()
        return try await read { connection in
            let inbox = try InboxRow.find(inbox, of: space, on: connection)
            let row = try Self.row(of: message, inbox, "", on: connection)
            return try SummaryTable.summary(of: row, inbox: inbox.name)
        }
    }

    /// One message with its headers, texts and attachments.
    ///
    /// - Throws: `.noSuchInbox`, `.noSuchMessage` or `.store`.
    package func message(
        _ message: SandboxSelector, in inbox: ResourceName, of space: SandboxSpace = .local
    ) async throws(SandboxError) -> SandboxMessage {
        try await catchUp()
        return try await read { connection in
            let inbox = try InboxRow.find(inbox, of: space, on: connection)
            let row = try Self.row(of: message, inbox, ", s.number", on: connection)
            let number = row[row.values.count - 1]
            guard
                let facts = try connection.first(
                    "SELECT " + MessageTable.sessionColumns + " FROM message WHERE number = ?",
                    [number])
            else { throw SandboxError.noSuchMessage("\(message)") }
            var digest = MessageDigest()
            try connection.forEach("SELECT raw FROM message WHERE number = ?", [number]) {
                row throws(SQLiteError) in
                digest = try row.withBytes(0) { MessageDigest(parsing: $0) }
                return false
            }
            return SandboxMessage(
                summary: try SummaryTable.summary(of: row, inbox: inbox.name),
                session: try MessageTable.session(of: facts, from: 0), headers: digest.headers,
                text: digest.text, html: digest.html, attachments: digest.attachments)
        }
    }

    /// The bytes of one message as they were sent, the dots unstuffed.
    ///
    /// - Throws: `.noSuchInbox`, `.noSuchMessage` or `.store`.
    package func raw(
        _ message: SandboxSelector, in inbox: ResourceName, of space: SandboxSpace = .local
    ) async throws(SandboxError) -> [UInt8] {
        try await catchUp()
        return try await read { connection in
            let inbox = try InboxRow.find(inbox, of: space, on: connection)
            let row = try Self.row(of: message, inbox, ", s.number", on: connection)
            var bytes: [UInt8]?
            try connection.forEach(
                "SELECT raw FROM message WHERE number = ?", [row[row.values.count - 1]]
            ) { row throws(SQLiteError) in
                bytes = try row.blob(0)
                return false
            }
            guard let bytes else { throw SandboxError.noSuchMessage("\(message)") }
            return bytes
        }
    }

    private static func row(
        of message: SandboxSelector, _ inbox: InboxRow, _ more: SQL,
        on connection: SQLiteConnection
    ) throws -> SQLiteRow {
        let start: SQL =
            "SELECT " + SummaryTable.columns + more + " FROM summary s WHERE s.inbox = ?"
        let row: SQLiteRow?
        switch message {
        case .latest:
            row = try connection.first(
                start + " ORDER BY s.seq DESC LIMIT 1", [.integer(inbox.id)])
            guard row != nil else { throw SandboxError.noSuchMessage("latest") }
        case .id(let id):
            row = try connection.first(
                start + " AND s.id = ?", [.integer(inbox.id), .blob(id.bytes)])
            guard row != nil else { throw SandboxError.noSuchMessage(id.description) }
        }
        guard let row else { throw SandboxError.noSuchMessage("") }
        return row
    }
}
