private import Access
private import Delivery
internal import VaultModel
internal import VaultStore

/// Who changes a connection, how and why.
struct ConnectionChange: Sendable {
    /// As the audit log names them.
    let author: String
    /// What is done: `create`, `update`, `deploy` …
    let action: String
    /// Why, if they said so.
    let reason: String
    /// Lets the secrets be used for where the connection points afterwards.
    let bindsSecrets: Bool
    /// What the operator permits.
    let policy: TransportPolicy
}

// Every change of a connection is a revision: its number is the connection's version from then on.
extension StoreTransaction {
    /// Adds a connection with its first revision.
    func create(_ connection: ConnectionRecord, _ change: ConnectionChange) throws {
        try insert(connection)
        if change.bindsSecrets { try bindSecrets(of: connection) }
        try record(change, of: connection)
    }

    /// Saves settings, as a draft or for sessions to use from now on.
    func save(
        _ settings: ConnectionSettings, in connection: ConnectionRecord, asDraft: Bool,
        _ change: ConnectionChange
    ) throws -> ConnectionRecord {
        let tenant = connection.tenant
        try check(settings, for: connection.environment, in: tenant, under: change.policy)
        var next = connection
        if asDraft {
            next.content.draft = settings
        } else {
            next.content.draft = nil
            next.content.settings = settings
            next.secrets = try referredSecrets(settings, in: tenant)
        }
        return try save(next, change)
    }

    /// Writes a changed connection with the revision that it is from now on.
    func save(
        _ connection: ConnectionRecord, _ change: ConnectionChange
    ) throws -> ConnectionRecord {
        var next = connection
        next.content.updated = .now
        next = try update(next)
        if change.bindsSecrets { try bindSecrets(of: next) }
        try record(change, of: next)
        return next
    }

    private func record(_ change: ConnectionChange, of connection: ConnectionRecord) throws {
        try insert(
            ConnectionRevisionRecord(
                of: connection,
                content: ConnectionRevisionRecord.Content(
                    settings: connection.saved, isDeployed: connection.content.draft == nil,
                    author: change.author, action: change.action, reason: change.reason)))
        let surplus = try revisions(of: connection).dropFirst(VaultLimits.connectionRevisions)
        for revision in surplus { try delete(revision) }
    }
}

extension OperationContext {
    /// A change by the one who asked.
    func change(
        _ action: String, reason: String = "", bindsSecrets: Bool = false
    ) throws -> ConnectionChange {
        guard reason.utf8.count <= VaultLimits.reasonBytes else {
            throw VaultError.invalid(
                "the reason has \(reason.utf8.count) bytes",
                "give at most \(VaultLimits.reasonBytes)")
        }
        return ConnectionChange(
            author: principal.name, action: action, reason: reason, bindsSecrets: bindsSecrets,
            policy: vault.delivery.settings.policy)
    }
}
