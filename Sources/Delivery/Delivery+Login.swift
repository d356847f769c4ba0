internal import Explained
internal import OAuth
internal import POP3Client
internal import POP3Core
internal import References
internal import SMTPClient
internal import SMTPCore
private import Sealing
package import Sodium
internal import TLS
internal import Transport
package import VaultModel
package import VaultStore

// The credentials of a session: opened here, alive in the slab until they are spent.
extension Delivery {
    /// Adds the credential of AUTH.
    func addLogin(
        _ resolved: ResolvedConnection, candidate: Int, _ store: VaultStore,
        _ policy: TLSClientPolicy, to plan: inout SessionPlan
    ) async throws {
        guard resolved.candidates.indices.contains(candidate) else { return }
        let version = resolved.candidates[candidate]
        let username = resolved.username(of: version)
        let value = try await secret(version, of: resolved, store)
        guard version.content.kind == .oauth2Client else {
            plan.credential = Credential(username: username, password: value)
            return
        }
        let client = OAuthClient(try OAuthClientSecret(parsing: value))
        plan.token = Credential(
            username: username,
            password: try await token(client, version, resolved, policy, plan))
    }

    /// An access token for this session, renewed if it ends soon.
    private func token(
        _ client: OAuthClient, _ version: SecretVersionRecord,
        _ resolved: ResolvedConnection, _ policy: TLSClientPolicy, _ plan: SessionPlan
    ) async throws -> SecretBytes {
        let loop = try loop()
        let replace = replace
        return try await tokens.token(
            for: Self.tokenKey(version),
            renew: { () async throws(OAuthFailure) in
                // The endpoint is trusted as the connection's server is, but never by its pins.
                let source = try OAuthTokenSource(
                    egress: plan.egress, trust: policy.trust, proxy: plan.proxy,
                    sourceAddress: plan.sourceAddress)
                return try await source.renew(client.secret, on: loop)
            },
            store: { rotated in
                try await replace(version, rotated)
                return nil
            })
    }

    /// The value of a version: what is sealed, or what its reference stands for.
    func secret(
        _ version: SecretVersionRecord, of resolved: ResolvedConnection, _ store: VaultStore
    ) async throws -> SecretBytes {
        let name = resolved.connection.reference.description
        guard
            resolved.isUnsaved || version.content.destinations.contains(resolved.destination)
        else { throw DeliveryError.destinationChanged(name) }
        return try await value(of: version, called: name, store)
    }

    /// The value of a version for the provider's own hook, which knows no destination.
    package func valueForHook(
        of version: SecretVersionRecord, of secret: ResourceName, store: VaultStore
    ) async throws -> SecretBytes {
        try await value(of: version, called: secret.text, store)
    }

    private func value(
        of version: SecretVersionRecord, called name: String, _ store: VaultStore
    ) async throws -> SecretBytes {
        guard version.sealed != nil else { throw DeliveryError.versionGone(name) }
        let value = try await store.open(version)
        guard let right = version.content.reference else { return value }
        let text = value.withSpan { span in
            String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
        }
        return try await references.resolve(
            ExternalReference(parsing: text), isApproved: right == .operator, on: loop())
    }

    // MARK: POP before SMTP

    /// The POP3 login that opens the way, run once for each session.
    func popLogin(
        _ resolved: ResolvedConnection, candidate: Int, _ store: VaultStore,
        _ policy: TLSClientPolicy, _ plan: SessionPlan
    ) async throws -> PreSession {
        let settings = resolved.settings
        let pop3 = settings.pop3
        let host = pop3.host ?? settings.host
        let version =
            resolved.popVersion
            ?? (resolved.candidates.indices.contains(candidate)
                ? resolved.candidates[candidate] : nil)
        guard let version else {
            throw DeliveryError.noCurrentVersion(resolved.connection.reference.description)
        }
        var route = Route(host: host, port: pop3.effectivePort, egress: plan.egress)
        route.sourceAddress = plan.sourceAddress
        route.proxy = plan.proxy
        route.connectLimit = plan.timeouts.connect
        let protection: POP3Plan.Protection =
            switch pop3.encryption {
            case .none: .plain
            case .starttls: .starttls
            case .implicitTLS: .implicitTLS
            }
        var tls: POP3Plan.TLS?
        if protection != .plain {
            let name = pop3.host ?? settings.tls.serverName ?? settings.host
            tls = POP3Plan.TLS(context: try context(policy), serverName: name)
        }
        var login = POP3Plan(
            route: route, protection: protection, tls: tls,
            credential: Credential(
                username: version.content.username ?? pop3.username ?? settings.auth.username
                    ?? "",
                password: try await secret(version, of: resolved, store)))
        login.timeouts.request = plan.timeouts.request
        login.usesAPOP = pop3.apop
        login.passwordMayCrossInClear = LoopbackName.matches(host)
        login.allowsInsecureChallenge =
            settings.auth.allowInsecureAuth || LoopbackName.matches(host)
        let ready = login
        return PreSession(interval: .milliseconds(pop3.intervalMs)) { loop in
            let report = await POP3Session.authenticate(ready, on: loop)
            if let failure = report.failure {
                return .failed(failure.failureClass, failure.description)
            }
            return .passed(
                authenticationBegan: report.authenticationStartedAt ?? report.startedAt,
                text: report.finalReply?.text ?? "logged in")
        }
    }
}

/// An OAuth2 client for as long as its renewal may run.
private final class OAuthClient: Sendable {
    let secret: OAuthClientSecret

    init(_ secret: consuming OAuthClientSecret) { self.secret = secret }
}
