package import Access
package import VaultModel
internal import VaultStore

/// One state that a connection was in.
package struct ConnectionRevisionSummary: Sendable, Codable {
    /// The connection's version from then on.
    package var version: Int64
    /// When it was saved.
    package var created: Timestamp
    /// Who saved it, as the audit log names them.
    package var author: String
    /// What was done, such as `create`, `draft` or `rollback`.
    package var action: String
    /// Why, if they said so.
    package var reason: String
    /// Whether sessions used it from then on.
    package var deployed: Bool
    /// What was changed against the revision before; empty for the oldest that is kept.
    package var changes: [ConnectionField.Difference]
}

/// `vault connection history NAME[@ENV]`: the newest first.
package struct ShowConnectionHistory: OperationRequest {
    package typealias Response = [ConnectionRevisionSummary]
    package static let operation = OperationName.connectionHistory

    /// Which connection.
    package var reference: ConnectionReference

    /// Asks for the history of `reference`.
    package init(reference: ConnectionReference) { self.reference = reference }

    package var object: AccessObject { AccessObject(reference) }
    package var auditObject: String { "connection/\(reference)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[ConnectionRevisionSummary]> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                let record = try transaction.requireConnection(reference, in: tenant)
                let revisions = try transaction.revisions(of: record)
                return revisions.enumerated().map { index, revision in
                    let content = revision.content
                    let before =
                        index + 1 < revisions.count
                        ? revisions[index + 1].content.settings : content.settings
                    return ConnectionRevisionSummary(
                        version: revision.number, created: revision.created,
                        author: content.author, action: content.action, reason: content.reason,
                        deployed: content.isDeployed,
                        changes: ConnectionField.differences(from: before, to: content.settings))
                }
            })
    }
}

/// What differs between two settings.
package struct ConnectionDifference: Sendable, Codable {
    /// What is on the left, such as `alerts@test version 3`.
    package var from: String
    /// What is on the right.
    package var to: String
    /// The fields that differ.
    package var changes: [ConnectionField.Difference]
}

/// `vault connection diff NAME[@ENV] [--from N] [--to N | --with OTHER[@ENV]]`.
///
/// Without versions: what is saved against what is deployed, or, when all is deployed, the newest
/// revision against the one before.
package struct DiffConnection: OperationRequest {
    package typealias Response = ConnectionDifference
    package static let operation = OperationName.connectionDiff

    /// Which connection.
    package var reference: ConnectionReference
    /// The version on the left.
    package var from: Int64?
    /// The version on the right; `nil` for the newest.
    package var to: Int64?
    /// Another connection, on the right.
    package var other: ConnectionReference?

    /// Asks what differs.
    package init(
        reference: ConnectionReference, from: Int64? = nil, to: Int64? = nil,
        other: ConnectionReference? = nil
    ) {
        self.reference = reference
        self.from = from
        self.to = to
        self.other = other
    }

    package var object: AccessObject { AccessObject(reference) }
    package var furtherObjects: [AccessObject] { other.map { [AccessObject($0)] } ?? [] }
    package var auditObject: String { "connection/\(reference)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionDifference> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                let record = try transaction.requireConnection(reference, in: tenant)
                let left: (String, ConnectionSettings)
                let right: (String, ConnectionSettings)
                if let other {
                    let second = try transaction.requireConnection(other, in: tenant)
                    left = try transaction.state(from, of: record)
                    right = try transaction.state(to, of: second)
                } else if let from {
                    left = try transaction.state(from, of: record)
                    right = try transaction.state(to, of: record)
                } else if record.content.draft != nil, to == nil {
                    left = ("\(record.reference) deployed", record.content.settings)
                    right = ("\(record.reference) saved", record.saved)
                } else {
                    right = try transaction.state(to, of: record)
                    left = try transaction.state(before: to ?? record.version, of: record)
                }
                return ConnectionDifference(
                    from: left.0, to: right.0,
                    changes: ConnectionField.differences(from: left.1, to: right.1))
            })
    }
}

extension StoreTransaction {
    /// The settings of a version; of the newest without one.
    fileprivate func state(
        _ number: Int64?, of record: ConnectionRecord
    ) throws -> (String, ConnectionSettings) {
        guard let number else {
            return ("\(record.reference) version \(record.version)", record.saved)
        }
        let revision = try requireRevision(number, of: record)
        return ("\(record.reference) version \(number)", revision.content.settings)
    }

    /// The settings of the version before `number`, or of that one if it is the oldest.
    fileprivate func state(
        before number: Int64, of record: ConnectionRecord
    ) throws -> (String, ConnectionSettings) {
        let earlier = try revisions(of: record).first { $0.number < number }
        return try state(earlier?.number ?? number, of: record)
    }

    /// A revision that is kept.
    func requireRevision(
        _ number: Int64, of record: ConnectionRecord
    ) throws -> ConnectionRevisionRecord {
        guard let revision = try revision(number, of: record) else {
            throw VaultError(
                .notFound, "not-found", "connection '\(record.reference)' has no version \(number)",
                "look at vault connection history \(record.reference)")
        }
        return revision
    }
}
