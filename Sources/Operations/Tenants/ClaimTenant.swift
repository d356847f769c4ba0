package import Access
package import VaultModel
internal import VaultStore

/// `vault tenant claim NAME`: makes the first owner of a tenant that has none, with the password that
/// comes as the request's secret.
///
/// It is what the token of `vault init` is for, and others with the scope `tenant:claim`. They all end
/// with it, and when an owner is made in another way.
package struct ClaimTenant: OperationRequest {
    package typealias Response = PrincipalSummary
    package static let operation = OperationName.tenantClaim

    /// The owner's name.
    package var name: ResourceName
    /// What people are told of them.
    package var description: String

    /// Asks to become the owner.
    package init(name: ResourceName, description: String = "") {
        self.name = name
        self.description = description
    }

    package var auditObject: String { "principal/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<PrincipalSummary> {
        try PrincipalRecord.checkDescription(description)
        guard let password = try await context.hashedPassword() else {
            throw VaultError(wrapping: PasswordError.missing)
        }
        let tenant = context.tenant
        let issuer = context.principal.name
        return OperationReply(
            try await context.commit(detail: ["role": RoleTable.owner]) { transaction in
                guard try transaction.owners(of: tenant).isEmpty else {
                    throw VaultError(
                        .conflict, "claimed", "the tenant has an owner already",
                        "ask them for a role, or the local operator")
                }
                let owner = try transaction.addPrincipal(
                    name, .person, description, password, to: tenant)
                try transaction.insert(
                    RoleBindingRecord(
                        tenant: tenant, principal: owner.id, expires: nil,
                        content: RoleBindingRecord.Content(
                            role: RoleTable.owner, environments: [], connections: [], reason: "",
                            issuer: issuer)))
                try transaction.endClaims(on: tenant)
                return try transaction.summary(of: owner, withBindings: true)
            })
    }
}
