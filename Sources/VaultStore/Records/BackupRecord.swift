package import SQLite
package import VaultModel

/// A backup that was written: which root key opens it, and where it went.
///
/// The vault cannot see what became of the file; the record says which files may still exist.
package struct BackupRecord: Record {
    package typealias Subject = BackupSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// Where it was written.
        package var path: String
        /// The last audit entry in it.
        package var sequence: Int64
        /// How many recipients it was written for, besides the vault's own slots.
        package var recipients: Int

        /// The sealed part of a new record.
        package init(path: String, sequence: Int64, recipients: Int) {
            self.path = path
            self.sequence = sequence
            self.recipients = recipients
        }
    }

    package static let table = RecordTable(
        "backup", columns: ["created", "root_generation"], role: .kept)
    package static let noun = "backup"

    package let id: BackupID
    package let tenant: TenantID
    package var revision: Int64
    /// When the copy was taken.
    package let created: Timestamp
    /// The generation of the root key that it is sealed under.
    package let rootGeneration: UInt32
    package var content: Content

    /// A new record.
    package init(id: BackupID, created: Timestamp, rootGeneration: UInt32, content: Content) {
        self.id = id
        tenant = .system
        revision = 1
        self.created = created
        self.rootGeneration = rootGeneration
        self.content = content
    }

    package init(
        id: BackupID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        created = Timestamp(milliseconds: try plain.integer(0))
        guard let generation = UInt32(exactly: try plain.integer(1)) else {
            throw StoreError.tampered(what: "a backup")
        }
        rootGeneration = generation
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [.integer(created.milliseconds), .integer(Int64(rootGeneration))]
    }
}

extension StoreTransaction {
    /// Every backup that was written, oldest first.
    package func backups() throws -> [BackupRecord] {
        try select(where: "WHERE tenant = ? ORDER BY created", [.blob(TenantID.system.bytes)])
    }
}
