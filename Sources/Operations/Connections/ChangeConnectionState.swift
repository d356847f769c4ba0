package import Access
package import VaultModel
internal import VaultStore

/// `vault connection enable NAME[@ENV]`.
package struct EnableConnection: OperationRequest {
    package typealias Response = ConnectionSummary
    package static let operation = OperationName.connectionEnable

    /// Which connection.
    package var reference: ConnectionReference

    /// Asks to enable `reference`.
    package init(reference: ConnectionReference) { self.reference = reference }

    package var object: AccessObject { AccessObject(reference) }
    package var auditObject: String { "connection/\(reference)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionSummary> {
        try await context.setEnabled(true, reference)
    }
}

/// `vault connection disable NAME[@ENV]`: it keeps its settings and every use is refused.
package struct DisableConnection: OperationRequest {
    package typealias Response = ConnectionSummary
    package static let operation = OperationName.connectionDisable

    /// Which connection.
    package var reference: ConnectionReference

    /// Asks to disable `reference`.
    package init(reference: ConnectionReference) { self.reference = reference }

    package var object: AccessObject { AccessObject(reference) }
    package var auditObject: String { "connection/\(reference)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionSummary> {
        try await context.setEnabled(false, reference)
    }
}

extension OperationContext {
    fileprivate func setEnabled(
        _ enabled: Bool, _ reference: ConnectionReference
    ) async throws -> OperationReply<ConnectionSummary> {
        let tenant = tenant
        let change = try change(enabled ? "enable" : "disable")
        return OperationReply(
            try await commit { transaction in
                var record = try transaction.requireConnection(reference, in: tenant)
                if record.enabled != enabled {
                    record.enabled = enabled
                    record = try transaction.save(record, change)
                }
                return try transaction.summary(of: record)
            })
    }
}
