internal import Access
internal import VaultModel
internal import VaultStore

// What the roles of a principal come to, as they are at the moment.
extension StoreTransaction {
    /// The principal that a token stands for; `nil` when whoever it was made by or for is disabled
    /// or gone.
    func principal(of token: TokenRecord) throws -> Principal? {
        var maker: (record: PrincipalRecord, roles: RoleAuthority)?
        if let id = token.principal {
            guard let record = try find(PrincipalRecord.self, id, in: token.tenant),
                record.state == .active
            else { return nil }
            maker = (record, try authority(of: record))
        }
        if token.kind == .session {
            guard let maker else { return nil }
            return Principal(
                id: maker.record.id, name: maker.record.auditName, tenant: token.tenant,
                authority: .roles(maker.roles), token: token.id)
        }
        return Principal(
            id: token.principal, name: "token:\(token.accessor)", tenant: token.tenant,
            authority: .token(
                TokenAuthority(
                    id: token.id, accessor: token.accessor, scopes: token.content.scopes,
                    conditions: token.content.conditions, ancestors: token.content.ancestors)),
            token: token.id, limit: maker?.roles)
    }

    /// What the bindings of a principal come to; those that ended give nothing.
    func authority(of principal: PrincipalRecord) throws -> RoleAuthority {
        let now = Timestamp.now
        let counting = try bindings(of: principal.id, in: principal.tenant)
            .filter { $0.expires.map { now < $0 } ?? true }
        return RoleAuthority(
            try counting.compactMap { binding in
                try role(named: binding.content.role, in: principal.tenant).map {
                    RoleAuthority.Binding(
                        $0, environments: Set(binding.content.environments),
                        connections: binding.content.connections, expires: binding.expires)
                }
            })
    }

    /// A role of every vault, or one that the tenant made.
    func role(named name: String, in tenant: TenantID) throws -> Role? {
        if let role = RoleTable.role(named: name) { return role }
        guard let name = try? ResourceName(name),
            let record = try role(named: name, in: tenant)
        else { return nil }
        return Role(record)
    }

    /// The principal of a name, which must be there.
    func requirePrincipal(_ name: ResourceName, in tenant: TenantID) throws -> PrincipalRecord {
        guard let record = try principal(named: name, in: tenant) else {
            throw VaultError.notFound("principal", name.text)
        }
        return record
    }

    /// Checks that a principal may manage another: nobody manages who may do more than themselves, or
    /// for longer, since a new password or token of theirs would be a way to it.
    func requireCover(of other: PrincipalRecord, by principal: Principal) throws {
        try require(principal, toCover: try authority(of: other), of: other)
    }

    private func require(
        _ principal: Principal, toCover roles: RoleAuthority, of other: PrincipalRecord
    ) throws {
        guard AccessControl.covers(principal, roles) else {
            throw VaultError.escalation(
                "'\(other.content.name)' may do more than you may, or for longer",
                "ask somebody with at least its roles, or the local operator")
        }
    }

    /// Checks that a principal may take something from another: as ``requireCover(of:by:)``, but
    /// however long their roles last, and an owner may do it to all of the tenant, even to somebody
    /// who broke the glass.
    func requireMayTake(from other: PrincipalRecord, by principal: Principal) throws {
        let roles = try authority(of: other)
        let isAcross = roles.bindings.contains { binding in
            binding.permissions.contains { !$0.holders.contains(.tenantRole) }
        }
        if !isAcross, principal.limit == nil, case .roles(let own) = principal.authority,
            own.holds(role: RoleTable.owner)
        {
            return
        }
        try require(principal, toCover: roles.forAMoment, of: other)
    }

    /// Who owns a tenant, disabled or not.
    func owners(of tenant: TenantID) throws -> [PrincipalRecord] {
        try principals(in: tenant).filter { try authority(of: $0).holds(role: RoleTable.owner) }
    }

    /// Checks that a tenant keeps somebody who owns it once `principal` has lost what it loses.
    ///
    /// The local operator may take the last owner's role away, nobody else.
    func requireAnotherOwner(than principal: PrincipalRecord, for asker: Principal) throws {
        if case .localOperator = asker.authority { return }
        guard try authority(of: principal).holds(role: RoleTable.owner) else { return }
        let owners = try owners(of: principal.tenant)
        guard !owners.contains(where: { $0.id != principal.id && $0.state == .active }) else {
            return
        }
        throw VaultError(
            .conflict, "last-owner", "'\(principal.content.name)' is the tenant's last owner",
            "make somebody else an owner first; the local operator can do it without")
    }
}

extension PrincipalRecord {
    /// How the audit log names it.
    var auditName: String { "\(kind.rawValue):\(content.name)" }
}

extension Role {
    /// A role that a tenant made.
    init(_ record: RoleRecord) {
        self.init(
            record.content.name.text, record.content.description, Set(record.content.permissions))
    }
}

extension OperationContext {
    /// Checks that no token asks.
    ///
    /// What it gave to somebody would outlast its conditions, its end and its revocation. Narrowing
    /// itself is all that it gives on.
    func requireNoToken() throws(VaultError) {
        guard case .token = principal.authority else { return }
        throw VaultError(
            .denied, "scope-denied",
            "\(operation.rawValue) is not for tokens, since what it gives would outlast them",
            "log in with vault login, or ask the local operator")
    }
}

extension VaultError {
    /// The principal would give or gain more than it has.
    static func escalation(_ cause: String, _ remedy: String) -> VaultError {
        VaultError(.denied, "escalation", cause, remedy)
    }
}
