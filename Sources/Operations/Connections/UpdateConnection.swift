package import Access
private import ConnectionProperties
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
    /// Saves without deploying: sessions go on as before.
    package var asDraft: Bool?
    /// Why, for its history.
    package var reason: String?

    /// Asks for changes of `reference`.
    package init(
        reference: ConnectionReference, assignments: [String], retarget: Bool,
        ifVersion: Int64? = nil, asDraft: Bool = false, reason: String? = nil
    ) {
        self.reference = reference
        self.assignments = assignments
        self.retarget = retarget
        self.ifVersion = ifVersion
        self.asDraft = asDraft
        self.reason = reason
    }

    package var object: AccessObject { AccessObject(reference) }
    package var auditObject: String { "connection/\(reference)" }

    /// Fields that name secrets, or what a secret belongs to.
    private static let secretFields: Set<String> = [
        "auth.secret_ref", "pop3.secret_ref", "tls.client_cert_ref",
    ]

    private var fields: [String] { SettingsEdit.fieldNames(assignments) }

    private var setsSecret: Bool { fields.contains(where: Self.secretFields.contains) }

    package var furtherPermissions: [Permission] {
        (retarget || setsSecret ? [.connectionRetarget] : [])
            + (fields.contains { $0 == "source_ip" || $0 == "proxy" } ? [.connectionNetwork] : [])
            + (fields.contains("debug.until") ? [.connectionDebug] : [])
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionSummary> {
        let tenant = context.tenant
        let asDraft = asDraft ?? false
        let change = try context.change(
            asDraft ? "draft" : "update", reason: reason ?? "",
            bindsSecrets: !asDraft && (retarget || setsSecret))
        let detail = [
            "fields": fields.joined(separator: ","), "retarget": "\(retarget)",
            "draft": "\(asDraft)",
        ]
        let summary = try await context.commit(detail: detail) { transaction in
            let record = try transaction.requireConnection(reference, in: tenant)
            // What contradicts an account that is set would be told with it.
            context.accounts.note(record.saved.accounts)
            try record.requireVersion(ifVersion)
            try record.requireNoDraft(unless: asDraft)
            var settings = record.saved
            try SettingsEdit.apply(assignments, to: &settings)
            return try transaction.summary(
                of: transaction.save(settings, in: record, asDraft: asDraft, change))
        }
        return OperationReply(summary)
    }
}

extension ConnectionRecord {
    /// Checks that no saved change waits for its deployment, which another would take along.
    func requireNoDraft(unless asDraft: Bool) throws {
        guard !asDraft, content.draft != nil else { return }
        throw VaultError(
            .conflict, "not-deployed",
            "connection '\(reference)' has saved changes that are not deployed",
            "deploy them with vault connection deploy, add to them with --draft, or drop them with "
                + "vault connection rollback --to a deployed version")
    }

    /// Checks that the connection is at the version that a request was made for.
    func requireVersion(_ wanted: Int64?) throws {
        guard let wanted, wanted != version else { return }
        throw VaultError(
            .conflict, "stale-version",
            "connection '\(reference)' is at version \(version), not \(wanted)",
            "look at it again, then retry")
    }
}
