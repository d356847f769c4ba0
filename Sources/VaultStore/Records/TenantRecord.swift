package import SQLite
package import VaultModel

/// A tenant: an isolated organisation or team.
package struct TenantRecord: Record {
    package typealias Subject = TenantSubject
    /// What a tenant's principals can do.
    package enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// What their permissions say.
        case active
        /// Nothing; what is stored stays.
        case disabled
        /// Nothing, for ever: its rows are being removed and its keys destroyed.
        case shredding
    }
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The tenant's name.
        package var name: ResourceName
        /// When it was made.
        package var created: Timestamp
    }

    package static let table = RecordTable("tenant", columns: ["name_index", "state"])
    package static let noun = "tenant"
    /// The name of the tenant that `vault init` makes.
    package static let defaultName = "default"

    package let id: TenantID
    package var tenant: TenantID { .system }
    package var revision: Int64
    /// The blind index of the name.
    package var nameIndex: [UInt8]
    /// What its principals can do.
    package var state: State
    package var content: Content

    /// A new tenant.
    package init(id: TenantID, name: ResourceName, nameIndex: [UInt8]) {
        self.id = id
        revision = 1
        self.nameIndex = nameIndex
        state = .active
        content = Content(name: name, created: .now)
    }

    package init(
        id: TenantID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.revision = revision
        nameIndex = try plain.blob(0)
        state = try plain.name(1, of: State.self)
        self.content = content
    }

    package var plain: [SQLiteValue] { [.blob(nameIndex), .text(state.rawValue)] }
}
