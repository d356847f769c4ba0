package import Access
private import Explained
package import VaultModel
internal import VaultStore

/// `vault connection list`.
package struct ListConnections: OperationRequest {
    package typealias Response = [ConnectionSummary]
    package static let operation = OperationName.connectionList

    /// Only this environment; `nil` for all.
    package var environment: DeploymentEnvironment?

    /// Asks for a tenant's connections.
    package init(environment: DeploymentEnvironment? = nil) { self.environment = environment }

    package var object: AccessObject { .visibleConnections }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[ConnectionSummary]> {
        let tenant = context.tenant
        let principal = context.principal
        return OperationReply(
            try await context.commit { transaction in
                try transaction.connections(in: tenant)
                    .filter { environment == nil || $0.environment == environment }
                    .filter { connection in
                        AccessControl.allows(
                            principal, .connectionRead,
                            on: .connection(connection.content.name, connection.environment))
                    }
                    .map { try transaction.summary(of: $0) }
            })
    }
}

/// `vault connection show NAME[@ENV]`.
package struct ShowConnection: OperationRequest {
    package typealias Response = ConnectionSummary
    package static let operation = OperationName.connectionShow

    /// Which connection.
    package var reference: ConnectionReference

    /// Asks for one connection.
    package init(reference: ConnectionReference) { self.reference = reference }

    package var object: AccessObject { AccessObject(reference) }
    package var auditObject: String { "connection/\(reference)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionSummary> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                try transaction.summary(of: transaction.requireConnection(reference, in: tenant))
            })
    }
}

/// Whether a name is free, as `vault connection check-name` tells.
package struct NameAvailability: Sendable, Codable {
    /// The name asked for.
    package var name: String
    /// `free`, `taken` or `not_allowed`.
    package var status: String
    /// Why it is not allowed.
    package var reason: String?
}

/// `vault connection check-name NAME --env ENV`.
package struct CheckConnectionName: OperationRequest {
    package typealias Response = NameAvailability
    package static let operation = OperationName.connectionCheckName

    /// The name as typed, which may be no name at all.
    package var name: String
    /// Where it would be.
    package var environment: DeploymentEnvironment

    /// Asks whether `name` is free.
    package init(name: String, environment: DeploymentEnvironment) {
        self.name = name
        self.environment = environment
    }

    package var object: AccessObject {
        (try? ResourceName(name)).map { .connection($0, environment) } ?? .vault
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<NameAvailability> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                do {
                    let name = try ResourceName(self.name)
                    let taken =
                        try transaction.connection(named: name, environment, in: tenant) != nil
                    return NameAvailability(name: self.name, status: taken ? "taken" : "free")
                } catch let error as ModelError {
                    return NameAvailability(
                        name: self.name, status: "not_allowed", reason: error.description)
                }
            })
    }
}
