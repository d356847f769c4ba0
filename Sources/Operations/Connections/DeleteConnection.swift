package import Access
package import VaultModel
internal import VaultStore

/// `vault connection delete NAME[@ENV]`; refused while something uses it.
package struct DeleteConnection: OperationRequest {
    package typealias Response = ConnectionSummary
    package static let operation = OperationName.connectionDelete

    /// Which connection.
    package var reference: ConnectionReference
    /// Deletes although something uses it, which fails from then on.
    package var force: Bool?

    /// Asks to delete `reference`.
    package init(reference: ConnectionReference, force: Bool = false) {
        self.reference = reference
        self.force = force
    }

    package var object: AccessObject { AccessObject(reference) }
    package var auditObject: String { "connection/\(reference)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionSummary> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                let record = try transaction.requireConnection(reference, in: tenant)
                let users = try transaction.users(of: record)
                guard users.isEmpty || force == true else {
                    throw VaultError(
                        .conflict, "in-use",
                        "connection '\(record.reference)' is used by "
                            + users.joined(separator: ", "),
                        "change those first, or add --force")
                }
                let summary = try transaction.summary(of: record)
                for revision in try transaction.revisions(of: record) {
                    try transaction.delete(revision)
                }
                try transaction.delete(record)
                return summary
            })
    }
}

extension StoreTransaction {
    /// What would miss a connection: others that fail over to it, tokens that name it, and messages
    /// on their way through it.
    fileprivate func users(of connection: ConnectionRecord) throws -> [String] {
        let name = connection.content.name
        let others = try connections(in: connection.tenant).filter { other in
            other.id != connection.id && other.environment == connection.environment
                && (other.content.settings.failover.targets + other.saved.failover.targets)
                    .contains { $0.lowercased() == name.folded }
        }
        let scope = "send:\(name)@\(connection.environment.rawValue)".lowercased()
        let tokens = try tokens(in: connection.tenant).filter { token in
            TokenSummary(token).state == "active"
                && token.content.scopes.contains { $0.description.lowercased() == scope }
        }
        let messages = try unfinishedMessages().filter { $0.connection == connection.id }
        return others.map { "connection \($0.reference) (failover)" }
            + tokens.map { "token \($0.accessor)" }
            + messages.map { "message \($0.id)" }
    }
}
