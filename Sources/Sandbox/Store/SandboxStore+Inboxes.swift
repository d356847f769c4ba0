internal import SQLite
package import VaultModel

/// An inbox's row.
struct InboxRow: Sendable {
    let id: Int64
    let name: String

    /// Finds an inbox, in any case of its letters.
    static func find(
        _ name: ResourceName, of space: SandboxSpace, on connection: SQLiteConnection
    ) throws -> InboxRow {
        guard
            let row = try connection.first(
                "SELECT id, name FROM inbox WHERE folded = ?", [.text(space.key(name.folded))])
        else { throw SandboxError.noSuchInbox(name.text) }
        return InboxRow(id: try row.integer(0), name: try row.text(1))
    }

    /// Makes the inbox `default` of a space unless it is there.
    static func makeDefault(
        of space: SandboxSpace, on connection: SQLiteConnection
    ) throws(SQLiteError) {
        _ = try connection.run(
            "INSERT OR IGNORE INTO inbox (name, folded, created) VALUES ('default', ?, ?)",
            [.text(space.key("default")), .integer(Timestamp.now.milliseconds)])
    }
}

extension SandboxStore {
    /// Makes an inbox.
    ///
    /// - Throws: `.inboxExists`, `.tooManyInboxes` or `.store`.
    package func createInbox(
        _ name: ResourceName, of space: SandboxSpace = .local
    ) async throws(SandboxError) {
        let now = Timestamp.now.milliseconds
        try await write { connection in
            let count =
                try connection.first(
                    "SELECT count(*) FROM inbox WHERE " + SandboxSpace.condition,
                    space.conditionValues)?.integer(0) ?? 0
            guard count < Int64(SandboxLimits.inboxes) else { throw SandboxError.tooManyInboxes }
            let key = SQLiteValue.text(space.key(name.folded))
            let other = try connection.first("SELECT 1 FROM inbox WHERE folded = ?", [key])
            guard other == nil else { throw SandboxError.inboxExists(name.text) }
            _ = try connection.run(
                "INSERT INTO inbox (name, folded, created) VALUES (?, ?, ?)",
                [.text(name.text), key, .integer(now)])
        }
    }

    /// Makes the inbox `default` of a space that has none yet.
    package func prepare(_ space: SandboxSpace) async throws(SandboxError) {
        let name = "default"
        let key = SQLiteValue.text(space.key(name))
        let isThere = try await read { connection in
            try connection.first("SELECT 1 FROM inbox WHERE folded = ?", [key]) != nil
        }
        guard !isThere else { return }
        try await write { try InboxRow.makeDefault(of: space, on: $0) }
    }

    /// Deletes every inbox of a space with all its mail, and `default` too unless the space is the
    /// local one.
    package func deleteAll(of space: SandboxSpace) async throws(SandboxError) {
        let names = try await inboxes(of: space).compactMap { try? ResourceName($0.name) }
        for name in names {
            if name.folded == "default" {
                _ = try await deleteAll(in: name, of: space)
            } else {
                try await deleteInbox(name, of: space)
            }
        }
        guard space != .local else { return }
        _ = try await write { connection in
            try connection.run(
                "DELETE FROM inbox WHERE folded = ?", [.text(space.key("default"))])
        }
    }

    /// Every inbox of a space with its counts, by name.
    package func inboxes(
        of space: SandboxSpace = .local
    ) async throws(SandboxError) -> [SandboxInbox] {
        try await catchUp()
        let columns: SQL = """
            name, created, last_seq, (SELECT count(*) FROM summary WHERE summary.inbox = inbox.id)
            """
        return try await read { connection in
            try connection.query(
                "SELECT " + columns + " FROM inbox WHERE " + SandboxSpace.condition
                    + " ORDER BY folded", space.conditionValues
            ).map { row in
                SandboxInbox(
                    name: try row.text(0), created: Timestamp(milliseconds: try row.integer(1)),
                    messages: Int(try row.integer(3)), lastSeq: try row.integer(2))
            }
        }
    }

    /// Whether there is such an inbox.
    package func hasInbox(
        _ name: ResourceName, of space: SandboxSpace = .local
    ) async throws(SandboxError) -> Bool {
        try await read { connection in
            try connection.first(
                "SELECT 1 FROM inbox WHERE folded = ?", [.text(space.key(name.folded))]) != nil
        }
    }

    /// Deletes an inbox with all its mail; what comes for it later goes to `default`.
    ///
    /// - Throws: `.noSuchInbox`, `.defaultInboxStays` or `.store`.
    package func deleteInbox(
        _ name: ResourceName, of space: SandboxSpace = .local
    ) async throws(SandboxError) {
        guard name.folded != "default" else { throw .defaultInboxStays }
        _ = try await deleteAll(in: name, of: space)
        try await write { [observer] connection in
            let inbox = try InboxRow.find(name, of: space, on: connection)
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
