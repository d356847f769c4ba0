package import Access
internal import VaultModel
package import VaultStore

/// `vault audit list`.
package struct ListAudit: OperationRequest {
    package typealias Response = [AuditEntry]
    package static let operation = OperationName.auditList

    /// Which entries.
    package var filter: AuditFilter

    /// Asks for the entries that `filter` accepts.
    package init(filter: AuditFilter) { self.filter = filter }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[AuditEntry]> {
        let tenant = context.tenant
        guard (1...VaultLimits.listRows).contains(filter.limit) else {
            throw VaultError.invalid(
                "the limit is out of range", "give 1 to \(VaultLimits.listRows)")
        }
        return OperationReply(
            try await context.commit { try $0.auditEntries(filter, in: tenant) })
    }
}

/// `vault audit verify`.
package struct VerifyAudit: OperationRequest {
    package typealias Response = AuditVerdict
    package static let operation = OperationName.auditVerify

    /// Also reads every row of every table.
    package var deep: Bool

    /// Asks for a walk over the chain.
    package init(deep: Bool) { self.deep = deep }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<AuditVerdict> {
        if deep { try await context.vault.store.checkEverything() }
        return OperationReply(try await context.commit { try $0.verifyAudit() })
    }
}
