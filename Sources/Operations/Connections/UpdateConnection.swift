package import Access
package import VaultModel
internal import VaultStore

/// `vault connection update NAME@ENV …`: changes named fields of a connection.
///
/// A change of where it points leaves its secret unopenable, unless the request retargets it.
package struct UpdateConnection: OperationRequest {
    package typealias Response = ConnectionSummary
    package static let operation = OperationName.connectionUpdate

    /// Which connection.
    package var reference: ConnectionReference
    /// `FIELD=VALUE` in the order they are applied.
    package var assignments: [String]
    /// Lets the secret be used for where the connection points afterwards.
    package var retarget: Bool
    /// Write only if the connection is at this version.
    package var ifVersion: Int64?

    /// Asks for changes of `reference`.
    package init(
        reference: ConnectionReference, assignments: [String], retarget: Bool,
        ifVersion: Int64? = nil
    ) {
        self.reference = reference
        self.assignments = assignments
        self.retarget = retarget
        self.ifVersion = ifVersion
    }

    package var auditObject: String { "connection/\(reference)" }

    private var setsSecret: Bool { assignments.contains { $0.hasPrefix("auth.secret_ref=") } }

    package var furtherPermissions: [Permission] {
        retarget || setsSecret ? [.connectionRetarget] : []
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionSummary> {
        let tenant = context.tenant
        let fields = assignments.map { String($0.prefix { $0 != "=" }) }.joined(separator: ",")
        let bind = retarget || setsSecret
        let summary = try await context.commit(
            detail: ["fields": fields, "retarget": "\(retarget)"]
        ) { transaction in
            var record = try transaction.requireConnection(reference, in: tenant)
            if let ifVersion, ifVersion != record.revision {
                throw VaultError(
                    .conflict, "stale-version",
                    "connection '\(reference)' is at version \(record.revision), not \(ifVersion)",
                    "look at it again, then retry")
            }
            for assignment in assignments {
                try ConnectionField.apply(assignment, to: &record.content.settings)
            }
            try transaction.check(record.content.settings, for: record.environment, in: tenant)
            record.secret = try transaction.referredSecret(record.content.settings, in: tenant)?.id
            record.content.updated = .now
            record = try transaction.update(record)
            if bind { try transaction.bindSecret(of: record) }
            return try transaction.summary(of: record)
        }
        return OperationReply(summary)
    }
}
