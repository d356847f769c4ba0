internal import VaultModel

/// The roles that every vault has, in one table (`docs/permissions.md`).
package enum RoleTable {
    /// All of a tenant but its exit doors: values, exports and the tenant's end.
    private static let administration: Set<Permission> = Set(
        Permission.allCases.filter { $0.holders.contains(.tenantRole) }
    ).subtracting([.secretReveal, .tenantExport])

    /// The roles, the widest first.
    package static let all: [Role] = [
        Role("owner", "administers the tenant", administration),
        Role(
            "operator", "keeps connections and secrets working; sends nothing, reveals nothing",
            [
                .connectionRead, .connectionAccount, .connectionTest, .connectionDebug,
                .connectionEnable, .connectionDisable, .secretStat, .secretWrite, .secretRotate,
                .secretPromote,
                .secretRollback,
            ]),
        Role(
            "developer", "makes and uses connections outside production, and the sandbox",
            [
                .connectionRead, .connectionAccount, .connectionCreate, .connectionWrite,
                .connectionTest, .connectionDebug, .connectionEnable, .connectionDisable,
                .connectionDelete, .send,
                .sandboxSend, .sandboxRead, .sandboxWrite,
            ], environments: [.development, .test]),
        Role("sender", "sends through connections", [.connectionRead, .send]),
        Role(
            "approver", "reviews what others want to change",
            [.connectionRead, .connectionAccount, .secretStat, .roleRead]),
        Role(
            "auditor", "reads and proves the audit log, and who may do what",
            [
                .auditRead, .auditVerify, .auditExport, .secretStat, .connectionRead,
                .connectionAccount, .tokenList, .roleRead,
            ]),
        Role(
            "viewer", "sees connections and secrets' facts",
            [.connectionRead, .connectionAccount, .secretStat]),
        Role(
            "break-glass", "everything in the tenant for a while, with a reason",
            administration.union([.secretReveal, .tenantExport]), isTimeBoxed: true),
        Role(
            "platform-admin", "runs the vault; sees no secret, sends nothing",
            Set(Permission.allCases.filter { $0.holders.contains(.platformAdmin) })),
    ]

    /// The role of a name, whatever its case.
    package static func role(named name: String) -> Role? {
        let folded = name.lowercased()
        return all.first { $0.name == folded }
    }

    /// The role that a tenant cannot do without.
    package static let owner = "owner"
    /// The role that is for a while and noted with everything that is done under it.
    package static let breakGlass = "break-glass"
}
