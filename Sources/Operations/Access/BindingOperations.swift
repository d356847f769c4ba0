package import Access
package import VaultModel
internal import VaultStore

/// What may be told of a binding.
package struct BindingSummary: Sendable, Codable {
    /// The binding's identity.
    package var id: RoleBindingID
    /// The role.
    package var role: String
    /// Who has it.
    package var principal: String
    /// The only environments that it reaches; empty for all that the role does.
    package var environments: [DeploymentEnvironment]
    /// Globs of the only connections that it reaches; empty for all.
    package var connections: [String]
    /// Why it was given.
    package var reason: String
    /// Who gave it.
    package var issuer: String
    /// When.
    package var created: Timestamp
    /// When it ends; `nil` for never.
    package var expiresAt: Timestamp?
    /// Whether it counts: it did not end.
    package var active: Bool

    init(_ record: RoleBindingRecord, principal: String) {
        id = record.id
        role = record.content.role
        self.principal = principal
        environments = record.content.environments
        connections = record.content.connections
        reason = record.content.reason
        issuer = record.content.issuer
        created = record.content.created
        expiresAt = record.expires
        active = record.expires.map { Timestamp.now < $0 } ?? true
    }
}

extension StoreTransaction {
    /// A tenant's bindings that `condition` picks, the oldest first.
    func bindingSummaries(
        in tenant: TenantID, where condition: (RoleBindingRecord) -> Bool
    ) throws -> [BindingSummary] {
        try bindings(in: tenant).filter(condition).map { record in
            let principal = try find(PrincipalRecord.self, record.principal, in: tenant)
            return BindingSummary(record, principal: principal?.content.name.text ?? "")
        }
    }
}

/// `vault role bindings [--principal P]`.
package struct ListBindings: OperationRequest {
    package typealias Response = [BindingSummary]
    package static let operation = OperationName.roleBindings

    /// Only those of this principal; `nil` for all.
    package var principal: ResourceName?

    /// Asks for a tenant's bindings.
    package init(principal: ResourceName? = nil) { self.principal = principal }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[BindingSummary]> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                let only = try principal.map {
                    try transaction.requirePrincipal($0, in: tenant).id
                }
                return try transaction.bindingSummaries(in: tenant) {
                    only == nil || $0.principal == only
                }
            })
    }
}

