package import Access
package import VaultModel
internal import VaultStore

/// What may be told of a role.
package struct RoleSummary: Sendable, Codable {
    /// The role's name.
    package var name: String
    /// What it is for.
    package var description: String
    /// Whether every vault has it.
    package var builtIn: Bool
    /// What it allows, in the order of the table.
    package var permissions: [Permission]
    /// The only environments that it ever reaches; empty for all.
    package var environments: [DeploymentEnvironment]
    /// Whether a binding of it must end, and give a reason.
    package var timeBoxed: Bool
    /// Who has it; `nil` in lists.
    package var bindings: [BindingSummary]?

    init(_ role: Role, builtIn: Bool, bindings: [BindingSummary]? = nil) {
        name = role.name
        description = role.summary
        self.builtIn = builtIn
        permissions = Permission.allCases.filter(role.permissions.contains)
        environments =
            role.environments.map { environments in
                DeploymentEnvironment.allCases.filter(environments.contains)
            } ?? []
        timeBoxed = role.isTimeBoxed
        self.bindings = bindings
    }
}

/// `vault role list`.
package struct ListRoles: OperationRequest {
    package typealias Response = [RoleSummary]
    package static let operation = OperationName.roleList

    /// Asks for the roles of every vault and those of the tenant.
    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[RoleSummary]> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                RoleTable.all.map { RoleSummary($0, builtIn: true) }
                    + (try transaction.roles(in: tenant).map {
                        RoleSummary(Role($0), builtIn: false)
                    })
            })
    }
}

/// `vault role show ROLE`.
package struct ShowRole: OperationRequest {
    package typealias Response = RoleSummary
    package static let operation = OperationName.roleShow

    /// The role's name.
    package var name: ResourceName

    /// Asks for one role with its bindings.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "role/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<RoleSummary> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                guard let role = try transaction.role(named: name.text, in: tenant) else {
                    throw VaultError.notFound("role", name.text)
                }
                return RoleSummary(
                    role, builtIn: RoleTable.role(named: name.text) != nil,
                    bindings: try transaction.bindingSummaries(in: tenant) {
                        $0.content.role.lowercased() == name.folded
                    })
            })
    }
}

/// `vault role create NAME --permission P…`: a role of the tenant's own.
///
/// It can hold nothing that its maker lacks, and nothing that no role may hold.
package struct CreateRole: OperationRequest {
    package typealias Response = RoleSummary
    package static let operation = OperationName.roleCreate

    /// The role's name.
    package var name: ResourceName
    /// What it allows; at least one permission.
    package var permissions: [Permission]
    /// What it is for.
    package var description: String

    /// Asks for a role.
    package init(name: ResourceName, permissions: [Permission], description: String = "") {
        self.name = name
        self.permissions = permissions
        self.description = description
    }

    package var auditObject: String { "role/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<RoleSummary> {
        let wanted = Set(permissions)
        guard !wanted.isEmpty else {
            throw VaultError.invalid("a role allows something", "give --permission at least once")
        }
        guard description.utf8.count <= VaultLimits.descriptionBytes else {
            throw VaultError.invalid(
                "the description is too long",
                "give at most \(VaultLimits.descriptionBytes) bytes")
        }
        if let never = permissions.first(where: Permission.neverGrantable.contains) {
            throw VaultError.escalation(
                "no role of a tenant may hold \(never.rawValue)", "leave it out")
        }
        let principal = context.principal
        for permission in permissions {
            // A role lasts, and gives nothing until it is bound, which has an end of its own.
            let alone = RoleAuthority([RoleAuthority.Binding(Role(name.text, "", [permission]))])
            guard AccessControl.covers(principal, alone.forAMoment) else {
                throw VaultError.escalation(
                    "you do not hold \(permission.rawValue) yourself, so no role of yours can",
                    "leave it out, or ask the local operator")
            }
        }
        guard RoleTable.role(named: name.text) == nil else {
            throw VaultError(
                .conflict, "exists", "every vault has the role '\(name.folded)'",
                "choose another name")
        }
        let tenant = context.tenant
        let sorted = Permission.allCases.filter(wanted.contains)
        let detail = ["permissions": sorted.map(\.rawValue).joined(separator: " ")]
        return OperationReply(
            try await context.commit(detail: detail) { transaction in
                guard try transaction.roles(in: tenant).count < AccessLimits.roles else {
                    throw VaultError(
                        .conflict, "too-many", "a tenant has at most \(AccessLimits.roles) roles",
                        "delete one with vault role delete")
                }
                let record = RoleRecord(
                    tenant: tenant, name: name,
                    nameIndex: try transaction.nameIndex(name, "role.name", in: tenant),
                    description: description, permissions: sorted)
                try transaction.insert(record)
                return RoleSummary(Role(record), builtIn: false)
            })
    }
}

/// `vault role delete NAME`: a role of the tenant's own that nobody has.
package struct DeleteRole: OperationRequest {
    package typealias Response = RoleSummary
    package static let operation = OperationName.roleDelete

    /// The role's name.
    package var name: ResourceName

    /// Asks to delete a role.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "role/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<RoleSummary> {
        let tenant = context.tenant
        guard RoleTable.role(named: name.text) == nil else {
            throw VaultError(
                .conflict, "built-in", "every vault has the role '\(name.folded)'",
                "unbind it from whoever should not have it")
        }
        return OperationReply(
            try await context.commit { transaction in
                guard let record = try transaction.role(named: name, in: tenant) else {
                    throw VaultError.notFound("role", name.text)
                }
                let users = try transaction.bindingSummaries(in: tenant) {
                    $0.content.role.lowercased() == name.folded
                }
                guard users.isEmpty else {
                    throw VaultError(
                        .conflict, "in-use",
                        "'\(name)' is bound to \(users.map(\.principal).joined(separator: ", "))",
                        "unbind it first with vault role unbind")
                }
                try transaction.delete(record)
                return RoleSummary(Role(record), builtIn: false)
            })
    }
}
