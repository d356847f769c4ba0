internal import SQLite
package import VaultModel

/// Deleting rows by number: the message and its summary now, its index entries afterwards.
enum Deletion {
    static func delete(
        _ numbers: [Int64], on connection: SQLiteConnection
    ) throws(SQLiteError) {
        for number in numbers {
            let value = [SQLiteValue.integer(number)]
            if try connection.run("DELETE FROM summary WHERE number = ?", value) > 0 {
                _ = try connection.run("INSERT OR IGNORE INTO doomed (number) VALUES (?)", value)
            }
            _ = try connection.run("DELETE FROM message WHERE number = ?", value)
        }
    }
}

extension SandboxStore {
    /// Deletes the messages with these identities; those not in the inbox are passed over.
    ///
    /// - Returns: How many were deleted.
    /// - Throws: `.noSuchInbox` or `.store`.
    package func delete(
        _ ids: [SandboxMessageID], in inbox: ResourceName, of space: SandboxSpace = .local
    ) async throws(SandboxError) -> Int {
        try await catchUp()
        var deleted = 0
        var rest = ids[...]
        repeat {
            let part = Array(rest.prefix(SandboxLimits.rowsPerDeletion))
            rest = rest.dropFirst(part.count)
            deleted += try await write { [observer] connection in
                let inbox = try InboxRow.find(inbox, of: space, on: connection)
                var numbers: [Int64] = []
                for id in part {
                    let row = try connection.first(
                        "SELECT number FROM summary WHERE id = ? AND inbox = ?",
                        [.blob(id.bytes), .integer(inbox.id)])
                    if let row { numbers.append(try row.integer(0)) }
                }
                try Deletion.delete(numbers, on: connection)
                observer.noteWork()
                return numbers.count
            }
        } while !rest.isEmpty
        return deleted
    }

    /// Deletes all messages of an inbox that are there now, a few hundred in each transaction.
    ///
    /// - Returns: How many were deleted.
    /// - Throws: `.noSuchInbox` or `.store`.
    package func deleteAll(
        in inbox: ResourceName, of space: SandboxSpace = .local
    ) async throws(SandboxError) -> Int {
        try await catchUp()
        let last = try await read { connection in
            let inbox = try InboxRow.find(inbox, of: space, on: connection)
            return try connection.first(
                "SELECT max(seq) FROM summary WHERE inbox = ?", [.integer(inbox.id)]
            )?.optionalInteger(0) ?? 0
        }
        return try await deleteInParts { connection in
            let inbox = try InboxRow.find(inbox, of: space, on: connection)
            return try connection.query(
                "SELECT number FROM summary WHERE inbox = ? AND seq <= ? ORDER BY seq LIMIT ?",
                [
                    .integer(inbox.id), .integer(last),
                    .integer(Int64(SandboxLimits.rowsPerDeletion)),
                ])
        }
    }

    /// Deletes the messages of an inbox that a search finds now.
    ///
    /// - Returns: How many were deleted.
    /// - Throws: `.noSuchInbox`, `.invalidQuery` or `.store`.
    package func delete(
        matching query: String, in inbox: ResourceName, of space: SandboxSpace = .local
    ) async throws(SandboxError) -> Int {
        let query = try SearchQuery(parsing: query)
        try await catchUp()
        let (last, plan) = try await read { connection in
            let inbox = try InboxRow.find(inbox, of: space, on: connection)
            let last =
                try connection.first(
                    "SELECT last_seq FROM inbox WHERE id = ?", [.integer(inbox.id)])?.integer(0)
                ?? 0
            return (last, SearchPlan(query, inbox: inbox.id))
        }
        return try await deleteInParts { connection in
            try plan.numbers(upTo: last, limit: SandboxLimits.rowsPerDeletion, on: connection)
        }
    }

    private func deleteInParts(
        _ next: @escaping @Sendable (SQLiteConnection) throws -> [SQLiteRow]
    ) async throws(SandboxError) -> Int {
        var deleted = 0
        while true {
            let count = try await write { [observer] connection in
                let rows = try next(connection)
                try Deletion.delete(try rows.map { try $0.integer(0) }, on: connection)
                observer.noteWork()
                return rows.count
            }
            deleted += count
            if count < SandboxLimits.rowsPerDeletion { return deleted }
        }
    }
}
