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
        /// What narrows it besides its scopes.
        package var conditions: TokenConditions
        /// The accessors of the tokens that it was narrowed from, the first of them first.
        package var ancestors: [String]
        /// What it has used of its rate and daily limit.
        package var meter: TokenMeter

        /// The sealed part of a new token.
        package init(
            scopes: [TokenScope], label: String, issuer: String,
            conditions: TokenConditions = TokenConditions(), ancestors: [String] = []
        ) {
            self.scopes = scopes
            self.label = label
            self.issuer = issuer
            self.conditions = conditions
            self.ancestors = ancestors
            meter = TokenMeter()
        }
    }

    package static let table = RecordTable(
        "token",
        columns: [
            "accessor", "hash", "state", "created", "expires", "parent", "last_used", "uses_left",
            "kind", "principal",
        ])
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
    /// The token that it was narrowed from.
    package let parent: TokenID?
    /// When it was last used, to the minute (`docs/formats/token.md`).
    package var lastUsed: Timestamp?
    /// How many requests are left to it; `nil` for no bound.
    package var usesLeft: Int?
    /// What it was made for.
    package let kind: TokenKind
    /// Who logged in with it or made it, and what bounds it; `nil` for the operator's.
    package let principal: PrincipalID?
    package var content: Content

    /// A new token.
    package init(
        tenant: TenantID, accessor: String, hash: [UInt8], expires: Timestamp?,
        kind: TokenKind = .team, principal: PrincipalID? = nil, content: Content,
        parent: TokenID? = nil
    ) {
        id = TokenID()
        self.tenant = tenant
        revision = 1
        self.accessor = accessor
        self.hash = hash
        state = .active
        created = .now
        self.expires = expires
        self.parent = parent
        usesLeft = content.conditions.uses
        self.kind = kind
        self.principal = principal
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
        parent = try plain.optionalBlob(5).map { bytes in
            guard let id = TokenID(bytes: bytes) else {
                throw StoreError.tampered(what: "a token")
            }
            return id
        }
        lastUsed = try plain.optionalInteger(6).map { Timestamp(milliseconds: $0) }
        usesLeft = try plain.optionalInteger(7).map { Int($0) }
        kind = try plain.name(8, of: TokenKind.self)
        principal = try plain.optionalBlob(9).map { bytes in
            guard let id = PrincipalID(bytes: bytes) else {
                throw StoreError.tampered(what: "a token")
            }
            return id
        }
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [
            .text(accessor), .blob(hash), .text(state.rawValue), .integer(created.milliseconds),
            expires.map { .integer($0.milliseconds) } ?? .null,
            parent.map { .blob($0.bytes) } ?? .null,
            lastUsed.map { .integer($0.milliseconds) } ?? .null,
            usesLeft.map { .integer(Int64($0)) } ?? .null,
            .text(kind.rawValue), principal.map { .blob($0.bytes) } ?? .null,
        ]
    }
}
