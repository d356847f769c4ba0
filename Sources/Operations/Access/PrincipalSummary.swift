private import Access
package import VaultModel
internal import VaultStore

/// What may be told of a principal: neither password nor code.
package struct PrincipalSummary: Sendable, Codable {
    /// The principal's name.
    package var name: ResourceName
    /// A person or a service.
    package var kind: PrincipalKind
    /// `active` or `disabled`.
    package var state: String
    /// What people are told of it.
    package var description: String
    /// The roles that count now.
    package var roles: [String]
    /// Whether it can log in with a password.
    package var hasPassword: Bool
    /// Whether logging in takes a code as well.
    package var hasCode: Bool
    /// When it was made.
    package var created: Timestamp
    /// When it last logged in.
    package var lastLogin: Timestamp?
    /// What gives it its roles; `nil` in lists.
    package var bindings: [BindingSummary]?
}

extension StoreTransaction {
    /// What may be told of a principal.
    func summary(
        of principal: PrincipalRecord, withBindings: Bool = false
    ) throws -> PrincipalSummary {
        let roles = try authority(of: principal).bindings.map(\.role)
        return PrincipalSummary(
            name: principal.content.name, kind: principal.kind, state: principal.state.rawValue,
            description: principal.content.description,
            roles: Set(roles).sorted(), hasPassword: principal.content.password != nil,
            hasCode: principal.content.hasCode, created: principal.content.created,
            lastLogin: principal.content.lastLogin,
            bindings: withBindings
                ? try bindingSummaries(in: principal.tenant) { $0.principal == principal.id } : nil)
    }
}
