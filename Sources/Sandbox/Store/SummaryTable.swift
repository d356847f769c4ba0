internal import SQLite
internal import VaultModel

/// The table that lists are made of.
enum SummaryTable {
    /// The columns that `summary(of:inbox:)` reads, of a table called `s`.
    static let columns: SQL = """
        s.id, s.seq, s.received, s.size, s.mail_from, s.mail_parameters, s.rcpt_to,
        s.rcpt_parameters, s.sender, s.recipients, s.cc, s.subject, s.message_id, s.attachments,
        s.snippet, s.parse_error
        """

    private static let insertion: SQL = """
        INSERT INTO summary (number, inbox, seq, id, received, size, mail_from, mail_parameters,
            rcpt_to, rcpt_parameters, sender, recipients, cc, subject, message_id, attachments,
            snippet, parse_error)
        SELECT number, inbox, seq, id, received, size, mail_from, mail_parameters, rcpt_to,
            rcpt_parameters, ?, ?, ?, ?, ?, ?, ?, ? FROM message WHERE number = ?
        """

    /// Writes the summary of a message; `false` when the message was deleted meanwhile.
    static func insert(
        _ digest: MessageDigest, number: Int64, on connection: SQLiteConnection
    ) throws(SQLiteError) -> Bool {
        try connection.run(
            insertion,
            [
                .text(Addresses.join(digest.from)), .text(Addresses.join(digest.to)),
                .text(Addresses.join(digest.cc)), .text(digest.subject),
                .optional(digest.messageID), .integer(Int64(digest.attachments.count)),
                .text(digest.snippet), .optional(digest.parseError), .integer(number),
            ]) == 1
    }

    /// Reads `columns` from the start of a row.
    static func summary(
        of row: SQLiteRow, inbox: String
    ) throws(SQLiteError) -> SandboxMessageSummary {
        guard let id = SandboxMessageID(bytes: try row.blob(0)) else {
            throw .wrongType(column: "id", expected: "16 bytes", found: "BLOB")
        }
        return SandboxMessageSummary(
            id: id, seq: try row.integer(1), inbox: inbox,
            received: Timestamp(milliseconds: try row.integer(2)),
            from: Addresses.split(try row.text(8)).first, to: Addresses.split(try row.text(9)),
            cc: Addresses.split(try row.text(10)), subject: try row.text(11),
            messageID: try row.optionalText(12), size: Int(try row.integer(3)),
            attachmentCount: Int(try row.integer(13)), snippet: try row.text(14),
            envelope: SandboxEnvelope(
                mailFrom: try row.text(4), rcptTo: Lines.split(try row.text(6)),
                mailParameters: try row.text(5), rcptParameters: Lines.split(try row.text(7))),
            parseError: try row.optionalText(15))
    }
}

/// Names with addresses in one column, parted by the separators that ASCII has for it.
enum Addresses {
    static func join(_ addresses: [SandboxAddress]) -> String {
        addresses.map { clean($0.name) + "\u{1F}" + clean($0.address) }.joined(separator: "\u{1E}")
    }

    static func split(_ text: String) -> [SandboxAddress] {
        text.split(separator: "\u{1E}").map { record in
            let parts = record.split(separator: "\u{1F}", omittingEmptySubsequences: false)
            return SandboxAddress(
                name: String(parts.first ?? ""), address: String(parts.dropFirst().first ?? ""))
        }
    }

    private static func clean(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 }) else { return text }
        return String(decoding: text.utf8.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
    }
}
