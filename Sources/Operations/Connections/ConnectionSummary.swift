private import ConnectionProperties
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
    /// The settings that sessions use.
    package var settings: ConnectionSettings
    /// What is saved and not deployed, field by field.
    package var undeployed: [ConnectionField.Difference]
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
        let bound = try isBound(connection)
        var warnings = settings.warnings + Self.propertyWarnings(settings)
        if bound == false {
            warnings.append(
                "the secret may not be used for this server: retarget it or enter it again")
        }
        return ConnectionSummary(
            name: connection.content.name, environment: connection.environment,
            enabled: connection.enabled, version: connection.version, settings: settings,
            undeployed: ConnectionField.differences(from: settings, to: connection.saved),
            transport: "\(protection) on port \(transport.port)", secretBound: bound,
            created: connection.content.created, updated: connection.content.updated,
            warnings: warnings)
    }

    /// What the connection's properties ask for and is not done as it stands.
    private static func propertyWarnings(_ settings: ConnectionSettings) -> [String] {
        guard !settings.properties.isEmpty,
            let translation = try? PropertyRegistry.translate(settings.properties, lenient: true)
        else { return [] }
        return translation.warnings.map { "\($0.property): \($0.text) (\($0.code))" }
    }

    /// Whether every secret of a connection may be opened for where it points; `nil` without one.
    private func isBound(_ connection: ConnectionRecord) throws -> Bool? {
        let secrets = connection.secrets.all
        guard !secrets.isEmpty else { return nil }
        let destination = try destination(of: connection)
        return try secrets.allSatisfy { id in
            let secret = try find(SecretRecord.self, id, in: connection.tenant)
            let current = try secret.map { try versions(of: $0) }?.first { $0.state == .current }
            return current?.content.destinations.contains(destination) ?? false
        }
    }

    /// Lets a connection's secrets be opened for where the connection points now.
    ///
    /// Destinations of other connections stay as they were approved; none is added in passing.
    func bindSecrets(of connection: ConnectionRecord) throws {
        let destination = try destination(of: connection)
        for id in connection.secrets.all {
            guard let secret = try find(SecretRecord.self, id, in: connection.tenant) else {
                continue
            }
            let others = try connections(using: secret).filter { $0.id != connection.id }
                .map { try self.destination(of: $0) }
            try rebind(secret) { old in
                DestinationList(others.filter(old.contains) + [destination])
            }
        }
    }

    /// The secrets that settings refer to, which must exist.
    func referredSecrets(
        _ settings: ConnectionSettings, in tenant: TenantID
    ) throws -> ConnectionSecrets {
        func secret(_ reference: SecretReference?) throws -> SecretID? {
            try reference.map { try requireSecret($0.name, in: tenant).id }
        }
        let pop3 = settings.auth.mode == .popBeforeSMTP ? settings.pop3.secretRef : nil
        let client = try settings.tls.clientCertRef.flatMap {
            try certificate(named: $0, in: tenant)
        }
        return ConnectionSecrets(
            login: try secret(settings.auth.secretRef), pop3: try secret(pop3),
            clientKey: client?.keySecret)
    }

    /// Checks settings against the model, the operator's policy and what they refer to.
    func check(
        _ settings: ConnectionSettings, for environment: DeploymentEnvironment,
        in tenant: TenantID, under policy: TransportPolicy
    ) throws {
        try settings.validate(in: environment, under: policy)
        try PropertyRegistry.conflicts(in: settings)
        if let name = settings.tls.caRef, try certificate(named: name, in: tenant) == nil {
            throw VaultError.notFound("certificate", name.text)
        }
        if let name = settings.tls.clientCertRef {
            guard let certificate = try certificate(named: name, in: tenant) else {
                throw VaultError.notFound("certificate", name.text)
            }
            guard certificate.keySecret != nil else {
                throw VaultError.invalid(
                    "certificate '\(name)' has no private key, so it cannot be presented",
                    "add it with vault certificate add NAME --key-secret SECRET")
            }
        }
    }
}
