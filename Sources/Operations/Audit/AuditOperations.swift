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
        guard (1...VaultLimits.listRows).contains(filter.limit) else {
            throw VaultError.invalid(
                "the limit is out of range", "give 1 to \(VaultLimits.listRows)")
        }
        let scopes = context.auditScopes
        return OperationReply(
            try await context.commit { transaction in
                try scopes.flatMap { try transaction.auditEntries(filter, in: $0) }
                    .sorted { $0.sequence < $1.sequence }.suffix(filter.limit)
            })
    }
}

extension OperationContext {
    /// Whose entries they see: their tenant's, and what concerns no tenant if they look after the vault.
    fileprivate var auditScopes: Set<TenantID> {
        principal.overseesVault ? [tenant, .system] : [tenant]
    }
}

/// A part of `vault audit export`.
package struct ExportedEntries: Sendable, Codable {
    /// The entries, oldest first.
    package var entries: [AuditEntry]
    /// The number of the last entry that belongs to the export.
    package var through: Int64
    /// Behind which entry the next part begins; `nil` when this is the last.
    package var next: Int64?
}

/// `vault audit export`, a part at a time: entries that come meanwhile are left out.
package struct ExportAudit: OperationRequest {
    package typealias Response = ExportedEntries
    package static let operation = OperationName.auditExport

    /// Which entries; its limit is that of a part, for the tenant and for the vault.
    package var filter: AuditFilter
    /// Behind which entry to begin.
    package var after: Int64
    /// The last entry, as the first part's answer named it.
    package var through: Int64?

    /// Asks for the part behind entry `after`.
    package init(filter: AuditFilter, after: Int64 = 0, through: Int64? = nil) {
        self.filter = filter
        self.after = after
        self.through = through
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ExportedEntries> {
        guard (1...AuditLimits.exportEntries).contains(filter.limit) else {
            throw VaultError.invalid(
                "the limit is out of range", "give 1 to \(AuditLimits.exportEntries)")
        }
        let (filter, after, through, scopes) = (filter, after, through, context.auditScopes)
        return OperationReply(
            try await context.commit(detail: ["after": "\(after)"]) { transaction in
                let last = min(through ?? .max, transaction.lastAuditSequence)
                let parts = try scopes.map {
                    try transaction.auditEntries(filter, in: $0, after: after, through: last)
                }
                // As far as all of them reach.
                let next = parts.compactMap(\.next).min()
                let entries = parts.flatMap(\.entries).filter { $0.sequence <= next ?? last }
                return ExportedEntries(
                    entries: entries.sorted { $0.sequence < $1.sequence }, through: last,
                    next: next)
            })
    }
}
