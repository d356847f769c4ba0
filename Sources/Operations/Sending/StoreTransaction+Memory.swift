internal import Delivery
internal import SMTPClient
internal import SMTPCore
internal import TLS
internal import VaultModel
internal import VaultStore

// What a session taught about its server: that it offers STARTTLS, and the certificate it presents.
extension StoreTransaction {
    /// Remembers what is new; a server that stops to offer STARTTLS stays remembered for it.
    func remember(_ report: SessionReport, of resolved: ResolvedConnection) throws {
        guard !resolved.isSandboxed else { return }
        let settings = resolved.settings
        let transport = settings.transport
        let isUpgraded = transport.protection != .implicitTLS && report.tls != nil
        let leaf = report.tls.flatMap { $0.isVerified ? $0.chain.first : nil }
        guard isUpgraded || leaf != nil else { return }
        let tenant = resolved.connection.tenant
        let known = try serverFacts(host: settings.host, port: transport.port, in: tenant)
        var facts =
            try known
            ?? ServerFactsRecord(
                tenant: tenant,
                endpointIndex: endpointIndex(
                    host: settings.host, port: transport.port, in: tenant),
                host: settings.host, port: transport.port)
        var isNew = known == nil
        if isUpgraded, facts.content.starttlsSince == nil {
            facts.content.starttlsSince = .now
            isNew = true
        }
        let certificate = leaf.map(ServerFactsRecord.Certificate.init)
        if let certificate, certificate != facts.content.certificate {
            facts.content.certificate = certificate
            isNew = true
        }
        guard isNew else { return }
        facts.seen = .now
        if known == nil { try insert(facts) } else { try update(facts) }
    }
}

extension ServerFactsRecord.Certificate {
    fileprivate init(_ facts: CertificateFacts) {
        self.init(
            subject: facts.subject, issuer: facts.issuer, sha256: facts.fingerprint,
            expires: Timestamp(milliseconds: facts.notAfter * 1000))
    }
}
