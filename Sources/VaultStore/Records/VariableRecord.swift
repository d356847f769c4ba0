package import SQLite
package import VaultModel

/// A variable of a tenant, for one environment or for all.
package struct VariableRecord: Record {
    package typealias Subject = VariableSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The variable's name.
        package var name: ResourceName
        /// What stands in its place.
        package var value: String
        /// When it last changed.
        package var updated: Timestamp
    }

    package static let table = RecordTable("variable", columns: ["name_index", "environment"])
    package static let noun = "variable"

    package let id: VariableID
    package let tenant: TenantID
    package var revision: Int64
    /// The blind index of the name.
    package let nameIndex: [UInt8]
    /// Where it holds; `nil` for every environment without one of its own.
    package let environment: DeploymentEnvironment?
    package var content: Content

    /// A new variable.
    package init(
        tenant: TenantID, name: ResourceName, nameIndex: [UInt8],
        environment: DeploymentEnvironment?, value: String
    ) {
        id = VariableID()
        self.tenant = tenant
        revision = 1
        self.nameIndex = nameIndex
        self.environment = environment
        content = Content(name: name, value: value, updated: .now)
    }

    package init(
        id: VariableID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        nameIndex = try plain.blob(0)
        environment =
            try plain.text(1).isEmpty ? nil : plain.name(1, of: DeploymentEnvironment.self)
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [.blob(nameIndex), .text(environment?.rawValue ?? "")]
    }
}
