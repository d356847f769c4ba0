package import VaultModel

/// The proof that a principal may do one thing to one object; it is spent by doing it.
package struct Grant: ~Copyable, Sendable {
    /// Who may.
    package let principal: Principal
    /// What they may do.
    package let permissions: [Permission]
    /// To what.
    package let object: AccessObject
    /// The request that it was asked for.
    package let request: RequestID

    fileprivate init(
        _ principal: Principal, _ permissions: [Permission], _ object: AccessObject,
        _ request: RequestID
    ) {
        self.principal = principal
        self.permissions = permissions
        self.object = object
        self.request = request
    }
}

/// Decides who may do what; nothing else makes a ``Grant``.
package enum AccessControl {
    /// A grant for all of `permissions` on `object` and each of `others`, or `nil`: what is not
    /// allowed is denied.
    package static func decide(
        _ principal: Principal, _ permissions: [Permission], on object: AccessObject,
        and others: [AccessObject] = [], request: RequestID
    ) -> Grant? {
        guard !permissions.isEmpty,
            permissions.allSatisfy({ permission in
                ([object] + others).allSatisfy { allows(principal, permission, on: $0) }
            })
        else { return nil }
        return Grant(principal, permissions, object, request)
    }

    /// Whether a principal may do one thing to one object: by its own authority, and within what
    /// whoever it acts for may do.
    package static func allows(
        _ principal: Principal, _ permission: Permission, on object: AccessObject
    ) -> Bool {
        allows(principal.authority, permission, object)
            && (principal.limit?.allows(permission, on: object) ?? true)
    }

    private static func allows(
        _ authority: Principal.Authority, _ permission: Permission, _ object: AccessObject
    ) -> Bool {
        switch authority {
        case .localOperator: true
        case .token(let token): token.allows(permission, on: object)
        case .roles(let roles): roles.allows(permission, on: object)
        }
    }

    // MARK: Giving on

    /// Whether a principal may make a token of a scope: it is no wider than what it may do itself.
    package static func covers(_ principal: Principal, _ scope: TokenScope) -> Bool {
        switch principal.authority {
        case .localOperator: true
        case .token: false
        case .roles(let roles): roles.covers(scope)
        }
    }

    /// Whether a principal may do all that a binding would give, for as long as it would.
    package static func covers(_ principal: Principal, _ binding: RoleAuthority.Binding) -> Bool {
        switch principal.authority {
        case .localOperator: return true
        case .token:
            // A scope that is narrowed does not give on; one that is not covers any object.
            return binding.permissions.allSatisfy { allows(principal, $0, on: .vault) }
                && (principal.limit?.covers(binding) ?? true)
        case .roles(let roles): return roles.covers(binding)
        }
    }

    /// Whether a principal may do all that another's roles come to.
    package static func covers(_ principal: Principal, _ other: RoleAuthority) -> Bool {
        other.bindings.allSatisfy { covers(principal, $0) }
    }
}
