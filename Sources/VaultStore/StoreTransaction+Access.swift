private import SQLite
private import Sealing
package import VaultModel

// Who may do what.
extension StoreTransaction {
    /// The principal of a name.
    package func principal(
        named name: ResourceName, in tenant: TenantID
    ) throws -> PrincipalRecord? {
        let index = try nameIndex(name, "principal.name", in: tenant)
        return try select(
            PrincipalRecord.self, where: "WHERE tenant = ? AND name_index = ?",
            [.blob(tenant.bytes), .blob(index)]
        ).first
    }

    /// Every principal of a tenant, by name.
    package func principals(in tenant: TenantID) throws -> [PrincipalRecord] {
        try select(PrincipalRecord.self, where: "WHERE tenant = ?", [.blob(tenant.bytes)])
            .sorted { $0.content.name.folded < $1.content.name.folded }
    }

    /// The role that a tenant made under a name.
    package func role(named name: ResourceName, in tenant: TenantID) throws -> RoleRecord? {
        let index = try nameIndex(name, "role.name", in: tenant)
        return try select(
            RoleRecord.self, where: "WHERE tenant = ? AND name_index = ?",
            [.blob(tenant.bytes), .blob(index)]
        ).first
    }

    /// Every role that a tenant made, by name.
    package func roles(in tenant: TenantID) throws -> [RoleRecord] {
        try select(RoleRecord.self, where: "WHERE tenant = ?", [.blob(tenant.bytes)])
            .sorted { $0.content.name.folded < $1.content.name.folded }
    }

    /// The bindings of a principal, ended ones too.
    package func bindings(
        of principal: PrincipalID, in tenant: TenantID
    ) throws -> [RoleBindingRecord] {
        try select(
            where: "WHERE principal = ? AND tenant = ?",
            [.blob(principal.bytes), .blob(tenant.bytes)])
    }

    /// Every binding of a tenant, the oldest first.
    package func bindings(in tenant: TenantID) throws -> [RoleBindingRecord] {
        try select(RoleBindingRecord.self, where: "WHERE tenant = ?", [.blob(tenant.bytes)])
            .sorted { ($0.content.created, "\($0.id)") < ($1.content.created, "\($1.id)") }
    }

    /// A setting of a tenant.
    package func setting(named name: String, in tenant: TenantID) throws -> VaultSettingRecord? {
        let index = try settingIndex(name, in: tenant)
        return try select(
            VaultSettingRecord.self, where: "WHERE tenant = ? AND name_index = ?",
            [.blob(tenant.bytes), .blob(index)]
        ).first
    }

    /// Sets a setting of a tenant.
    package func setSetting(
        _ content: VaultSettingRecord.Content, in tenant: TenantID
    ) throws {
        if var record = try setting(named: content.name, in: tenant) {
            record.content = content
            try update(record)
        } else {
            try insert(
                VaultSettingRecord(
                    tenant: tenant, nameIndex: try settingIndex(content.name, in: tenant),
                    content: content))
        }
    }

    private func settingIndex(_ name: String, in tenant: TenantID) throws -> [UInt8] {
        try keys.keys(for: tenant).blindIndex(name, column: "setting.name")
    }

    /// The sessions and tokens that act for a principal; none is missed, whatever an index says
    /// (``revoke(_:)``), since they are asked for to be ended.
    package func tokens(of principal: PrincipalID, in tenant: TenantID) throws -> [TokenRecord] {
        try select(
            where: "NOT INDEXED WHERE principal = ? AND tenant = ?",
            [.blob(principal.bytes), .blob(tenant.bytes)])
    }
}
