internal import Access
internal import VaultModel
private import VaultStore

// The machine's user who owns the vault, in one of its tenants.
extension VaultService {
    /// The local operator in the tenant of a name, or in `default` without one.
    ///
    /// - Throws: exit 2 for what is no name, 3 without such a tenant, 5 while it is disabled, unless
    ///   the operation concerns the vault as a whole.
    func localOperator(
        _ user: UInt32, in name: String?, for operation: OperationName, _ request: RequestID
    ) async throws(VaultError) -> Principal {
        let actor = "operator:\(user)"
        func principal(in tenant: TenantID) -> Principal {
            Principal(
                name: actor, tenant: tenant, authority: .localOperator, isConfined: name != nil)
        }
        let wanted: ResourceName
        do {
            wanted = try ResourceName(name ?? TenantRecord.defaultName, field: "tenant")
        } catch {
            throw VaultError(wrapping: error)
        }
        guard let entry = tenants.entry(named: wanted) else {
            if name == nil, operation.concernsVault { return principal(in: .system) }
            try await recordRefusal(actor, operation, "unknown-tenant", request)
            throw .notFound("tenant", wanted.text)
        }
        guard entry.state == .active || operation.concernsVault else {
            try await recordRefusal(actor, operation, "tenant-disabled", request, in: entry.id)
            throw VaultError(
                .conflict, "tenant-disabled",
                entry.state == .shredding
                    ? "tenant '\(entry.name)' is being shredded"
                    : "tenant '\(entry.name)' is disabled",
                entry.state == .shredding
                    ? "run vault tenant shred \(entry.name) again to finish it"
                    : "run vault tenant enable \(entry.name)")
        }
        return principal(in: entry.id)
    }
}
