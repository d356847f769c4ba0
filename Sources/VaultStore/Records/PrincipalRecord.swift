package import SQLite
package import VaultModel

/// A person or a service of a tenant.
package struct PrincipalRecord: Record {
    package typealias Subject = PrincipalSubject
    /// Whether a principal can act.
    package enum State: String, Sendable, Hashable, Codable {
        case active
        case disabled
    }
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The principal's name.
        package var name: ResourceName
        /// What people are told of it.
        package var description: String
        /// The hash of the password; `nil` while there is none.
        package var password: PasswordHash?
        /// Whether logging in takes a code; its secret is a secret version of this identity.
        package var hasCode: Bool
        /// The step of the last code that was used.
        package var lastStep: Int64
        /// When it was made.
        package var created: Timestamp
        /// When it last logged in.
        package var lastLogin: Timestamp?
    }

    package static let table = RecordTable("principal", columns: ["name_index", "kind", "state"])
    package static let noun = "principal"

    package let id: PrincipalID
    package let tenant: TenantID
    package var revision: Int64
    /// The blind index of the name.
    package let nameIndex: [UInt8]
    /// A person or a service.
    package let kind: PrincipalKind
    /// Whether it can act.
    package var state: State
    package var content: Content

    /// A new principal.
    package init(
        tenant: TenantID, name: ResourceName, nameIndex: [UInt8], kind: PrincipalKind,
        description: String
    ) {
        id = PrincipalID()
        self.tenant = tenant
        revision = 1
        self.nameIndex = nameIndex
        self.kind = kind
        state = .active
        content = Content(
            name: name, description: description, password: nil, hasCode: false, lastStep: 0,
            created: .now, lastLogin: nil)
    }

    package init(
        id: PrincipalID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        nameIndex = try plain.blob(0)
        kind = try plain.name(1, of: PrincipalKind.self)
        state = try plain.name(2, of: State.self)
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [.blob(nameIndex), .text(kind.rawValue), .text(state.rawValue)]
    }
}
