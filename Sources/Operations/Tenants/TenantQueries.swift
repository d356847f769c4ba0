package import Access
package import VaultModel
internal import VaultStore

extension StoreTransaction {
    /// The tenant of a name, if `principal` may know of it: of others only whoever looks after the
    /// vault does.
    func requireTenant(_ name: ResourceName, for principal: Principal) throws -> TenantRecord {
        guard let record = try tenant(named: name),
            principal.overseesVault || record.id == principal.tenant
        else { throw VaultError.notFound("tenant", name.text) }
        return record
    }
}

/// `vault tenant list`: all of them for whoever looks after the vault, otherwise one's own.
package struct ListTenants: OperationRequest {
    package typealias Response = [TenantSummary]
    package static let operation = OperationName.tenantList

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[TenantSummary]> {
        let principal = context.principal
        return OperationReply(
            try await context.commit { transaction in
                try transaction.tenants()
                    .filter { principal.overseesVault || $0.id == principal.tenant }
                    .map { TenantSummary($0, in: transaction) }
            })
    }
}

/// What `vault tenant show` tells.
package struct TenantDetails: Sendable, Codable {
    /// The tenant.
    package var tenant: TenantSummary
    /// How many secrets it has.
    package var secrets: Int
    /// How many connections it has.
    package var connections: Int
    /// How many of its tokens can be used.
    package var tokens: Int
}

/// `vault tenant show NAME`.
package struct ShowTenant: OperationRequest {
    package typealias Response = TenantDetails
    package static let operation = OperationName.tenantShow

    /// The tenant.
    package var name: ResourceName

    /// Asks for one tenant.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "tenant/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TenantDetails> {
        let principal = context.principal
        return OperationReply(
            try await context.commit { transaction in
                let record = try transaction.requireTenant(name, for: principal)
                return TenantDetails(
                    tenant: TenantSummary(record, in: transaction),
                    secrets: try transaction.secrets(in: record.id).count,
                    connections: try transaction.connections(in: record.id).count,
                    tokens: try transaction.tokens(in: record.id)
                        .filter { TokenSummary($0).state == "active" }.count)
            })
    }
}
