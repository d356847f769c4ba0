internal import SQLite
internal import VaultModel

/// The messages of an inbox as a POP3 session numbers them, oldest first.
struct SandboxMaildrop: Sendable {
    /// One message.
    struct Entry: Sendable {
        let id: SandboxMessageID
        /// The size of the raw message in bytes.
        let size: Int
    }

    let inbox: SandboxPlace
    let entries: [Entry]
}

extension SandboxStore {
    /// What is in an inbox now, the newest `SandboxLimits.listed` messages of it.
    ///
    /// - Throws: `.noSuchInbox` or `.store`.
    func maildrop(of inbox: SandboxPlace) async throws(SandboxError) -> SandboxMaildrop {
        try await catchUp()
        return try await read { connection in
            let row = try InboxRow.find(inbox.name, of: inbox.space, on: connection)
            let rows = try connection.query(
                "SELECT id, size FROM summary WHERE inbox = ? ORDER BY seq DESC LIMIT ?",
                [.integer(row.id), .integer(Int64(SandboxLimits.listed))])
            var entries: [SandboxMaildrop.Entry] = []
            for row in rows.reversed() {
                guard let id = SandboxMessageID(bytes: try row.blob(0)) else { continue }
                entries.append(.init(id: id, size: Int(try row.integer(1))))
            }
            return SandboxMaildrop(inbox: inbox, entries: entries)
        }
    }

    /// Where mail for an inbox of this name goes: there if it exists, otherwise to `default`.
    ///
    /// - Throws: `.store`.
    func deliveredInbox(for name: String) async throws(SandboxError) -> SandboxPlace {
        do {
            if let inbox = try? ResourceName(name), try await hasInbox(inbox) {
                return SandboxPlace(inbox, of: .local)
            }
            return SandboxPlace(try ResourceName("default"), of: .local)
        } catch {
            throw SandboxError(error)
        }
    }
}
