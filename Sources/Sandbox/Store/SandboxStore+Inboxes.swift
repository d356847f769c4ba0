internal import SQLite
package import VaultModel

/// An inbox's row.
struct InboxRow: Sendable {
    let id: Int64
    let name: String

    /// Finds an inbox, in any case of its letters.
    static func find(
        _ name: ResourceName, on connection: SQLiteConnection
    ) throws -> InboxRow {
        guard
            let row = try connection.first(
                "SELECT id, name FROM inbox WHERE folded = ?", [.text(name.folded)])
        else { throw SandboxError.noSuchInbox(name.text) }
        return InboxRow(id: try row.integer(0), name: try row.text(1))
    }
}

extension SandboxStore {
    /// Makes an inbox.
    ///
    /// - Throws: `.inboxExists`, `.tooManyInboxes` or `.store`.
    package func createInbox(_ name: ResourceName) async throws(SandboxError) {
        let now = Timestamp.now.milliseconds
        try await write { connection in
            let count = try connection.first("SELECT count(*) FROM inbox")?.integer(0) ?? 0
            guard count < Int64(SandboxLimits.inboxes) else { throw SandboxError.tooManyInboxes }
            let other = try connection.first(
                "SELECT 1 FROM inbox WHERE folded = ?", [.text(name.folded)])
            guard other == nil else { throw SandboxError.inboxExists(name.text) }
            _ = try connection.run(
                "INSERT INTO inbox (name, folded, created) VALUES (?, ?, ?)",
                [.text(name.text), .text(name.folded), .integer(now)])
        }
    }

    /// Every inbox with its counts, by name.
    package func inboxes() async throws(SandboxError) -> [SandboxInbox] {
        try await catchUp()
        return try await read { connection in
            try connection.query(
                """
                SELECT name, created, last_seq,
                    (SELECT count(*) FROM summary WHERE summary.inbox = inbox.id)
                FROM inbox ORDER BY folded
                """
            ).map { row in
                SandboxInbox(
                    name: try row.text(0), created: Timestamp(milliseconds: try row.integer(1)),
                    messages: Int(try row.integer(3)), lastSeq: try row.integer(2))
            }
        }
    }

    /// Whether there is such an inbox.
    package func hasInbox(_ name: ResourceName) async throws(SandboxError) -> Bool {
        try await read { connection in
            try connection.first(
                "SELECT 1 FROM inbox WHERE folded = ?", [.text(name.folded)]) != nil
        }
    }

    /// Deletes an inbox with all its mail; what comes for it later goes to `default`.
    ///
    /// - Throws: `.noSuchInbox`, `.defaultInboxStays` or `.store`.
    package func deleteInbox(_ name: ResourceName) async throws(SandboxError) {
        guard name.folded != "default" else { throw .defaultInboxStays }
        _ = try await deleteAll(in: name)
        try await write { [observer] connection in
            let inbox = try InboxRow.find(name, on: connection)
            // What came since the rest was deleted: some of it perhaps not indexed yet.
            let (indexed, _) = try IndexProgress.read(connection)
            let rows = try connection.query(
                """
                SELECT number FROM summary WHERE inbox = ?1
                UNION SELECT number FROM message WHERE number > ?2 AND inbox = ?1
                """, [.integer(inbox.id), .integer(indexed)])
            try Deletion.delete(try rows.map { try $0.integer(0) }, on: connection)
            _ = try connection.run("DELETE FROM inbox WHERE id = ?", [.integer(inbox.id)])
            observer.noteWork()
        }
    }
}
