package import SQLite
package import VaultModel

/// A role that a tenant made.
package struct RoleRecord: Record {
    package typealias Subject = RoleSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The role's name.
        package var name: ResourceName
        /// What it is for.
        package var description: String
        /// What it allows.
        package var permissions: [Permission]
        /// When it was made.
        package var created: Timestamp
    }

    package static let table = RecordTable("role", columns: ["name_index"])
    package static let noun = "role"

    package let id: RoleID
    package let tenant: TenantID
    package var revision: Int64
    /// The blind index of the name.
    package let nameIndex: [UInt8]
    package var content: Content

    /// A new role.
    package init(
        tenant: TenantID, name: ResourceName, nameIndex: [UInt8], description: String,
        permissions: [Permission]
    ) {
        id = RoleID()
        self.tenant = tenant
        revision = 1
        self.nameIndex = nameIndex
        content = Content(
            name: name, description: description, permissions: permissions, created: .now)
    }

    package init(
        id: RoleID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        nameIndex = try plain.blob(0)
        self.content = content
    }

    package var plain: [SQLiteValue] { [.blob(nameIndex)] }
}
