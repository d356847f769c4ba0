package import VaultModel

/// A named set of permissions that a binding gives to a principal.
package struct Role: Sendable, Hashable {
    /// The role's name.
    package let name: String
    /// What it is for.
    package let summary: String
    /// What it allows.
    package let permissions: Set<Permission>
    /// The only environments that it ever reaches; `nil` for all.
    package let environments: Set<DeploymentEnvironment>?
    /// Whether a binding of it must end, and give a reason.
    package let isTimeBoxed: Bool

    /// A role from its parts.
    package init(
        _ name: String, _ summary: String, _ permissions: Set<Permission>,
        environments: Set<DeploymentEnvironment>? = nil, isTimeBoxed: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.permissions = permissions
        self.environments = environments
        self.isTimeBoxed = isTimeBoxed
    }

    /// Whether it belongs to the vault and not to a tenant: nobody has such a role and another.
    package var isAcrossTenants: Bool {
        permissions.contains { !$0.holders.contains(.tenantRole) }
    }
}
