package import Sealing
package import VaultModel

// What a connection's settings come to when their variables are replaced.
extension StoreTransaction {
    /// The value of a variable in an environment: its own, or the one for all environments.
    package func value(
        ofVariable name: String, in environment: DeploymentEnvironment, of tenant: TenantID
    ) throws -> String? {
        let name = try ResourceName(name, field: "variable")
        let variable =
            try variable(named: name, environment, in: tenant)
            ?? variable(named: name, nil, in: tenant)
        return variable?.content.value
    }

    /// The settings of `connection`, or `settings` in their place, with every variable replaced.
    ///
    /// - Throws: `ModelError` when a variable is not defined.
    package func effectiveSettings(
        of connection: ConnectionRecord, _ settings: ConnectionSettings? = nil
    ) throws -> ConnectionSettings {
        if settings == nil, !connection.content.hasVariables { return connection.content.settings }
        return try (settings ?? connection.content.settings).expanded { name in
            try value(ofVariable: name, in: connection.environment, of: connection.tenant)
        }
    }

    /// Where the connection's secrets may be used, as its settings and variables stand.
    ///
    /// Settings that name an undefined variable point nowhere that a secret was entered for.
    package func destination(of connection: ConnectionRecord) throws -> Destination {
        let settings: ConnectionSettings
        do {
            settings = try effectiveSettings(of: connection)
        } catch is ModelError {
            settings = connection.content.settings
        }
        return Destination(connection: connection.id, settings: settings)
    }
}
