package import SQLite
package import VaultModel

/// A scoped bearer token: what it may do, and a keyed hash to know it by.
package struct TokenRecord: Record {
    package typealias Subject = TokenSubject
    /// Whether a token can be used.
    package enum State: String, Sendable, Hashable, Codable {
        case active
        case revoked
    }
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// What it may do.
        package var scopes: [TokenScope]
        /// What it is for.
        package var label: String
        /// Who made it.
        package var issuer: String

        /// The sealed part of a new token.
        package init(scopes: [TokenScope], label: String, issuer: String) {
            self.scopes = scopes
            self.label = label
            self.issuer = issuer
        }
    }

    package static let table = RecordTable(
        "token", columns: ["accessor", "hash", "state", "created", "expires"])
    package static let noun = "token"

    package let id: TokenID
    package let tenant: TenantID
    package var revision: Int64
    /// The public part, by which it is found and logged.
    package let accessor: String
    /// The keyed hash of the secret part.
    package let hash: [UInt8]
    /// Whether it can be used.
    package var state: State
    /// When it was made.
    package let created: Timestamp
    /// When it ends; `nil` for never.
    package let expires: Timestamp?
    package var content: Content

    /// A new token.
    package init(
        tenant: TenantID, accessor: String, hash: [UInt8], expires: Timestamp?, content: Content
    ) {
        id = TokenID()
        self.tenant = tenant
        revision = 1
        self.accessor = accessor
        self.hash = hash
        state = .active
        created = .now
        self.expires = expires
        self.content = content
    }

    package init(
        id: TokenID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        accessor = try plain.text(0)
        hash = try plain.blob(1)
        state = try plain.name(2, of: State.self)
        created = Timestamp(milliseconds: try plain.integer(3))
        expires = try plain.optionalInteger(4).map { Timestamp(milliseconds: $0) }
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [
            .text(accessor), .blob(hash), .text(state.rawValue), .integer(created.milliseconds),
            expires.map { .integer($0.milliseconds) } ?? .null,
        ]
    }
}
