package import SQLite
package import Sealing
package import VaultModel

/// A connection in one environment.
package struct ConnectionRecord: Record {
    package typealias Subject = ConnectionSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The connection's name.
        package var name: ResourceName
        /// Its settings.
        package var settings: ConnectionSettings
        /// When it was made.
        package var created: Timestamp
        /// When it last changed.
        package var updated: Timestamp
    }

    package static let table = RecordTable(
        "connection", columns: ["name_index", "environment", "enabled", "secret"])
    package static let noun = "connection"

    package let id: ConnectionID
    package let tenant: TenantID
    package var revision: Int64
    /// The blind index of the name.
    package let nameIndex: [UInt8]
    /// Where its mail goes.
    package let environment: DeploymentEnvironment
    /// A disabled connection keeps its settings and cannot be used.
    package var enabled: Bool
    /// The secret that its settings refer to.
    package var secret: SecretID?
    package var content: Content

    /// A new connection.
    package init(
        tenant: TenantID, name: ResourceName, nameIndex: [UInt8],
        environment: DeploymentEnvironment, enabled: Bool, secret: SecretID?,
        settings: ConnectionSettings
    ) {
        id = ConnectionID()
        self.tenant = tenant
        revision = 1
        self.nameIndex = nameIndex
        self.environment = environment
        self.enabled = enabled
        self.secret = secret
        let now = Timestamp.now
        content = Content(name: name, settings: settings, created: now, updated: now)
    }

    package init(
        id: ConnectionID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        nameIndex = try plain.blob(0)
        environment = try plain.name(1, of: DeploymentEnvironment.self)
        enabled = try plain.integer(2) == 1
        secret = try plain.optionalBlob(3).flatMap { SecretID(bytes: $0) }
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [
            .blob(nameIndex), .text(environment.rawValue), .bool(enabled),
            secret.map { .blob($0.bytes) } ?? .null,
        ]
    }

    /// Where the connection's secret may be used, as its settings stand.
    package var destination: Destination {
        Destination(connection: id, settings: content.settings)
    }

    /// How people name it.
    package var reference: ConnectionReference {
        ConnectionReference(name: content.name, environment: environment)
    }
}
