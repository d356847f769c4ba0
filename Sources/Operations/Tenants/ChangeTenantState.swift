package import Access
package import VaultModel
internal import VaultStore

/// `vault tenant disable NAME`: its tokens and sends are refused, and its data kept.
package struct DisableTenant: OperationRequest {
    package typealias Response = TenantSummary
    package static let operation = OperationName.tenantDisable

    /// The tenant.
    package var name: ResourceName

    /// Asks to disable a tenant.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "tenant/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TenantSummary> {
        OperationReply(try await context.setTenant(name, to: .disabled))
    }
}

/// `vault tenant enable NAME`.
package struct EnableTenant: OperationRequest {
    package typealias Response = TenantSummary
    package static let operation = OperationName.tenantEnable

    /// The tenant.
    package var name: ResourceName

    /// Asks to enable a tenant.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "tenant/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<TenantSummary> {
        OperationReply(try await context.setTenant(name, to: .active))
    }
}

extension OperationContext {
    /// Changes what a tenant's principals can do, from their next request on.
    fileprivate func setTenant(
        _ name: ResourceName, to state: TenantRecord.State
    ) async throws -> TenantSummary {
        let principal = principal
        let (record, summary) = try await commit { transaction in
            var record = try transaction.requireTenant(name, for: principal)
            guard record.state != .shredding else {
                throw VaultError(
                    .conflict, "tenant-disabled", "tenant '\(name)' is being shredded",
                    "run vault tenant shred \(name) again to finish it")
            }
            if record.state != state {
                record.state = state
                record = try transaction.update(record)
            }
            return (record, TenantSummary(record, in: transaction))
        }
        vault.tenants.put(record)
        return summary
    }
}
