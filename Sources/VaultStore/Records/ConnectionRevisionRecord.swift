internal import JSONCoding
package import SQLite
package import VaultModel

/// One state that a connection was in: never changed, the oldest removed when there are too many.
package struct ConnectionRevisionRecord: Record {
    package typealias Subject = ConnectionRevisionSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The settings as they were saved.
        package var settings: ConnectionSettings
        /// Whether sessions used them from then on.
        package var isDeployed: Bool
        /// Who changed it, as the audit log names them.
        package var author: String
        /// What was done, such as `create`, `update` or `deploy`.
        package var action: String
        /// Why, if they said so.
        package var reason: String

        /// A state by its parts.
        package init(
            settings: ConnectionSettings, isDeployed: Bool, author: String, action: String,
            reason: String
        ) {
            self.settings = settings
            self.isDeployed = isDeployed
            self.author = author
            self.action = action
            self.reason = reason
        }

        package func encode(to encoder: any Encoder) throws {
            var keys = encoder.container(keyedBy: CodingKeys.self)
            try keys.encode(SparseJSON(settings), forKey: .settings)
            try keys.encode(isDeployed, forKey: .isDeployed)
            try keys.encode(author, forKey: .author)
            try keys.encode(action, forKey: .action)
            try keys.encode(reason, forKey: .reason)
        }
    }

    package static let table = RecordTable(
        "connection_revision", columns: ["connection", "number", "created"])
    package static let noun = "connection revision"

    package let id: ConnectionRevisionID
    package let tenant: TenantID
    package var revision: Int64
    /// Whose state it is.
    package let connection: ConnectionID
    /// The connection's version from then on.
    package let number: Int64
    /// When it was made.
    package let created: Timestamp
    package var content: Content

    /// The state of `connection` as it stands, by whoever is named in `content`.
    package init(of connection: ConnectionRecord, content: Content) {
        id = ConnectionRevisionID()
        tenant = connection.tenant
        revision = 1
        self.connection = connection.id
        number = connection.version
        created = .now
        self.content = content
    }

    package init(
        id: ConnectionRevisionID, tenant: TenantID, revision: Int64, plain: PlainColumns,
        content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        guard let connection = ConnectionID(bytes: try plain.blob(0)) else {
            throw StoreError.tampered(what: "a connection revision")
        }
        self.connection = connection
        number = try plain.integer(1)
        created = Timestamp(milliseconds: try plain.integer(2))
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [.blob(connection.bytes), .integer(number), .integer(created.milliseconds)]
    }
}
