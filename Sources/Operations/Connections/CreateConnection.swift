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

    /// Asks for a new connection.
    package init(
        name: ResourceName, environment: DeploymentEnvironment, settings: ConnectionSettings,
        enabled: Bool = true
    ) {
        self.name = name
        self.environment = environment
        self.settings = settings
        self.enabled = enabled
    }

    package var object: AccessObject { .connection(name, environment) }
    package var auditObject: String { "connection/\(name)@\(environment.rawValue)" }
    /// Lets a secret be used for a new server, so it takes what retargeting takes.
    package var furtherPermissions: [Permission] {
        settings.auth.secretRef == nil ? [] : [.connectionRetarget]
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionSummary> {
        let tenant = context.tenant
        let summary = try await context.commit { transaction in
            try transaction.check(settings, for: environment, in: tenant)
            if try transaction.connection(named: name, environment, in: tenant) != nil {
                throw VaultError(
                    .conflict, "exists",
                    "connection '\(name)' exists in \(environment.rawValue) already",
                    "choose another name, or use vault connection update")
            }
            let record = ConnectionRecord(
                tenant: tenant, name: name,
                nameIndex: try transaction.nameIndex(name, "connection.name", in: tenant),
                environment: environment, enabled: enabled,
                secret: try transaction.referredSecret(settings, in: tenant)?.id,
                settings: settings)
            try transaction.insert(record)
            try transaction.bindSecret(of: record)
            return try transaction.summary(of: record)
        }
        return OperationReply(summary)
    }
}
