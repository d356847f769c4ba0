package import SQLite
package import VaultModel

/// What gives a role to a principal, perhaps for a while and for some connections only.
package struct RoleBindingRecord: Record {
    package typealias Subject = RoleBindingSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The role's name.
        package var role: String
        /// The only environments that it reaches; empty for all.
        package var environments: [DeploymentEnvironment]
        /// Globs of the only connections that it reaches; empty for all.
        package var connections: [String]
        /// Why it was given.
        package var reason: String
        /// Who gave it.
        package var issuer: String
        /// When.
        package var created: Timestamp

        /// The sealed part of a new binding.
        package init(
            role: String, environments: [DeploymentEnvironment], connections: [String],
            reason: String, issuer: String
        ) {
            self.role = role
            self.environments = environments
            self.connections = connections
            self.reason = reason
            self.issuer = issuer
            created = .now
        }
    }

    package static let table = RecordTable("role_binding", columns: ["principal", "expires"])
    package static let noun = "binding"

    package let id: RoleBindingID
    package let tenant: TenantID
    package var revision: Int64
    /// Who has the role.
    package let principal: PrincipalID
    /// When it ends; `nil` for never.
    package let expires: Timestamp?
    package var content: Content

    /// A new binding.
    package init(
        tenant: TenantID, principal: PrincipalID, expires: Timestamp?, content: Content
    ) {
        id = RoleBindingID()
        self.tenant = tenant
        revision = 1
        self.principal = principal
        self.expires = expires
        self.content = content
    }

    package init(
        id: RoleBindingID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        guard let principal = PrincipalID(bytes: try plain.blob(0)) else {
            throw StoreError.tampered(what: "a binding")
        }
        self.principal = principal
        expires = try plain.optionalInteger(1).map { Timestamp(milliseconds: $0) }
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [.blob(principal.bytes), expires.map { .integer($0.milliseconds) } ?? .null]
    }
}
