package import Access
private import Glibc

/// As whom requests are made.
package struct RequestIdentity: Sendable {
    /// The tenant that the local user acts in; `nil` for the vault as a whole and its tenant
    /// `default`.
    ///
    /// A token acts in its own.
    package var tenant: String?
    /// Gives the token of each request; `nil` acts as the local user.
    package var token: @Sendable () -> SecretParcel?

    /// The holder of a token, or the local user in a tenant.
    package init(tenant: String? = nil, token: @escaping @Sendable () -> SecretParcel? = { nil }) {
        self.tenant = tenant
        self.token = token
    }

    /// Who asks, in this process.
    var caller: Caller {
        token().map { .token($0, from: .local(user: geteuid())) }
            ?? .local(user: geteuid(), tenant: tenant)
    }
}
