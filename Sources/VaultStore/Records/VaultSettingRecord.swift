package import SQLite
package import VaultModel

/// A setting of a tenant that people of the tenant change.
package struct VaultSettingRecord: Record {
    package typealias Subject = VaultSettingSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The setting's name.
        package var name: String
        /// What it is set to.
        package var value: String
        /// Who set it.
        package var author: String
        /// When.
        package var updated: Timestamp

        /// The sealed part of a setting.
        package init(name: String, value: String, author: String) {
            self.name = name
            self.value = value
            self.author = author
            updated = .now
        }
    }

    package static let table = RecordTable("setting", columns: ["name_index"])
    package static let noun = "setting"

    package let id: VaultSettingID
    package let tenant: TenantID
    package var revision: Int64
    /// The blind index of the name.
    package let nameIndex: [UInt8]
    package var content: Content

    /// A new setting.
    package init(tenant: TenantID, nameIndex: [UInt8], content: Content) {
        id = VaultSettingID()
        self.tenant = tenant
        revision = 1
        self.nameIndex = nameIndex
        self.content = content
    }

    package init(
        id: VaultSettingID, tenant: TenantID, revision: Int64, plain: PlainColumns,
        content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        nameIndex = try plain.blob(0)
        self.content = content
    }

    package var plain: [SQLiteValue] { [.blob(nameIndex)] }
}
