package import VaultModel

/// Who asks, before it is known whether they are who they say.
package enum Caller: Sendable {
    /// A process of the machine's user who owns the vault, known by the kernel's word.
    case local(user: UInt32)
    /// Whoever holds a token.
    case token(SecretParcel)
}

/// Who asks, known.
package struct Principal: Sendable, Hashable {
    /// What decides the principal's permissions.
    package enum Authority: Sendable, Hashable {
        /// Whoever can read the root key may do everything in the default tenant.
        case localOperator
        /// A token may do what its scopes say.
        case token([TokenScope])
    }

    /// How the audit log names them: `operator:UID` or `token:ACCESSOR`.
    package let name: String
    /// Whose vault they act in.
    package let tenant: TenantID
    /// What they may do.
    package let authority: Authority

    /// A principal whose identity is proven.
    package init(name: String, tenant: TenantID, authority: Authority) {
        self.name = name
        self.tenant = tenant
        self.authority = authority
    }
}
