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
    /// Until when no session is opened, since its server refused every credential that there is.
    package private(set) var restsUntil: Timestamp?
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

    /// Puts the versions that a server has just refused last; if there are no others, no session is
    /// opened.
    ///
    /// During a rotation the refused one may have become the right one meanwhile, so it stays the
    /// last resort. What lies behind a reference, or an OAuth2 client, is another value each time.
    mutating func restRefused() {
        let now = Timestamp.now
        func end(_ version: SecretVersionRecord) -> Timestamp? {
            guard version.content.reference == nil, version.content.kind != .oauth2Client
            else { return nil }
            let end = version.content.refused?.adding(seconds: VaultLimits.refusalSeconds)
            return end.flatMap { now < $0 ? $0 : nil }
        }
        if let popVersion {
            restsUntil = end(popVersion)
            return
        }
        let rested = candidates.filter { end($0) == nil }
        if rested.isEmpty { restsUntil = candidates.compactMap(end).min() }
        candidates = rested + candidates.filter { end($0) != nil }
    }

    /// Whose account a version is at the server: its own, or the one that the connection names.
    package func username(of version: SecretVersionRecord) -> String {
        version.content.username ?? settings.auth.username ?? ""
    }

    /// How refusals name the account that a version logs in to.
    package func account(of version: SecretVersionRecord) -> String {
        if settings.auth.mode == .popBeforeSMTP {
            let pop3 = settings.pop3
            let user = version.content.username ?? pop3.username ?? settings.auth.username ?? ""
            return "\(user) at \((pop3.host ?? settings.host).lowercased()):\(pop3.effectivePort)"
        }
        let port = settings.transport.port
        return "\(username(of: version)) at \(settings.host.lowercased()):\(port)"
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
    ///     refused; otherwise such a one rests for ``VaultLimits/refusalSeconds``.
    package func resolve(
        _ connection: ConnectionRecord, overrides: [String] = [],
        policy: TransportPolicy = [], isProof: Bool = false
    ) throws -> ResolvedConnection {
        guard connection.enabled else {
            throw DeliveryError.disabled(connection.reference.description)
        }
        var settings = try effectiveSettings(of: connection)
        if !overrides.isEmpty { settings = try DynamicFields.apply(overrides, to: settings) }
        try check(settings, of: connection, under: policy)
        var resolved = try dependencies(of: connection, settings, pinned: nil)
        if !isProof { resolved.restRefused() }
        return resolved
    }

    /// Reads what a login with `version` needs, for a proof before it becomes current.
    package func resolve(
        _ connection: ConnectionRecord, proving version: SecretVersionRecord,
        policy: TransportPolicy
    ) throws -> ResolvedConnection {
        let settings = try effectiveSettings(of: connection)
        try check(settings, of: connection, under: policy)
        return try dependencies(of: connection, settings, pinned: version)
    }

    /// Checks what variables and requests put in, which was not looked at when the connection was
    /// saved, and what holds only as long as the operator permits it.
    private func check(
        _ settings: ConnectionSettings, of connection: ConnectionRecord,
        under policy: TransportPolicy
    ) throws {
        guard settings != connection.content.settings || settings.dependsOnPolicy else { return }
        try settings.validate(in: connection.environment, under: policy, isExpanded: true)
    }

    /// Reads what a session with unsaved settings needs; their secrets are opened for wherever
    /// they point, so the caller has checked that the principal may retarget them.
    package func resolve(
        unsaved connection: ConnectionRecord, policy: TransportPolicy
    ) throws -> ResolvedConnection {
        let settings = try effectiveSettings(of: connection)
        try check(settings, of: connection, under: policy)
        return try dependencies(of: connection, settings, pinned: nil, isUnsaved: true)
    }

    /// Reads the versions of `resolved` again, for a session whose every credential was refused: a
    /// rotation may have begun or ended since it was planned.
    package func resolveAgain(_ resolved: ResolvedConnection) throws -> ResolvedConnection {
        try dependencies(
            of: resolved.connection, resolved.settings, pinned: nil, isUnsaved: resolved.isUnsaved)
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
                let reference =
                    secrets.login == nil ? settings.pop3.secretRef : settings.auth.secretRef
                resolved.candidates = try candidates(
                    of: login, reference, destination, name, connection.tenant,
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
        of secret: SecretID, _ reference: SecretReference?, _ destination: Destination,
        _ name: String, _ tenant: TenantID, isUnsaved: Bool
    ) throws -> [SecretVersionRecord] {
        func isApproved(_ version: SecretVersionRecord) -> Bool {
            isUnsaved || version.content.destinations.contains(destination)
        }
        let versions = try versionsWithKind(of: secret, in: tenant)
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
        // What a provider has that refuses the current one is rather the value to come.
        let now = Timestamp.now
        let pending = versions.filter { $0.state == .pending }
        let previous = versions.filter { version in
            version.state == .previous && version.content.graceUntil.map { now < $0 } ?? false
        }
        return [current] + (pending + previous).filter(isApproved)
    }

    /// The versions of a secret, oldest first, each with what it is used for.
    private func versionsWithKind(
        of secret: SecretID, in tenant: TenantID
    ) throws -> [SecretVersionRecord] {
        var versions = try versions(of: secret, in: tenant)
        guard versions.contains(where: { $0.content.kind == nil }) else { return versions }
        let kind = try find(SecretRecord.self, secret, in: tenant)?.kind
        for index in versions.indices { versions[index].content.kind = kind }
        return versions
    }
}
