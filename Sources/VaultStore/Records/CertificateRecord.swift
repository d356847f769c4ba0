package import SQLite
package import VaultModel

/// A stored certificate authority, or a chain that this side presents with its key.
package struct CertificateRecord: Record {
    package typealias Subject = CertificateSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The certificate's name.
        package var name: ResourceName
        /// The PEM text.
        package var pem: String
        /// The subject of the first certificate.
        package var subject: String
        /// The SHA-256 digest of the first certificate, in hexadecimal.
        package var sha256: String
        /// When it was stored.
        package var created: Timestamp
    }

    package static let table = RecordTable(
        "certificate", columns: ["name_index", "expires", "key_secret"])
    package static let noun = "certificate"

    package let id: CertificateID
    package let tenant: TenantID
    package var revision: Int64
    /// The blind index of the name.
    package let nameIndex: [UInt8]
    /// The first expiry among the certificates.
    package let expires: Timestamp
    /// The secret that holds the private key; `nil` for an authority.
    package let keySecret: SecretID?
    package var content: Content

    /// A new certificate.
    package init(
        tenant: TenantID, name: ResourceName, nameIndex: [UInt8], expires: Timestamp,
        keySecret: SecretID? = nil, pem: String, subject: String, sha256: String
    ) {
        id = CertificateID()
        self.tenant = tenant
        revision = 1
        self.nameIndex = nameIndex
        self.expires = expires
        self.keySecret = keySecret
        content = Content(name: name, pem: pem, subject: subject, sha256: sha256, created: .now)
    }

    package init(
        id: CertificateID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        nameIndex = try plain.blob(0)
        expires = Timestamp(milliseconds: try plain.integer(1))
        keySecret = try plain.optionalBlob(2).flatMap { SecretID(bytes: $0) }
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [
            .blob(nameIndex), .integer(expires.milliseconds),
            keySecret.map { .blob($0.bytes) } ?? .null,
        ]
    }
}
