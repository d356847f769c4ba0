package import SQLite
package import VaultModel

/// What a secret is used for.
package enum SecretKind: String, Sendable, Hashable, Codable, CaseIterable {
    case password
    case certificate
    case privateKey = "private-key"
    case oauth2Client = "oauth2-client"
    case other
}

/// A server's refusal of one value of a secret for one account.
package struct CredentialRefusal: Sendable, Hashable, Codable {
    /// Who was refused where, as `USER at HOST:PORT`.
    package var account: String
    /// The version whose value it was.
    package var version: Int64
    /// When it was.
    package var time: Timestamp

    /// A refusal that just happened.
    package init(account: String, version: Int64) {
        self.account = account
        self.version = version
        time = .now
    }
}

/// A named secret; its values are ``SecretVersionRecord``s.
package struct SecretRecord: Record {
    package typealias Subject = SecretSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The secret's name.
        package var name: ResourceName
        /// What it is for.
        package var description: String
        /// When it was made.
        package var created: Timestamp
        /// How and when it is rotated.
        package var policy = RotationPolicy()
        /// The refusals of the last ``VaultLimits/refusalSeconds``, at most
        /// ``VaultLimits/refusalsKept``.
        package var refusals: [CredentialRefusal] = []
    }

    package static let table = RecordTable("secret", columns: ["name_index", "kind"])
    package static let noun = "secret"

    package let id: SecretID
    package let tenant: TenantID
    package var revision: Int64
    /// The blind index of the name.
    package let nameIndex: [UInt8]
    /// What the secret is used for.
    package var kind: SecretKind
    package var content: Content

    /// A new secret.
    package init(
        tenant: TenantID, name: ResourceName, nameIndex: [UInt8], kind: SecretKind,
        description: String
    ) {
        id = SecretID()
        self.tenant = tenant
        revision = 1
        self.nameIndex = nameIndex
        self.kind = kind
        content = Content(name: name, description: description, created: .now)
    }

    package init(
        id: SecretID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        nameIndex = try plain.blob(0)
        kind = try plain.name(1, of: SecretKind.self)
        self.content = content
    }

    package var plain: [SQLiteValue] { [.blob(nameIndex), .text(kind.rawValue)] }
}
