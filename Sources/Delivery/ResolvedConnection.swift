private import Sealing
internal import VaultModel
package import VaultStore

/// Everything that one transaction reads for a session, before any secret is opened.
package struct ResolvedConnection: Sendable {
    /// The connection as it stood.
    package let connection: ConnectionRecord
    /// The authority that its settings trust.
    package let authority: CertificateRecord?
    /// The secret versions that may be tried, the current one first; empty without authentication.
    package let candidates: [SecretVersionRecord]

    /// What a session is to be planned from.
    package init(
        connection: ConnectionRecord, authority: CertificateRecord?,
        candidates: [SecretVersionRecord]
    ) {
        self.connection = connection
        self.authority = authority
        self.candidates = candidates
    }

    /// Whether the mail goes to the sandbox whatever server the settings name.
    package var isSandboxed: Bool { connection.environment == .test }

    /// How reports name where the mail goes.
    package var target: String { isSandboxed ? "sandbox" : "primary" }
}

extension StoreTransaction {
    /// Reads what a session through `connection` needs and checks that it may be opened.
    ///
    /// After the current version come one that is being proven and, within its grace period, the
    /// one before: during a rotation one of them is the server's, and a session tries them in that
    /// order.
    package func resolve(_ connection: ConnectionRecord) throws -> ResolvedConnection {
        let name = connection.reference.description
        guard connection.enabled else { throw DeliveryError.disabled(name) }
        let settings = connection.content.settings
        guard connection.environment != .test else {
            return ResolvedConnection(connection: connection, authority: nil, candidates: [])
        }
        var authority: CertificateRecord?
        if let reference = settings.tls.caRef {
            authority = try certificate(named: reference, in: connection.tenant)
            guard authority != nil else { throw DeliveryError.certificateGone(name) }
        }
        return ResolvedConnection(
            connection: connection, authority: authority,
            candidates: try candidates(for: connection, settings))
    }

    private func candidates(
        for connection: ConnectionRecord, _ settings: ConnectionSettings
    ) throws -> [SecretVersionRecord] {
        let name = connection.reference.description
        guard settings.auth.mode == .smtp else { return [] }
        guard let id = connection.secret,
            let secret = try find(SecretRecord.self, id, in: connection.tenant)
        else { throw DeliveryError.noCurrentVersion(name) }
        let versions = try versions(of: secret)
        if let wanted = settings.auth.secretRef?.version {
            guard let version = versions.first(where: { $0.number == wanted && $0.sealed != nil })
            else { throw DeliveryError.versionGone(name) }
            return try approved([version], for: connection)
        }
        guard let current = versions.first(where: { $0.state == .current }) else {
            throw DeliveryError.noCurrentVersion(name)
        }
        let now = Timestamp.now
        let fallbacks = versions.filter { version in
            switch version.state {
            case .pending: true
            case .previous: version.content.graceUntil.map { now < $0 } ?? false
            default: false
            }
        }
        return try approved([current], for: connection)
            + fallbacks.filter { $0.content.destinations.contains(connection.destination) }
    }

    private func approved(
        _ versions: [SecretVersionRecord], for connection: ConnectionRecord
    ) throws -> [SecretVersionRecord] {
        let destination = connection.destination
        guard versions.allSatisfy({ $0.content.destinations.contains(destination) }) else {
            throw DeliveryError.destinationChanged(connection.reference.description)
        }
        return versions
    }
}
