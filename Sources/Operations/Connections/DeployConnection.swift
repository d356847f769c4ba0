package import Access
package import VaultModel
internal import VaultStore

/// `vault connection deploy NAME[@ENV]`: sessions use what is saved from now on.
package struct DeployConnection: OperationRequest {
    package typealias Response = ConnectionSummary
    package static let operation = OperationName.connectionDeploy

    /// Which connection.
    package var reference: ConnectionReference
    /// Lets the secrets be used for where the connection points afterwards.
    package var retarget: Bool
    /// Why, for its history.
    package var reason: String?

    /// Asks to deploy `reference`.
    package init(reference: ConnectionReference, retarget: Bool = false, reason: String? = nil) {
        self.reference = reference
        self.retarget = retarget
        self.reason = reason
    }

    package var object: AccessObject { AccessObject(reference) }
    package var auditObject: String { "connection/\(reference)" }
    package var furtherPermissions: [Permission] { retarget ? [.connectionRetarget] : [] }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionSummary> {
        let tenant = context.tenant
        let change = try context.change(
            "deploy", reason: reason ?? "", bindsSecrets: retarget)
        return OperationReply(
            try await context.commit { transaction in
                let record = try transaction.requireConnection(reference, in: tenant)
                guard let draft = record.content.draft else {
                    throw VaultError(
                        .conflict, "nothing-to-deploy",
                        "connection '\(record.reference)' has nothing saved that is not deployed",
                        "save a change first with vault connection update --draft")
                }
                return try transaction.summary(
                    of: transaction.save(draft, in: record, asDraft: false, change))
            })
    }
}

/// `vault connection rollback NAME[@ENV] [--to N]`: saves and deploys an earlier version again.
///
/// The secret stays bound to the servers it was approved for: going back to another one takes
/// `--retarget`.
package struct RollBackConnection: OperationRequest {
    package typealias Response = ConnectionSummary
    package static let operation = OperationName.connectionRollback

    /// Which connection.
    package var reference: ConnectionReference
    /// The version to go back to; `nil` for the one that was deployed before.
    package var version: Int64?
    /// Lets the secrets be used for where the connection points afterwards.
    package var retarget: Bool
    /// Why, for its history.
    package var reason: String?

    /// Asks to go back.
    package init(
        reference: ConnectionReference, version: Int64? = nil, retarget: Bool = false,
        reason: String? = nil
    ) {
        self.reference = reference
        self.version = version
        self.retarget = retarget
        self.reason = reason
    }

    package var object: AccessObject { AccessObject(reference) }
    package var auditObject: String { "connection/\(reference)" }
    package var furtherPermissions: [Permission] { retarget ? [.connectionRetarget] : [] }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionSummary> {
        let tenant = context.tenant
        let change = try context.change(
            "rollback", reason: reason ?? "", bindsSecrets: retarget)
        return OperationReply(
            try await context.commit(detail: ["to": version.map { "\($0)" } ?? "previous"]) {
                transaction in
                let record = try transaction.requireConnection(reference, in: tenant)
                let target = try transaction.rollbackTarget(version, of: record)
                var settings = target.content.settings
                let live = record.content.settings
                guard settings.sourceIp == live.sourceIp, settings.proxy == live.proxy else {
                    throw VaultError(
                        .denied, "network-fields",
                        "the version has another proxy or source address",
                        "set them with vault connection update as the operator")
                }
                // Debugging is of the moment, and takes a permission of its own.
                settings.debug = live.debug
                return try transaction.summary(
                    of: transaction.save(settings, in: record, asDraft: false, change))
            })
    }
}

extension StoreTransaction {
    fileprivate func rollbackTarget(
        _ version: Int64?, of record: ConnectionRecord
    ) throws -> ConnectionRevisionRecord {
        if let version { return try requireRevision(version, of: record) }
        let live = record.content.settings
        let earlier = try revisions(of: record).first {
            $0.content.isDeployed && $0.content.settings != live
        }
        guard let earlier else {
            throw VaultError(
                .conflict, "no-previous",
                "connection '\(record.reference)' has no earlier settings to go back to",
                "look at vault connection history \(record.reference)")
        }
        return earlier
    }
}
