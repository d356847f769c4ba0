package import Access
package import VaultModel
internal import VaultStore

/// `vault connection create NAME --env ENV …`.
package struct CreateConnection: OperationRequest {
    package typealias Response = ConnectionSummary
    package static let operation = OperationName.connectionCreate

    /// The connection's name, unique in its environment.
    package var name: ResourceName
    /// Where its mail goes.
    package var environment: DeploymentEnvironment
    /// Its settings.
    package var settings: ConnectionSettings
    /// Whether it can be used at once.
    package var enabled: Bool
    /// Why, for its history.
    package var reason: String?

    /// Asks for a new connection.
    package init(
        name: ResourceName, environment: DeploymentEnvironment, settings: ConnectionSettings,
        enabled: Bool = true, reason: String? = nil
    ) {
        self.name = name
        self.environment = environment
        self.settings = settings
        self.enabled = enabled
        self.reason = reason
    }

    package var object: AccessObject { .connection(name, environment) }
    package var auditObject: String { "connection/\(name)@\(environment.rawValue)" }
    /// Lets a secret be used for a new server, so it takes what retargeting takes.
    package var furtherPermissions: [Permission] {
        settings.furtherPermissions(to: ConnectionSettings(host: "", from: ""))
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionSummary> {
        let tenant = context.tenant
        let change = try context.change("create", reason: reason ?? "", bindsSecrets: true)
        let summary = try await context.commit { transaction in
            try transaction.check(settings, for: environment, in: tenant, under: change.policy)
            try transaction.requireFree(name, environment, in: tenant)
            let record = ConnectionRecord(
                tenant: tenant, name: name,
                nameIndex: try transaction.nameIndex(name, "connection.name", in: tenant),
                environment: environment, enabled: enabled,
                secrets: try transaction.referredSecrets(settings, in: tenant),
                settings: settings)
            try transaction.create(record, change)
            return try transaction.summary(of: record)
        }
        return OperationReply(summary)
    }
}

extension StoreTransaction {
    /// Checks that no connection has a name in an environment.
    func requireFree(
        _ name: ResourceName, _ environment: DeploymentEnvironment, in tenant: TenantID
    ) throws {
        guard try connection(named: name, environment, in: tenant) == nil else {
            throw VaultError(
                .conflict, "exists",
                "connection '\(name)' exists in \(environment.rawValue) already",
                "choose another name, or use vault connection update")
        }
    }
}

extension ConnectionSettings {
    /// What a principal needs besides the right to write, to save these settings over others.
    func furtherPermissions(to before: ConnectionSettings) -> [Permission] {
        var permissions: [Permission] = []
        if secretNames != before.secretNames { permissions.append(.connectionRetarget) }
        if sourceIp != before.sourceIp || proxy != before.proxy {
            permissions.append(.connectionNetwork)
        }
        if debug.until != before.debug.until { permissions.append(.connectionDebug) }
        return permissions
    }

    private var secretNames: [String] {
        [auth.secretRef?.description, pop3.secretRef?.description, tls.clientCertRef?.text]
            .compactMap { $0 }
    }
}
