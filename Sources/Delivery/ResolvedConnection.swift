package import Sealing
package import VaultModel
package import VaultStore

/// Everything that one transaction reads for a session, before any secret is opened.
package struct ResolvedConnection: Sendable {
    /// The certificate that this side presents, and the secret version that holds its key.
    package struct ClientCertificate: Sendable {
        package let certificate: CertificateRecord
        package let key: SecretVersionRecord
    }

    /// The connection as it stood.
    package let connection: ConnectionRecord
    /// Its settings with their variables replaced, and with what the request set for itself.
    package let settings: ConnectionSettings
    /// Where its secrets would go.
    package let destination: Destination
    /// The authority that its settings trust.
    package var authority: CertificateRecord?
    /// What this side presents.
    package var clientCertificate: ClientCertificate?
    /// The secret versions that may be tried, the current one first; empty without authentication.
    package var candidates: [SecretVersionRecord] = []
    /// The password of the POP3 login, when it is not one of ``candidates``.
    package var popVersion: SecretVersionRecord?
    /// What the secrets are used for.
    package var secretKinds: [SecretID: SecretKind] = [:]
    /// Whether the settings are not saved, so that no secret was bound to where they point.
    package var isUnsaved = false
    /// What is remembered of the server.
    package var memory: ServerFactsRecord?

    /// A connection with `settings`, and nothing looked up yet.
    package init(
        connection: ConnectionRecord, settings: ConnectionSettings, destination: Destination
    ) {
        self.connection = connection
        self.settings = settings
        self.destination = destination
    }

    /// Leaves out the versions that a server has just refused.
    ///
    /// - Throws: `.credentialRefused` when none is left.
    mutating func leaveOutRefused() throws(DeliveryError) {
        let bound = Timestamp.now.adding(seconds: -VaultLimits.refusalSeconds)
        func isFresh(_ version: SecretVersionRecord) -> Bool {
            version.content.refused.map { bound < $0 } ?? false
        }
        let left = candidates.filter { !isFresh($0) }
        if left.isEmpty, let refused = candidates.compactMap(\.content.refused).min() {
            throw .credentialRefused(
                connection.reference.description,
                until: refused.adding(seconds: VaultLimits.refusalSeconds).description)
        }
        candidates = left
    }

    /// Whether the mail goes to the sandbox whatever server the settings name.
    package var isSandboxed: Bool { connection.environment == .test || settings.capture }

    /// How reports name where the mail goes.
    package var target: String { isSandboxed ? "sandbox" : "primary" }
}

extension StoreTransaction {
    /// Reads what a session through `connection` needs and checks that it may be opened.
    ///
    /// After the current version come one that is being proven and, within its grace period, the
    /// one before: during a rotation one of them is the server's, and a session tries them in that
    /// order.
    ///
    /// - Parameters:
    ///   - overrides: `FIELD=VALUE` that the request sets for itself.
    ///   - policy: What the operator permits.
    ///   - isProof: Whether somebody wants to know what the server says of a credential that it has
    ///     refused; otherwise such a one is not tried for ``VaultLimits/refusalSeconds``.
    package func resolve(
        _ connection: ConnectionRecord, overrides: [String] = [],
        policy: TransportPolicy = [], isProof: Bool = false
    ) throws -> ResolvedConnection {
        guard connection.enabled else {
            throw DeliveryError.disabled(connection.reference.description)
        }
        var settings = try effectiveSettings(of: connection)
        if !overrides.isEmpty { settings = try DynamicFields.apply(overrides, to: settings) }
        // What variables and requests put in was not looked at when the connection was saved.
        if settings != connection.content.settings || settings.dependsOnPolicy {
            try settings.validate(in: connection.environment, under: policy)
        }
        var resolved = try dependencies(of: connection, settings, pinned: nil)
        if !isProof { try resolved.leaveOutRefused() }
        return resolved
    }

    /// Reads what a login with `version` needs, for a proof before it becomes current.
    package func resolve(
        _ connection: ConnectionRecord, proving version: SecretVersionRecord
    ) throws -> ResolvedConnection {
        try dependencies(of: connection, effectiveSettings(of: connection), pinned: version)
    }

    /// Reads what a session with unsaved settings needs; their secrets are opened for wherever
    /// they point, so the caller has checked that the principal may retarget them.
    package func resolve(unsaved connection: ConnectionRecord) throws -> ResolvedConnection {
        try dependencies(
            of: connection, effectiveSettings(of: connection), pinned: nil, isUnsaved: true)
    }

