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
    /// A grant for all of `permissions` on `object`, or `nil`: what is not allowed is denied.
    package static func decide(
        _ principal: Principal, _ permissions: [Permission], on object: AccessObject,
        request: RequestID
    ) -> Grant? {
        guard !permissions.isEmpty,
            permissions.allSatisfy({ allows(principal.authority, $0, object) })
        else { return nil }
        return Grant(principal, permissions, object, request)
    }

    private static func allows(
        _ authority: Principal.Authority, _ permission: Permission, _ object: AccessObject
    ) -> Bool {
        switch authority {
        case .localOperator: true
        case .token(let scopes): scopes.contains { $0.covers(permission, on: object) }
        }
    }
}
