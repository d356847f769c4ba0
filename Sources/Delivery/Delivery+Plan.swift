package import SMTPClient
internal import SMTPCore
internal import Sodium
internal import TLS
internal import Transport
internal import VaultModel
package import VaultStore

extension Delivery {
    /// A plan for one session; `candidate` is the place of the secret version in
    /// `resolved.candidates`.
    ///
    /// The audit entry that announces the session is durable before this is called.
    ///
    /// - Parameter extent: How far the session goes; secrets that it does not get to stay closed.
    package func plan(
        _ resolved: ResolvedConnection, candidate: Int, store: VaultStore,
        extent: PlanExtent = .login
    ) async throws -> SessionPlan {
        let settings = resolved.settings
        if resolved.isSandboxed { return try await sandboxPlan(resolved) }
        let transport = settings.transport(under: self.settings.policy)
        var plan = SessionPlan(
            endpoint: .network(host: settings.host, port: transport.port),
            protection: transport.protection, egress: self.settings.egress)
        plan.passwordMayCrossInClear = transport.passwordMayCrossInClear
        plan.allowsInsecureChallenge =
            settings.auth.allowInsecureAuth || transport.passwordMayCrossInClear
        plan.mechanisms = settings.auth.mechanisms
        plan.authorizationID = settings.auth.authorizationId ?? ""
        plan.startTLSSeenBefore = resolved.memory?.content.starttlsSince != nil
        plan.sourceAddress = settings.sourceIp.flatMap { IPAddress($0) }
        plan.proxy = try proxy(settings)
        try apply(settings, to: &plan)
        let policy = try await tlsPolicy(resolved, extent == .connection ? nil : store)
        if transport.protection != .plain {
            plan.tls = SessionPlan.TLS(
                context: try context(policy), serverName: settings.tls.serverName ?? settings.host)
        }
        guard extent == .login else { return plan }
        switch settings.auth.mode {
        case .none: break
        case .smtp: try await addLogin(resolved, candidate: candidate, store, policy, to: &plan)
        case .popBeforeSMTP:
            plan.preSession = try await popLogin(
                resolved, candidate: candidate, store, policy, plan)
        }
        return plan
    }

    private func sandboxPlan(_ resolved: ResolvedConnection) async throws -> SessionPlan {
        let settings = resolved.settings
        let sink = try await sink(
            resolved.connection.tenant, settings.localDomain ?? "localhost")
        var plan = SessionPlan(
            endpoint: .unix(path: sink.path), protection: .plain, egress: nil)
        try apply(settings, to: &plan)
        plan.localDomain = sink.localDomain
        // The sandbox takes every message; what only real relays offer is not asked of it.
        plan.requireTLSChain = false
        plan.usesHELO = false
        return plan
    }

    /// How a message is handed over, and how long each step may take.
    private func apply(_ settings: ConnectionSettings, to plan: inout SessionPlan) throws {
        let transaction = settings.transaction
        plan.localDomain = settings.localDomain
        plan.usesHELO = transaction.greeting == .helo
        plan.dataMode = transaction.dataMode == .bdat ? .chunked : .data
        plan.requireTLSChain = transaction.requireTls
        plan.abortsOnRefusedRecipient = transaction.recipientFailure == .abort
        plan.priority = transaction.mtPriority
        plan.mailAuth = try transaction.mailAuth.map { .mailbox(try SMTPAddress(parsing: $0)) }
        plan.dsn = transaction.dsn
        plan.timeouts.connect = .milliseconds(settings.timeouts.connectMs)
        plan.timeouts.request = .milliseconds(settings.timeouts.requestMs)
        plan.timeouts.write = .milliseconds(settings.timeouts.writeMs)
        plan.timeouts.dataDone = .milliseconds(settings.timeouts.dataDoneMs)
    }

    private func proxy(_ settings: ConnectionSettings) throws -> ProxySettings? {
        guard let name = settings.proxy else { return nil }
        guard let proxy = self.settings.proxies[name.folded] else {
            throw DeliveryError.proxyUnknown(name.text)
        }
        return proxy
    }

    /// What TLS demands of the servers of a connection, and what it presents to them if there is a
    /// store to open that from.
    func tlsPolicy(
        _ resolved: ResolvedConnection, _ store: VaultStore?
    ) async throws -> TLSClientPolicy {
        let tls = resolved.settings.tls
        var identity: ClientIdentity?
        if let client = resolved.clientCertificate, let store {
            let key = try await secret(client.key, of: resolved, store)
            identity = try ClientIdentity(
                chainPEM: Array(client.certificate.content.pem.utf8),
                key: key.withSpan { (span) throws(TLSError) in try PrivateKey(pem: span) })
        }
        return TLSClientPolicy(
            trust: resolved.authority.map { .authorities(pem: [Array($0.content.pem.utf8)]) }
                ?? .system,
            fingerprintsSHA256: tls.fingerprintsSha256.compactMap { Hex.decode($0) },
            verifyPeer: tls.verifyPeer,
            minimumVersion: tls.minVersion == "1.3" ? .tls13 : .tls12,
            maximumVersion: tls.maxVersion == "1.2" ? .tls12 : nil, identity: identity)
    }
}

extension ConnectionSettings.Transaction {
    /// The delivery notices that are asked for.
    fileprivate var dsn: DSNRequest? {
        guard !dsnNotify.isEmpty || dsnReturn != nil else { return nil }
        let known: [String: DSNNotify] = [
            "never": .never, "success": .success, "failure": .failure, "delay": .delay,
        ]
        let events = dsnNotify.compactMap { known[$0] }
        return DSNRequest(
            notify: events.isEmpty ? nil : DSNNotify(events),
            returns: dsnReturn.map { $0 == .full ? .full : .headers })
    }
}
