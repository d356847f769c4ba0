private import Sealing
package import VaultModel
internal import VaultStore

/// What may be told of a connection: its settings, which hold no secret.
package struct ConnectionSummary: Sendable, Codable {
    /// The connection's name.
    package var name: ResourceName
    /// Where its mail goes.
    package var environment: DeploymentEnvironment
    /// Whether it can be used.
    package var enabled: Bool
    /// Counts its changes.
    package var version: Int64
    /// Its settings.
    package var settings: ConnectionSettings
    /// What the encryption mode, host and port come to, in words.
    package var transport: String
    /// Whether its secret may be opened for where it points now.
    package var secretBound: Bool?
    /// When it was made.
    package var created: Timestamp
    /// When it last changed.
    package var updated: Timestamp
    /// What is unusual, for people.
    package var warnings: [String]
}

extension StoreTransaction {
    /// The connection that a reference names.
    ///
    /// - Throws: `not-found`; `ambiguous-environment` when no environment is named and there are
    /// several.
    func requireConnection(
        _ reference: ConnectionReference, in tenant: TenantID
    ) throws -> ConnectionRecord {
        let variants = try variants(of: reference.name, in: tenant)
        let matching = variants.filter {
            reference.environment == nil || $0.environment == reference.environment
        }
        guard let first = matching.first else {
            throw VaultError.notFound("connection", reference.description)
        }
        guard matching.count == 1 else {
            let names = matching.map(\.reference.description).joined(separator: ", ")
            throw VaultError.invalid(
                "connection '\(reference.name)' has several environments", "name one of \(names)")
        }
        return first
    }

    func summary(of connection: ConnectionRecord) throws -> ConnectionSummary {
        let settings = connection.content.settings
        let transport = settings.transport
        let protection =
            switch transport.protection {
            case .plain: "no TLS"
            case .starttls: "STARTTLS required"
            case .starttlsIfOffered: "STARTTLS if offered"
            case .implicitTLS: "implicit TLS"
            }
        var bound: Bool?
        var warnings: [String] = []
        if let id = connection.secret {
            let secret = try find(SecretRecord.self, id, in: connection.tenant)
            let current = try secret.map { try versions(of: $0) }?.first { $0.state == .current }
            bound = current?.content.destinations.contains(connection.destination) ?? false
            if bound == false {
                warnings.append(
                    "the secret may not be used for this server: retarget it or enter it again")
            }
        }
        return ConnectionSummary(
            name: connection.content.name, environment: connection.environment,
            enabled: connection.enabled, version: connection.revision, settings: settings,
            transport: "\(protection) on port \(transport.port)", secretBound: bound,
            created: connection.content.created, updated: connection.content.updated,
            warnings: warnings)
    }

    /// Lets a connection's secret be opened for where the connection points now.
    ///
    /// Destinations of other connections stay as they were approved; none is added in passing.
    func bindSecret(of connection: ConnectionRecord) throws {
        guard let id = connection.secret,
            let secret = try find(SecretRecord.self, id, in: connection.tenant)
        else { return }
        let others = try connections(using: secret).filter { $0.id != connection.id }
            .map(\.destination)
        try rebind(secret) { old in
            DestinationList(others.filter(old.contains) + [connection.destination])
        }
    }

    /// The secret that settings refer to, which must exist.
    func referredSecret(
        _ settings: ConnectionSettings, in tenant: TenantID
    ) throws -> SecretRecord? {
        guard let reference = settings.auth.secretRef else { return nil }
        return try requireSecret(reference.name, in: tenant)
    }

    /// Checks settings against the model and against what they refer to.
    func check(
        _ settings: ConnectionSettings, for environment: DeploymentEnvironment, in tenant: TenantID
    ) throws {
        try settings.validate(in: environment)
        if let name = settings.tls.caRef, try certificate(named: name, in: tenant) == nil {
            throw VaultError.notFound("certificate", name.text)
        }
    }
}
