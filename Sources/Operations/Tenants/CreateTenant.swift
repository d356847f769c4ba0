package import Access
private import Sealing
package import VaultModel
internal import VaultStore

extension OperationContext {
    /// Refuses whoever does not look after the vault as a whole.
    func requireOversight() throws(VaultError) {
        guard principal.overseesVault else {
            throw VaultError(
                .denied, "vault-wide", "\(operation.rawValue) concerns the vault, not one tenant",
                "leave --tenant and SIGNET_TENANT out, and act as the local operator or a "
                    + "platform-admin")
        }
    }
}

/// `vault tenant create NAME`: a tenant with a key of its own.
package struct CreateTenant: OperationRequest {
    package typealias Response = TenantSummary
    package static let operation = OperationName.tenantCreate

    /// The new tenant's name.
    package var name: ResourceName

    /// Asks for a tenant.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "tenant/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TenantSummary> {
        try context.requireOversight()
        let vault = context.vault
        let keys = vault.store.keys
        let id = TenantID()
        // Nobody knows the identity yet, so nothing is sealed under the key before it is stored.
        let wrapped = try keys.makeScopeKey(for: id, generation: 1)
        do {
            let made = try await context.commit(detail: ["tenant": "\(id)"]) { transaction in
                guard try transaction.tenants().count < VaultLimits.tenants else {
                    throw VaultError(
                        .conflict, "too-many-tenants",
                        "there are \(VaultLimits.tenants) tenants already", "shred one of them")
                }
                try transaction.insertScopeKey(wrapped, of: id)
                let record = TenantRecord(
                    id: id, name: name,
                    nameIndex: try transaction.nameIndex(name, "tenant.name", in: .system))
                try transaction.insert(record)
                return (record, TenantSummary(record, in: transaction))
            }
            vault.tenants.put(made.0)
            return OperationReply(made.1)
        } catch {
            keys.forget(id)
            throw error
        }
    }
}
