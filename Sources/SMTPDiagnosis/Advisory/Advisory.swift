package import DNS
internal import Explained
package import TLS
package import VaultModel

/// What decides about delivery and is no fault of a connection.
package enum Advisory {
    /// What the advice is about.
    package struct Subject: Sendable {
        /// The domain of the From address, in A-label form.
        package var domain: String
        /// The provider, if it is known.
        package var provider: ProviderName?
        /// The mechanism that logged in, if one did.
        package var mechanism: String?
        /// What is known of the server's TLS.
        package var tls: TLSPeerFacts?
        /// Seconds since 1970.
        package var now: Int64

        /// Joins what is known.
        package init(
            domain: String, provider: ProviderName? = nil, mechanism: String? = nil,
            tls: TLSPeerFacts? = nil, now: Int64
        ) {
            self.domain = domain
            self.provider = provider
            self.mechanism = mechanism
            self.tls = tls
            self.now = now
        }
    }

    /// Looks up what the domain publishes, and adds what needs no look-up.
    ///
    /// It ends in time: no look-up begins after `deadline` has passed, and none outlasts it.
    ///
    /// - Parameter servers: The system's name servers when `nil`.
    package static func findings(
        for subject: Subject, servers: [NameServer]? = nil,
        deadline: Duration = DNSLimits.lookup
    ) async -> [AdvisoryFinding] {
        await publishedFindings(subject, servers, deadline) + localFindings(subject)
    }

    /// What needs no look-up: the certificate's end, and what the provider has announced.
    package static func localFindings(_ subject: Subject) -> [AdvisoryFinding] {
        [certificate(subject), announcement(subject)].compactMap { $0 }
    }

    // MARK: What the domain publishes

    private static func publishedFindings(
        _ subject: Subject, _ servers: [NameServer]?, _ deadline: Duration
    ) async -> [AdvisoryFinding] {
        let domain = subject.domain.lowercased()
        guard !isReserved(domain) else {
            return [
                AdvisoryFinding(
                    .spf, .unknown, "\(domain) is no domain of the public name service")
            ]
        }
        let due = ContinuousClock.now + deadline
        async let spf = spf(domain, subject.provider, servers, due)
        async let dmarc = dmarc(domain, servers, due)
        let dkim = AdvisoryFinding(
            .dkim, .unknown,
            "a key cannot be found without its selector; see DKIM-Signature in a mail that arrived")
        return [await spf, dkim, await dmarc]
    }

    private static func spf(
        _ domain: String, _ provider: ProviderName?, _ servers: [NameServer]?,
        _ due: ContinuousClock.Instant
    ) async -> AdvisoryFinding {
        switch await texts(domain, servers, due) {
        case .success(let texts): SPFRecord.judge(texts, domain: domain, provider: provider)
        case .failure(.noSuchName):
            AdvisoryFinding(
                .spf, .warn, "\(domain) does not exist",
                action: "correct the From address, or register the domain")
        case .failure(let error):
            AdvisoryFinding(.spf, .unknown, "\(domain): \(error.explanation.cause)")
        }
    }

    /// The record of the domain, or of the nearest parent that has one.
    private static func dmarc(
        _ domain: String, _ servers: [NameServer]?, _ due: ContinuousClock.Instant
    ) async -> AdvisoryFinding {
        for owner in owners(of: domain) {
            switch await texts("_dmarc." + owner, servers, due) {
            case .success(let texts):
                let records = texts.compactMap { DMARCRecord($0) }
                guard records.isEmpty else {
                    return DMARCRecord.judge(records, owner: owner, domain: domain)
                }
            case .failure(.noSuchName): break
            case .failure(let error):
                return AdvisoryFinding(
                    .dmarc, .unknown, "_dmarc.\(owner): \(error.explanation.cause)")
            }
        }
        return DMARCRecord.judge([], owner: domain, domain: domain)
    }

    private static func texts(
        _ name: String, _ servers: [NameServer]?, _ due: ContinuousClock.Instant
    ) async -> Result<[String], DNSError> {
        let left = due - ContinuousClock.now
        guard left > .zero else { return .failure(.timedOut) }
        do {
            return .success(try await TextRecords.lookup(name, servers: servers, deadline: left))
        } catch {
            return .failure(error)
        }
    }

    /// The domain, then its parents of at least two labels.
    static func owners(of domain: String) -> [String] {
        let labels = domain.split(separator: ".")
        guard labels.count > 2 else { return [domain] }
        return (0...labels.count - 2).prefix(DiagnosisLimits.policyParents + 1).map {
            labels[$0...].joined(separator: ".")
        }
    }

    /// Single labels and the names that RFC 2606, 6761, 6762 and 8375 keep for use at home.
    private static func isReserved(_ domain: String) -> Bool {
        let labels = domain.split(separator: ".").map(String.init)
        guard labels.count > 1, let last = labels.last else { return true }
        return ["test", "example", "invalid", "localhost", "local", "internal", "onion", "arpa"]
            .contains(last)
    }

    // MARK: What needs no look-up

    private static func certificate(_ subject: Subject) -> AdvisoryFinding? {
        guard let tls = subject.tls, let leaf = tls.chain.first else { return nil }
        let days = TLSEvidence.days(of: tls, now: subject.now)
        guard days < DiagnosisLimits.expiryDays else { return nil }
        return AdvisoryFinding(
            .certificate, .warn, "the chain of \(leaf.subject) ends in \(days) days",
            action: "have the certificate renewed")
    }

    private static func announcement(_ subject: Subject) -> AdvisoryFinding? {
        guard let mechanism = subject.mechanism?.uppercased(),
            mechanism != "XOAUTH2", mechanism != "OAUTHBEARER", mechanism != "EXTERNAL"
        else { return nil }
        switch subject.provider {
        case .office365:
            return AdvisoryFinding(
                .provider, .warn,
                "Exchange Online switches passwords with SMTP off by default from the end of December 2026 (MC786329)",
                action: "change the connection to OAuth (XOAUTH2)")
        case .gmail:
            return AdvisoryFinding(
                .provider, .good,
                "Gmail takes app passwords alone, and revokes them when the account's password changes"
            )
        case .ses, .sendgrid, .mailgun, .postmark, .custom, nil: return nil
        }
    }
}