/// `vault role bind ROLE --principal P [--environment E]… [--connection GLOB]… [--expires D]
/// [--reason TEXT]`.
///
/// Nobody gives what they do not have, nor for longer than they have it.
package struct BindRole: OperationRequest {
    package typealias Response = BindingSummary
    package static let operation = OperationName.roleBind

    /// The role.
    package var role: ResourceName
    /// Who is to have it.
    package var principal: ResourceName
    /// The only environments that it is to reach; empty for all.
    package var environments: [DeploymentEnvironment]
    /// Globs of the only connections that it is to reach; empty for all.
    package var connections: [String]
    /// How long it lasts, in seconds; `nil` for ever.
    package var seconds: Int64?
    /// Why.
    package var reason: String

    /// Asks for a binding.
    package init(
        role: ResourceName, principal: ResourceName, environments: [DeploymentEnvironment] = [],
        connections: [String] = [], seconds: Int64? = nil, reason: String = ""
    ) {
        self.role = role
        self.principal = principal
        self.environments = environments
        self.connections = connections
        self.seconds = seconds
        self.reason = reason
    }

    package var auditObject: String { "principal/\(principal)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<BindingSummary> {
        try context.requireNoToken()
        try checkBounds()
        let tenant = context.tenant
        let asker = context.principal
        let environments = DeploymentEnvironment.allCases.filter(self.environments.contains)
        let content = RoleBindingRecord.Content(
            role: role.folded, environments: environments, connections: connections,
            reason: reason, issuer: asker.name)
        return OperationReply(
            try await context.commit(detail: detail(environments)) { transaction in
                guard let role = try transaction.role(named: self.role.text, in: tenant) else {
                    throw VaultError.notFound("role", self.role.text)
                }
                try check(role)
                let expires = seconds.map { Timestamp.now.adding(seconds: $0) }
                let binding = RoleAuthority.Binding(
                    role, environments: Set(environments), connections: connections,
                    expires: expires)
                guard AccessControl.covers(asker, binding) else {
                    throw VaultError.escalation(
                        "\(role.name) would allow more than you may do yourself, or for longer",
                        "narrow it, let it end when your own roles do, or ask the local operator")
                }
                let principal = try transaction.requirePrincipal(self.principal, in: tenant)
                let others = try transaction.bindings(of: principal.id, in: tenant)
                try check(role, beside: others, transaction, tenant)
                let record = RoleBindingRecord(
                    tenant: tenant, principal: principal.id, expires: expires, content: content)
                try transaction.insert(record)
                // A part of the role makes nobody an owner, and the tenant may still be claimed.
                if role.name == RoleTable.owner, !binding.isNarrowed {
                    try transaction.endClaims(on: tenant)
                }
                return BindingSummary(record, principal: principal.content.name.text)
            })
    }

    private func detail(_ environments: [DeploymentEnvironment]) -> [String: String] {
        var detail = ["role": role.folded]
        if !environments.isEmpty {
            detail["environments"] = environments.map(\.rawValue).joined(separator: " ")
        }
        if !connections.isEmpty { detail["connections"] = connections.joined(separator: " ") }
        if let seconds { detail["seconds"] = "\(seconds)" }
        if !reason.isEmpty { detail["reason"] = reason }
        return detail
    }

    private func checkBounds() throws(VaultError) {
        guard connections.count <= AccessLimits.bindingGlobs,
            connections.allSatisfy(Glob.isPattern)
        else {
            throw VaultError.invalid(
                "the connections are no patterns of names",
                "give at most \(AccessLimits.bindingGlobs), each of a name's characters, * and ?")
        }
        guard (1...AccessLimits.bindingSeconds).contains(seconds ?? 1) else {
            throw VaultError.invalid(
                "a binding lasts a second to ten years", "give --expires 3650d or less")
        }
        guard reason.utf8.count <= VaultLimits.reasonBytes else {
            throw VaultError.invalid(
                "the reason is too long", "give at most \(VaultLimits.reasonBytes) bytes")
        }
    }

    /// Checks what the role asks of its bindings.
    private func check(_ role: Role) throws(VaultError) {
        if role.isTimeBoxed {
            guard let seconds, seconds <= AccessLimits.timeBoxSeconds else {
                throw VaultError.invalid(
                    "\(role.name) is for a while: at most a day", "give --expires 4h, say")
            }
            guard !reason.allSatisfy(\.isWhitespace) else {
                throw VaultError.invalid("\(role.name) takes a reason", "give --reason TEXT")
            }
        }
        if role.isAcrossTenants {
            guard environments.isEmpty, connections.isEmpty else {
                throw VaultError.invalid(
                    "\(role.name) has nothing to do with environments and connections",
                    "bind it without them")
            }
        }
        if !environments.isEmpty, let own = role.environments,
            own.isDisjoint(with: environments)
        {
            throw VaultError.invalid(
                "\(role.name) never reaches those environments", "name others, or another role")
        }
    }

    /// Checks that a role across tenants stays the only one: who runs the vault sees no secret and
    /// sends nothing.
    private func check(
        _ role: Role, beside others: [RoleBindingRecord], _ transaction: StoreTransaction,
        _ tenant: TenantID
    ) throws {
        guard others.count < AccessLimits.bindings else {
            throw VaultError(
                .conflict, "too-many",
                "a principal has at most \(AccessLimits.bindings) bindings",
                "take one away with vault role unbind")
        }
        for other in others {
            guard let known = try transaction.role(named: other.content.role, in: tenant),
                known.isAcrossTenants != role.isAcrossTenants
            else { continue }
            throw VaultError(
                .conflict, "incompatible-roles",
                "\(role.name) and \(known.name) are not for the same principal",
                "make another principal for it")
        }
    }
}

/// `vault role unbind ROLE --principal P`: takes every binding of a role from a principal.
package struct UnbindRole: OperationRequest {
    package typealias Response = [BindingSummary]
    package static let operation = OperationName.roleUnbind

    /// The role.
    package var role: ResourceName
    /// Who is to lose it.
    package var principal: ResourceName

    /// Asks to take a role away.
    package init(role: ResourceName, principal: ResourceName) {
        self.role = role
        self.principal = principal
    }

    package var auditObject: String { "principal/\(principal)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[BindingSummary]> {
        let tenant = context.tenant
        let asker = context.principal
        return OperationReply(
            try await context.commit(detail: ["role": role.folded]) { transaction in
                let principal = try transaction.requirePrincipal(self.principal, in: tenant)
                // From the table itself: one that an index hides is taken away as well.
                let bindings = try transaction.bindings(in: tenant)
                    .filter { $0.principal == principal.id && $0.content.role == role.folded }
                guard !bindings.isEmpty else {
                    throw VaultError.notFound(
                        "binding", "\(role.folded) of \(principal.content.name)")
                }
                try transaction.requireMayTake(from: principal, by: asker)
                if role.folded == RoleTable.owner {
                    try transaction.requireAnotherOwner(than: principal, for: asker)
                }
                for binding in bindings { try transaction.delete(binding) }
                return bindings.map {
                    BindingSummary($0, principal: principal.content.name.text)
                }
            })
    }
}
