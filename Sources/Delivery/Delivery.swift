package import EventLoop
private import Locking
package import SMTPClient
private import SMTPCore
package import Sealing
private import Sodium
private import TLS
internal import VaultModel
internal import VaultStore

/// Turns resolved connections into session plans, and holds what sessions share: the loop and the
/// TLS contexts, both made when first needed.
///
/// This is the only place where a secret is opened for use; the plan's credential lives in locked
/// memory until the session has authenticated.
package final class Delivery: Sendable {
    private struct Shared: Sendable {
        var loop: EventLoop?
        var contexts: [TLSClientPolicy: TLSContext] = [:]
    }

    /// What the operator decided.
    package let settings: DeliverySettings
    private let sink: @Sendable () async throws -> String
    private let shared = Locked(Shared())
    /// The most TLS contexts that are kept: one for each authority and set of pins in use.
    private static let contextLimit = 256

    /// Sends as `settings` say; `sink` gives the path of the sandbox's socket.
    package init(
        settings: DeliverySettings, sink: @escaping @Sendable () async throws -> String
    ) {
        self.settings = settings
        self.sink = sink
    }

    /// The loop on which sessions run.
    package func loop() throws -> EventLoop {
        try shared.withLock { shared in
            if let loop = shared.loop { return loop }
            let loop = try EventLoop(name: "delivery")
            try loop.start()
            shared.loop = loop
            return loop
        }
    }

    /// A plan for one session; `candidate` is the place of the secret version in
    /// `resolved.candidates`.
    ///
    /// The audit entry that announces the session is durable before this is called.
    package func plan(
        _ resolved: ResolvedConnection, candidate: Int, keys: KeyRing
    ) async throws -> SessionPlan {
        let settings = resolved.settings
        if resolved.isSandboxed {
            var plan = SessionPlan(
                endpoint: .unix(path: try await sink()), protection: .plain, egress: nil)
            plan.localDomain = settings.localDomain ?? "localhost"
            plan.timeouts = timeouts(settings)
            return plan
        }
        let transport = settings.transport
        var plan = SessionPlan(
            endpoint: .network(host: settings.host, port: transport.port),
            protection: transport.protection, egress: self.settings.egress)
        plan.passwordMayCrossInClear = transport.passwordMayCrossInClear
        plan.allowsInsecureChallenge =
            settings.auth.allowInsecureAuth || transport.passwordMayCrossInClear
        plan.localDomain = settings.localDomain
        plan.mechanisms = settings.auth.mechanisms
        plan.timeouts = timeouts(settings)
        if transport.protection != .plain {
            plan.tls = SessionPlan.TLS(
                context: try context(settings, resolved.authority),
                serverName: settings.tls.serverName ?? settings.host)
        }
        if settings.auth.mode == .smtp, resolved.candidates.indices.contains(candidate) {
            let version = resolved.candidates[candidate]
            let name = resolved.connection.reference.description
            guard
                resolved.isUnsaved
                    || version.content.destinations.contains(resolved.destination)
            else {
                throw DeliveryError.destinationChanged(name)
            }
            guard let sealed = version.sealed else {
                throw DeliveryError.versionGone(name)
            }
            plan.credential = Credential(
                username: settings.auth.username ?? "",
                password: try keys.open(sealed, at: version.place))
        }
        return plan
    }

    private func timeouts(_ settings: ConnectionSettings) -> SMTPTimeouts {
        var timeouts = SMTPTimeouts()
        timeouts.connect = .milliseconds(settings.timeouts.connectMs)
        timeouts.request = .milliseconds(settings.timeouts.requestMs)
        timeouts.write = .milliseconds(settings.timeouts.writeMs)
        timeouts.dataDone = .milliseconds(settings.timeouts.dataDoneMs)
        return timeouts
    }

    private func context(
        _ settings: ConnectionSettings, _ authority: CertificateRecord?
    ) throws -> TLSContext {
        let policy = TLSClientPolicy(
            trust: authority.map { .authorities(pem: [Array($0.content.pem.utf8)]) } ?? .system,
            fingerprintsSHA256: settings.tls.fingerprintsSha256.compactMap { Hex.decode($0) },
            minimumVersion: settings.tls.minVersion == "1.3" ? .tls13 : .tls12)
        if let known = shared.withLock({ $0.contexts[policy] }) { return known }
        let made = try TLSContext.client(policy)
        return shared.withLock { shared in
            if shared.contexts.count >= Self.contextLimit { shared.contexts = [:] }
            shared.contexts[policy] = made
            return made
        }
    }

    /// Ends the loop; sessions are over by then.
    package func close() async {
        let loop = shared.withLock { shared in
            defer { shared = Shared() }
            return shared.loop
        }
        await loop?.stop()
    }
}