    private func dependencies(
        of connection: ConnectionRecord, _ settings: ConnectionSettings,
        pinned: SecretVersionRecord?, isUnsaved: Bool = false
    ) throws -> ResolvedConnection {
        let name = connection.reference.description
        let destination = Destination(connection: connection.id, settings: settings)
        var resolved = ResolvedConnection(
            connection: connection, settings: settings, destination: destination)
        resolved.isUnsaved = isUnsaved
        guard !resolved.isSandboxed else { return resolved }
        if let reference = settings.tls.caRef {
            resolved.authority = try certificate(named: reference, in: connection.tenant)
            guard resolved.authority != nil else { throw DeliveryError.certificateGone(name) }
        }
        let transport = settings.transport
        resolved.memory = try serverFacts(
            host: settings.host, port: transport.port, in: connection.tenant)
        let secrets = connection.secrets
        if settings.auth.mode != .none {
            if let login = secrets.login ?? secrets.pop3 {
                resolved.secretKinds[login] = try find(
                    SecretRecord.self, login, in: connection.tenant)?.kind
                resolved.candidates = try candidates(
                    of: login, settings.auth.secretRef, destination, name, connection.tenant,
                    isUnsaved: isUnsaved)
            }
            if settings.auth.mode == .popBeforeSMTP, let pop3 = secrets.pop3,
                pop3 != secrets.login
            {
                resolved.popVersion = try candidates(
                    of: pop3, settings.pop3.secretRef, destination, name, connection.tenant,
                    isUnsaved: isUnsaved
                ).first
            }
        }
        if let reference = settings.tls.clientCertRef {
            guard let certificate = try certificate(named: reference, in: connection.tenant) else {
                throw DeliveryError.certificateGone(name)
            }
            guard let secret = certificate.keySecret,
                let key = try candidates(
                    of: secret, nil, destination, name, connection.tenant, isUnsaved: isUnsaved
                ).first
            else { throw DeliveryError.noCurrentVersion(name) }
            resolved.clientCertificate = ResolvedConnection.ClientCertificate(
                certificate: certificate, key: key)
        }
        if let pinned { replace(pinned, in: &resolved) }
        return resolved
    }

    /// Puts the version that is to be proven in the place of its secret's others.
    private func replace(_ version: SecretVersionRecord, in resolved: inout ResolvedConnection) {
        if resolved.connection.secrets.login == version.secret
            || resolved.candidates.first?.secret == version.secret
        {
            resolved.candidates = [version]
        }
        if resolved.popVersion?.secret == version.secret { resolved.popVersion = version }
        if let client = resolved.clientCertificate, client.key.secret == version.secret {
            resolved.clientCertificate = ResolvedConnection.ClientCertificate(
                certificate: client.certificate, key: version)
        }
    }

    /// The versions of a secret that may be tried, those alone that `destination` was approved for.
    private func candidates(
        of id: SecretID, _ reference: SecretReference?, _ destination: Destination, _ name: String,
        _ tenant: TenantID, isUnsaved: Bool
    ) throws -> [SecretVersionRecord] {
        guard let secret = try find(SecretRecord.self, id, in: tenant) else {
            throw DeliveryError.noCurrentVersion(name)
        }
        func isApproved(_ version: SecretVersionRecord) -> Bool {
            isUnsaved || version.content.destinations.contains(destination)
        }
        let versions = try versions(of: secret)
        if let wanted = reference?.version {
            guard
                let version = versions.first(where: {
                    $0.number == Int64(wanted) && $0.sealed != nil
                })
            else { throw DeliveryError.versionGone(name) }
            guard isApproved(version) else { throw DeliveryError.destinationChanged(name) }
            return [version]
        }
        guard let current = versions.first(where: { $0.state == .current }) else {
            throw DeliveryError.noCurrentVersion(name)
        }
        guard isApproved(current) else { throw DeliveryError.destinationChanged(name) }
        let now = Timestamp.now
        let fallbacks = versions.filter { version in
            switch version.state {
            case .pending: true
            case .previous: version.content.graceUntil.map { now < $0 } ?? false
            default: false
            }
        }
        return [current] + fallbacks.filter(isApproved)
    }
}
