internal import SQLite
internal import VaultModel

/// The table of raw messages: the one that a client waits for.
enum MessageTable {
    private static let count: SQL = """
        UPDATE inbox SET last_seq = last_seq + 1 WHERE folded = ? RETURNING id, last_seq
        """
    private static let insertion: SQL = """
        INSERT INTO message (inbox, seq, id, received, size, mail_from, mail_parameters, rcpt_to,
            rcpt_parameters, session, peer, helo, is_extended, tls_version, tls_cipher,
            auth_mechanism, auth_identity, raw)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// Stores a message; the inbox is chosen here, so that one deleted meanwhile gets nothing.
    static func insert(
        _ capture: SandboxCapture, as id: SandboxMessageID, on connection: SQLiteConnection
    ) throws(SQLiteError) -> SandboxReceipt {
        var place: SQLiteRow?
        if let name = capture.inbox, let name = try? ResourceName(name) {
            place = try connection.first(count, [.text(capture.space.key(name.folded))])
        }
        let fallback = SQLiteValue.text(capture.space.key("default"))
        if place == nil { place = try connection.first(count, [fallback]) }
        if place == nil {
            try InboxRow.makeDefault(of: capture.space, on: connection)
            place = try connection.first(count, [fallback])
        }
        guard let place else { throw .other(code: 0, message: "the inbox default is missing") }
        let seq = try place.integer(1)
        let envelope = capture.envelope
        let session = capture.session
        _ = try connection.run(
            insertion,
            [
                place[0], .integer(seq), .blob(id.bytes), .integer(capture.received.milliseconds),
                .integer(Int64(capture.bytes.count)), .text(envelope.mailFrom),
                .text(envelope.mailParameters), .text(Lines.join(envelope.rcptTo)),
                .text(Lines.join(envelope.rcptParameters)), .text(session.id), .text(session.peer),
                .text(session.helo), .bool(session.isExtended), .optional(session.tls?.version),
                .optional(session.tls?.cipher), .optional(session.auth?.mechanism),
                .optional(session.auth?.identity), .blob(capture.bytes),
            ])
        return SandboxReceipt(id: id, seq: seq)
    }

    /// The session columns of a message, in the order in which `session(of:)` reads them.
    static let sessionColumns: SQL = """
        session, peer, helo, is_extended, tls_version, tls_cipher, auth_mechanism, auth_identity
        """

    /// Reads `sessionColumns` from the row's column `first` on.
    static func session(
        of row: SQLiteRow, from first: Int
    ) throws(SQLiteError) -> SandboxSessionFacts {
        var facts = SandboxSessionFacts(
            id: try row.text(first), peer: try row.text(first + 1), helo: try row.text(first + 2),
            isExtended: try row.bool(first + 3))
        if let version = try row.optionalText(first + 4) {
            facts.tls = .init(version: version, cipher: try row.text(first + 5))
        }
        if let mechanism = try row.optionalText(first + 6) {
            facts.auth = .init(mechanism: mechanism, identity: try row.text(first + 7))
        }
        return facts
    }
}

/// Lists of texts in one column; no SMTP argument holds a line feed.
enum Lines {
    static func join(_ lines: [String]) -> String {
        switch lines.count {
        case 0: ""
        case 1: lines[0]
        default: lines.joined(separator: "\n")
        }
    }

    static func split(_ text: String) -> [String] {
        text.isEmpty
            ? [] : text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
