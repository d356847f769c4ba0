package import SMTPCore
internal import TLS
internal import VaultModel

/// Makes a report of what a test sees, as it sees it; the first failure ends it.
///
/// Nothing that a tenant must not learn gets in: answers of the name service show only once the
/// connection was permitted, and a greeting only once EHLO has shown that an SMTP server speaks.
package struct TestReportBuilder: Sendable {
    let scope: TestScope
    private(set) var steps: [TestStepName: TestStep] = [:]
    private var last = Duration.zero
    private(set) var addresses: [IPAddress]?
    private(set) var attempts: [String] = []
    private(set) var greeting: SMTPReply?
    private(set) var plainHello: SMTPCapabilities?
    private(set) var offered: [String] = []
    private(set) var mechanism: String?
    private(set) var peer: TLSPeerFacts?
    private(set) var isConnected = false
    private(set) var isTLSUp = false
    private(set) var isMailRunning = false
    private var hasFailed = false

    /// Starts with nothing seen.
    package init(_ scope: TestScope) { self.scope = scope }

    // MARK: Before the session

    /// The settings are usable; each warning is a sentence.
    package mutating func checkedSettings(warnings: [String], at elapsed: Duration) {
        let text = EvidenceText.list(warnings, limit: 8, separator: "; ", none: "no finding")
        set(
            .config, warnings.isEmpty ? .ok : .warn, text, at: elapsed,
            cause: warnings.first.map { EvidenceText.item($0) },
            action: warnings.isEmpty ? nil : "look at what the evidence lists")
    }

    /// The settings cannot work; nothing is connected to.
    package mutating func refusedSettings(cause: String, action: String, at elapsed: Duration) {
        set(
            .config, .fail, EvidenceText.item(cause), at: elapsed, cause: EvidenceText.item(cause),
            action: EvidenceText.item(action))
        hasFailed = true
    }

    /// There is no credential for the login; the session went as far as it could without.
    package mutating func refusedLogin(cause: String, action: String, at elapsed: Duration) {
        guard !hasFailed else { return }
        set(
            .auth, .fail, EvidenceText.item(cause), at: elapsed, cause: EvidenceText.item(cause),
            action: EvidenceText.item(action))
        hasFailed = true
    }

    /// The host was looked up and nothing was connected to.
    package mutating func lookedUp(at elapsed: Duration) {
        guard !hasFailed else { return }
        resolvedInTime(at: elapsed)
    }

    // MARK: During the session

    /// Takes what the session saw, `elapsed` after the test began.
    package mutating func take(_ evidence: TestEvidence, at elapsed: Duration) {
        guard !hasFailed else { return }
        if isMailRunning { return takeInMail(evidence, at: elapsed) }
        switch evidence {
        case .resolved(let addresses): self.addresses = addresses
        case .trying: resolvedInTime(at: elapsed)
        case .failed(let address, let reason):
            attempts.append("\(address): \(EvidenceText.item(reason))")
        case .connected(let address): connected(address, "", at: elapsed)
        case .proxied(let address): connected(address, " by the proxy", at: elapsed)
        case .greeting(let reply): greeting = reply
        case .hello(let capabilities, let afterTLS): hello(capabilities, afterTLS, at: elapsed)
        case .tls(let facts): established(facts, at: elapsed)
        case .pop(let text, let isPassed):
            if isPassed { set(.pop, .ok, EvidenceText.item(text), at: elapsed) }
        case .authOffered(let mechanisms): offered = mechanisms
        case .authenticating(let mechanism): self.mechanism = mechanism
        case .authenticated(let reply):
            set(.auth, .ok, "\(login); \(EvidenceText.reply(reply))", at: elapsed)
        case .mail(let reply):
            if reply.code.isPositive { set(.sender, .ok, EvidenceText.reply(reply), at: elapsed) }
        case .recipient(let address, let reply):
            if reply.code.isPositive {
                let text = "\(EvidenceText.item(address)): \(EvidenceText.reply(reply))"
                set(.recipient, .ok, text, at: elapsed)
            }
        case .content, .accepted: takeInMail(evidence, at: elapsed)
        case .quit(let reply): quit(reply, at: elapsed)
        }
    }

    /// The test mail goes out in a session of its own, in which every failure is the mail's.
    package mutating func beginMail() { isMailRunning = true }

    /// The session ended with `failure`.
    package mutating func fail(_ failure: SMTPFailure, at elapsed: Duration) {
        guard !hasFailed else { return }
        var context = scope.context
        if context.tls == nil { context.tls = peer }
        let advice = Diagnosis.advice(for: failure, context: context)
        let step = step(of: failure)
        settle(before: step, at: elapsed)
        set(
            step, .fail, evidence(of: failure, in: step), at: elapsed, cause: advice.cause,
            action: advice.action)
        hasFailed = true
    }

    // MARK: After the session

    /// What advises about delivery; each line is independent of the others.
    package mutating func advise(_ findings: [AdvisoryFinding], at elapsed: Duration) {
        guard !hasFailed, scope.reasonToSkip(.advisory) == nil else { return }
        let worst = findings.first { $0.status == .warn }
        set(
            .advisory, worst == nil ? .ok : .warn,
            findings.map { "\($0.topic.rawValue): \($0.text)" }.joined(separator: "; "),
            at: elapsed,
            cause: worst.map { "\($0.topic.rawValue): \($0.text)" }, action: worst?.action)
    }

    /// The report of what was seen so far.
    package func report() -> TestReport {
        let failed = steps.values.first { $0.status == .fail }?.step
        return TestReport(
            steps: TestStepName.allCases.map { name in
                if let step = steps[name] { return step }
                let reason =
                    scope.reasonToSkip(name)
                    ?? failed.map { "not reached: \($0.title) failed" } ?? "not reached"
                return TestStep(step: name, status: .skipped, evidence: reason)
            })
    }

    // MARK: Steps

    /// Decides a step once; its time runs from the one before it.
    mutating func set(
        _ step: TestStepName, _ status: TestStep.Status, _ evidence: String, at elapsed: Duration,
        cause: String? = nil, action: String? = nil
    ) {
        guard steps[step] == nil || status == .fail else { return }
        let taken = max(.zero, elapsed - last)
        last = max(last, elapsed)
        steps[step] = TestStep(
            step: step, status: status,
            ms: Int(min(taken / .milliseconds(1), 86_400_000)), evidence: evidence, cause: cause,
            action: action)
    }

    mutating func resolvedInTime(at elapsed: Duration) {
        if scope.hasEgressRules {
            set(.egress, .ok, "the destination is permitted", at: last)
        }
        guard let addresses else {
            return set(.dns, .skipped, "no name was looked up", at: last)
        }
        let text = EvidenceText.list(
            addresses.map(\.description), limit: DiagnosisLimits.addresses)
        set(.dns, .ok, text, at: elapsed)
    }

    private mutating func connected(_ address: String, _ how: String, at elapsed: Duration) {
        resolvedInTime(at: elapsed)
        isConnected = true
        let lines = attempts + ["connected to \(EvidenceText.item(address))\(how)"]
        let text = EvidenceText.list(lines, limit: DiagnosisLimits.addresses, separator: "; ")
        set(.tcp, .ok, text, at: elapsed)
    }

    private mutating func hello(
        _ capabilities: SMTPCapabilities, _ afterTLS: Bool, at elapsed: Duration
    ) {
        if let greeting { set(.greeting, .ok, EvidenceText.reply(greeting), at: elapsed) }
        if let plainHello, afterTLS {
            let text = CapabilityEvidence.difference(from: plainHello, to: capabilities)
            return set(.ehloTLS, .ok, text, at: elapsed)
        }
        plainHello = capabilities
        set(.ehlo, .ok, CapabilityEvidence.text(capabilities), at: elapsed)
        if scope.context.protection == .starttlsIfOffered, !capabilities.startTLS {
            set(
                .tls, .warn, "STARTTLS is not offered; the session goes on in clear", at: elapsed,
                cause: "the server offers no STARTTLS, and the connection goes without",
                action: "set encryption=starttls once the server offers it")
        }
    }

    private mutating func established(_ facts: TLSPeerFacts, at elapsed: Duration) {
        peer = facts
        if case .refused = facts.verification { return }
        isTLSUp = true
        let text = tlsText(facts)
        let days = TLSEvidence.days(of: facts, now: scope.now)
        if !facts.isVerified {
            set(
                .tls, .warn, text, at: elapsed,
                cause:
                    "the server has not proved who it is, since the connection asks for no proof",
                action: "set tls.ca_ref or tls.fingerprints_sha256")
        } else if days < DiagnosisLimits.expiryDays {
            set(
                .tls, .warn, text, at: elapsed,
                cause: "a certificate of the server's chain ends in \(days) days",
                action: "have it renewed")
        } else {
            set(.tls, .ok, text, at: elapsed)
        }
    }

    private mutating func quit(_ reply: SMTPReply?, at elapsed: Duration) {
        showGreetingCode(at: elapsed)
        let text = reply.map(EvidenceText.reply) ?? "the server closed without a reply"
        set(.quit, .ok, text, at: elapsed)
    }

    private mutating func takeInMail(_ evidence: TestEvidence, at elapsed: Duration) {
        isMailRunning = true
        if case .accepted(let reply) = evidence {
            let text = "\(scope.testAddress.map { "to \(EvidenceText.item($0)); " } ?? "")"
            set(.mail, .ok, text + EvidenceText.reply(reply), at: elapsed)
            isMailRunning = false
        }
    }
}
