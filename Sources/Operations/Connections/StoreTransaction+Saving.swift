private import Access
private import Delivery
internal import VaultModel
internal import VaultStore

/// Who changes a connection, how and why.
struct ConnectionChange: Sendable {
    /// As the audit log names them.
    let author: String
    /// What is done, such as `create`, `update` or `deploy`.
    let action: String
    /// Why, if they said so.
    let reason: String
    /// Lets the secrets be used for where the connection points afterwards.
    let bindsSecrets: Bool
    /// Whether they may set source addresses and proxies: the local operator alone.
    let mayChangeNetwork: Bool
    /// What the operator permits.
    let policy: TransportPolicy
}

// Every change of a connection is a revision: its number is the connection's version from then on.
extension StoreTransaction {
    /// Adds a connection with its first revision.
    func create(_ connection: ConnectionRecord, _ change: ConnectionChange) throws {
        try change.requireNetwork(from: nil, to: connection.content.settings)
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
        try change.requireNetwork(from: connection.content.settings, to: settings)
        try check(settings, for: connection.environment, in: tenant, under: change.policy)
        let secrets = try referredSecrets(settings, in: tenant)
        var next = connection
        if asDraft {
            next.content.draft = settings
        } else {
            next.content.draft = nil
            next.content.settings = settings
            next.secrets = secrets
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
            mayChangeNetwork: principal.authority == .localOperator,
            policy: vault.delivery.settings.policy)
    }
}

extension ConnectionChange {
    /// Checks that nobody but the operator makes sessions use another source address or proxy,
    /// not by a draft or version of the operator's either.
    fileprivate func requireNetwork(
        from before: ConnectionSettings?, to after: ConnectionSettings
    ) throws {
        guard !mayChangeNetwork else { return }
        guard after.sourceIp == before?.sourceIp, after.proxy == before?.proxy else {
            throw VaultError(
                .denied, "network-fields", "this would change the proxy or source address",
                "ask the operator to do it")
        }
    }
}
