internal import VaultModel

/// What a test is about and how far it goes.
package struct TestScope: Sendable, Hashable {
    /// The last step that is asked for; QUIT comes in any case.
    package var until: TestStepName
    /// Whether one mail goes to the test address.
    package var sendsMail: Bool
    /// Whom RCPT names.
    package var testAddress: String?
    /// Where the server is and how the session protects itself.
    package var context: DiagnosisContext
    /// The mechanisms that the connection allows; empty for the built-in order.
    package var allowedMechanisms: [String]
    /// Whether a POP3 session comes first.
    package var usesPOP: Bool
    /// Whether a login is part of the session.
    package var logsIn: Bool
    /// Whether destinations are judged by egress rules.
    package var hasEgressRules: Bool
    /// Seconds since 1970, against which certificates are judged.
    package var now: Int64

    /// The scope of a test up to the login.
    package init(
        context: DiagnosisContext, until: TestStepName = .auth, sendsMail: Bool = false,
        testAddress: String? = nil, allowedMechanisms: [String] = [], usesPOP: Bool = false,
        logsIn: Bool = true, hasEgressRules: Bool = true, now: Int64
    ) {
        self.context = context
        self.until = until
        self.sendsMail = sendsMail
        self.testAddress = testAddress
        self.allowedMechanisms = allowedMechanisms
        self.usesPOP = usesPOP
        self.logsIn = logsIn
        self.hasEgressRules = hasEgressRules
        self.now = now
    }

    /// Why a step is not part of this test, or `nil` if it is.
    func reasonToSkip(_ step: TestStepName) -> String? {
        let protection = context.protection
        switch step {
        case .quit where until < .greeting: return "no session was opened"
        case .quit: return nil
        case .pop where !usesPOP: return "POP before SMTP is not set"
        case .egress where !hasEgressRules: return "no egress rules apply"
        case _ where step > until: return "not asked for (until=\(until.rawValue))"
        case .ehloTLS where protection == .implicitTLS: return "TLS came before the first EHLO"
        case .ehloTLS where protection == .plain, .tls where protection == .plain:
            return "encryption=none"
        case .auth where !logsIn: return "no login is set"
        case .recipient where testAddress == nil: return "no test_address is set"
        case .mail where testAddress == nil: return "no test_address is set"
        case .mail where !sendsMail: return "no test mail was asked for (send=true)"
        default: return nil
        }
    }
}
