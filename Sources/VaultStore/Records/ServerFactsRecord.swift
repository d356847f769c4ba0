package import SQLite
package import VaultModel

/// What is remembered of a server: that it offered STARTTLS, and the certificate it presented.
///
/// A server that offered STARTTLS once must go on doing so, or somebody takes it away
/// (`docs/encryption.md`).
package struct ServerFactsRecord: Record {
    package typealias Subject = ServerFactsSubject
    /// A certificate that a server presented.
    package struct Certificate: Codable, Sendable, Hashable {
        /// Its subject.
        package var subject: String
        /// Its issuer.
        package var issuer: String
        /// Its SHA-256 digest, in hexadecimal.
        package var sha256: String
        /// The end of its validity.
        package var expires: Timestamp

        /// A certificate by what it says.
        package init(subject: String, issuer: String, sha256: String, expires: Timestamp) {
            self.subject = subject
            self.issuer = issuer
            self.sha256 = sha256
            self.expires = expires
        }
    }

    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The server's name or address.
        package var host: String
        /// Its TCP port.
        package var port: Int
        /// When it was first seen to offer STARTTLS.
        package var starttlsSince: Timestamp?
        /// What it presented last.
        package var certificate: Certificate?
    }

    package static let table = RecordTable(
        "server_facts", columns: ["endpoint_index", "seen", "expires"], role: .kept)
    package static let noun = "server's memory"

    package let id: ServerFactsID
    package let tenant: TenantID
    package var revision: Int64
    /// The blind index of host and port.
    package let endpointIndex: [UInt8]
    /// When the facts last changed.
    package var seen: Timestamp
    package var content: Content

    /// A server that is seen for the first time.
    package init(tenant: TenantID, endpointIndex: [UInt8], host: String, port: Int) {
        id = ServerFactsID()
        self.tenant = tenant
        revision = 1
        self.endpointIndex = endpointIndex
        seen = .now
        content = Content(host: host, port: port)
    }

    package init(
        id: ServerFactsID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        endpointIndex = try plain.blob(0)
        seen = Timestamp(milliseconds: try plain.integer(1))
        self.content = content
        guard try plain.optionalInteger(2) == content.certificate?.expires.milliseconds else {
            throw StoreError.tampered(what: "a server's memory")
        }
    }

    package var plain: [SQLiteValue] {
        [
            .blob(endpointIndex), .integer(seen.milliseconds),
            content.certificate.map { .integer($0.expires.milliseconds) } ?? .null,
        ]
    }
}
