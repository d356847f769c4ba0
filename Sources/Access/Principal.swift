package import VaultModel

/// Who asks, before it is known whether they are who they say.
package enum Caller: Sendable {
    /// A process of the machine's user who owns the vault, known by the kernel's word, and the name
    /// of the tenant that it wants to act in; `nil` for the vault as a whole and its tenant `default`.
    case local(user: UInt32, tenant: String? = nil)
    /// Whoever holds a token.
    case token(SecretParcel, from: RequestSource)
}

/// Who asks, known.
package struct Principal: Sendable, Hashable {
    /// What decides the principal's permissions.
    package enum Authority: Sendable, Hashable {
        /// Whoever can read the root key may do everything, in every tenant.
        case localOperator
        /// A token may do what its scopes and conditions say.
        case token(TokenAuthority)
        /// A person or service may do what its roles come to at the moment.
        case roles(RoleAuthority)
    }

    /// The person or service that asks, or for whom the token was made; `nil` for the operator and
    /// the operator's tokens.
    package let id: PrincipalID?
    /// How the audit log names them: `operator:UID`, `token:ACCESSOR`, `person:NAME` or
    /// `service:NAME`.
    package let name: String
    /// Whose vault they act in.
    package let tenant: TenantID
    /// What they may do.
    package let authority: Authority
    /// Whether they asked for that tenant alone: the local operator who names it.
    package let isConfined: Bool
    /// The token that they act with; `nil` for the local operator.
    package let token: TokenID?
    /// What they may do at most, besides: the roles of whoever made their token, as they are now.
    package let limit: RoleAuthority?

    /// A principal whose identity is proven.
    package init(
        id: PrincipalID? = nil, name: String, tenant: TenantID, authority: Authority,
        isConfined: Bool = false, token: TokenID? = nil, limit: RoleAuthority? = nil
    ) {
        self.id = id
        self.name = name
        self.tenant = tenant
        self.authority = authority
        self.isConfined = isConfined
        self.token = token
        self.limit = limit
    }

    /// Whether they look after the vault as a whole besides: whoever may make tenants, unless they
    /// asked for one alone.
    ///
    /// To everybody else the other tenants are not there.
    package var overseesVault: Bool {
        !isConfined && AccessControl.allows(self, .systemTenantCreate, on: .vault)
    }

    /// Whether they act with what the tenant has, all or a part of it, for a while.
    package var isBreakingGlass: Bool {
        let roles: RoleAuthority? =
            if case .roles(let own) = authority { own } else { limit }
        return roles?.holdsPart(ofRole: RoleTable.breakGlass) ?? false
    }
}
