internal import SMTPCore
internal import TLS
internal import VaultModel

// Which step a failure belongs to, and what may be told of it.
extension TestReportBuilder {
    func step(of failure: SMTPFailure) -> TestStepName {
        if isMailRunning { return .mail }
        switch (failure.phase, failure.reason) {
        case (_, .egressDenied): return .egress
        case (_, .hostNotFound): return .dns
        case (.pop, _): return .pop
        case (.connect, _):
            let entry = Diagnosis.entry(for: failure, context: scope.context)?.id
            if entry == "name-service-failed" || entry == "host-not-found-settings" { return .dns }
            if failure.failureClass == .config, failure.reason == .connectionFailed {
                return .config
            }
            return isConnected || addresses != nil || failure.reason != .timedOut ? .tcp : .dns
        case (.greeting, _): return .greeting
        case (.ehlo, _): return isTLSUp && plainHello != nil ? .ehloTLS : .ehlo
        case (.startTLS, _), (.tls, _): return .tls
        case (.auth, _): return .auth
        case (.mail, _): return .sender
        case (.rcpt, _): return .recipient
        case (.data, _), (.content, _), (.dot, _): return .mail
        case (.rset, _), (.noop, _), (.quit, _): return nextStep
        }
    }

    /// The first step that is asked for and not decided.
    private var nextStep: TestStepName {
        TestStepName.allCases.first { steps[$0] == nil && scope.reasonToSkip($0) == nil } ?? .quit
    }

    /// Decides what must have gone well before `step` could fail.
    mutating func settle(before step: TestStepName, at elapsed: Duration) {
        if step > .dns, step != .pop { resolvedInTime(at: elapsed) }
        if step > .greeting { showGreetingCode(at: elapsed) }
    }

    /// What greeted by the rules of SMTP and has not answered EHLO may be another service.
    mutating func showGreetingCode(at elapsed: Duration) {
        guard greeting?.code.value == 220 else { return }
        set(.greeting, .ok, "220; the text is withheld until EHLO is answered", at: elapsed)
    }

    func evidence(of failure: SMTPFailure, in step: TestStepName) -> String {
        var parts: [String] = []
        switch step {
        case .egress: return "the destination is not permitted"
        case .greeting where !Self.mayShow(failure): return "no SMTP server answers here"
        case .ehlo where !Self.mayShow(failure):
            return "EHLO is not understood, so this may be no SMTP server"
        case .tcp: parts += attempts.prefix(DiagnosisLimits.addresses)
        case .tls:
            if let peer { parts.append(tlsText(peer)) }
        case .auth: parts.append(login)
        case .recipient: parts += scope.testAddress.map { [EvidenceText.item($0)] } ?? []
        default: break
        }
        if let reply = failure.reply {
            parts.append(EvidenceText.reply(reply))
        } else if step != .tls || peer == nil {
            parts.append(
                failure.detail.isEmpty
                    ? failure.reason.rawValue : EvidenceText.item(failure.detail))
        }
        return parts.joined(separator: "; ")
    }

    /// Whether a reply before the end of EHLO is a refusal that is SMTP's own: the text of anything
    /// else could be another service's (RFC 5321 §3.1 and §4.1.1.1, RFC 7504).
    private static func mayShow(_ failure: SMTPFailure) -> Bool {
        guard let reply = failure.reply else {
            return failure.reason != .unparsableReply && failure.reason != .unexpectedReply
        }
        let code = reply.code
        guard code.isTransient || code.isPermanent else { return false }
        let codes: Set<UInt16> = [421, 450, 451, 452, 454, 504, 521, 550, 553, 554, 556]
        return reply.enhanced != nil || codes.contains(code.value)
            || failure.phase == .ehlo && code.value == 501
    }

    /// What was offered, what is allowed and what was chosen; never the secret.
    var login: String {
        let allowed = scope.allowedMechanisms
        var text = "offered: " + CapabilityEvidence.words(offered)
        text += "; allowed: " + (allowed.isEmpty ? "any" : CapabilityEvidence.words(allowed))
        if let mechanism { text += "; chosen: \(EvidenceText.item(mechanism))" }
        return text
    }

    /// What is told of the server's TLS.
    func tlsText(_ facts: TLSPeerFacts) -> String {
        let mode = scope.context.protection == .implicitTLS ? "implicit TLS" : "STARTTLS"
        return TLSEvidence.text(facts, mode: mode, now: scope.now)
    }
}
