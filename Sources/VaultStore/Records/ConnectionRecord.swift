internal import JSONCoding
package import SQLite
package import VaultModel

/// The secrets that a connection's settings refer to.
package struct ConnectionSecrets: Sendable, Hashable {
    /// The password, or the OAuth2 client.
    package var login: SecretID?
    /// The password of the POP3 login, when it is another.
    package var pop3: SecretID?
    /// The private key of the client certificate.
    package var clientKey: SecretID?

    /// Secrets by what they are for.
    package init(login: SecretID? = nil, pop3: SecretID? = nil, clientKey: SecretID? = nil) {
        self.login = login
        self.pop3 = pop3
        self.clientKey = clientKey
    }

    /// All of them, each once.
    package var all: [SecretID] {
        var found: [SecretID] = []
        for secret in [login, pop3, clientKey] {
            if let secret, !found.contains(secret) { found.append(secret) }
        }
        return found
    }
}

/// A connection in one environment.
package struct ConnectionRecord: Record {
    package typealias Subject = ConnectionSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The connection's name.
        package var name: ResourceName
        /// The settings that sessions use.
        package var settings: ConnectionSettings {
            didSet { hasVariables = settings.hasVariables }
        }
        /// Settings that are saved and not deployed yet.
        package var draft: ConnectionSettings?
        /// When it was made.
        package var created: Timestamp
        /// When it last changed.
        package var updated: Timestamp
        /// Whether ``settings`` may hold a variable; `false` is certain.
        package private(set) var hasVariables: Bool

        private enum CodingKeys: CodingKey {
            case name, settings, draft, created, updated
        }

        init(name: ResourceName, settings: ConnectionSettings, created: Timestamp) {
            self.name = name
            self.settings = settings
            self.created = created
            updated = created
            hasVariables = settings.hasVariables
        }

        package init(from decoder: any Decoder) throws {
            let keys = try decoder.container(keyedBy: CodingKeys.self)
            name = try keys.decode(ResourceName.self, forKey: .name)
            settings = try keys.decode(ConnectionSettings.self, forKey: .settings)
            draft = try keys.decodeIfPresent(ConnectionSettings.self, forKey: .draft)
            created = try keys.decode(Timestamp.self, forKey: .created)
            updated = try keys.decode(Timestamp.self, forKey: .updated)
            hasVariables = true
        }

        /// Reads what was written; variables are looked for in the text, where no `$` is ever escaped,
        /// which is faster than in each field.
        init(_ text: [UInt8]) throws {
            self = try JSONCoding.decode(from: text)
            hasVariables = VariableText.isTemplate(utf8: text)
        }

        package func encode(to encoder: any Encoder) throws {
            var keys = encoder.container(keyedBy: CodingKeys.self)
            try keys.encode(name, forKey: .name)
            try keys.encode(SparseJSON(settings), forKey: .settings)
            try keys.encodeIfPresent(draft.map { SparseJSON($0) }, forKey: .draft)
            try keys.encode(created, forKey: .created)
            try keys.encode(updated, forKey: .updated)
        }
    }

    package static let table = RecordTable(
        "connection",
        columns: ["name_index", "environment", "enabled", "secret", "pop_secret", "tls_secret"])
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
    /// The secrets that its settings refer to.
    package var secrets: ConnectionSecrets
    package var content: Content

    /// A new connection.
    package init(
        tenant: TenantID, name: ResourceName, nameIndex: [UInt8],
        environment: DeploymentEnvironment, enabled: Bool, secrets: ConnectionSecrets,
        settings: ConnectionSettings
    ) {
        id = ConnectionID()
        self.tenant = tenant
        revision = 1
        self.nameIndex = nameIndex
        self.environment = environment
        self.enabled = enabled
        self.secrets = secrets
        content = Content(name: name, settings: settings, created: .now)
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
        func secret(_ index: Int) throws -> SecretID? {
            try plain.optionalBlob(index).flatMap { SecretID(bytes: $0) }
        }
        secrets = ConnectionSecrets(
            login: try secret(3), pop3: try secret(4), clientKey: try secret(5))
        self.content = content
    }

    package static func content(of text: [UInt8]) throws -> Content { try Content(text) }

    package var plain: [SQLiteValue] {
        [
            .blob(nameIndex), .text(environment.rawValue), .bool(enabled),
        ]
            + [secrets.login, secrets.pop3, secrets.clientKey].map { secret in
                secret.map { .blob($0.bytes) } ?? .null
            }
    }

    /// What was saved last, deployed or not.
    package var saved: ConnectionSettings { content.draft ?? content.settings }

    /// How people name it.
    package var reference: ConnectionReference {
        ConnectionReference(name: content.name, environment: environment)
    }
}
