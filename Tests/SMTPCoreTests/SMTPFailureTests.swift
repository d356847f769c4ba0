import Explained
import SMTPCore
import Testing

@Suite("SMTP failures")
struct SMTPFailureTests {
    @Test(
        "Each class says whether to retry and whether to fail over",
        arguments: [
            (SMTPFailureClass.config, false, false), (.network, true, true),
            (.transientHost, true, true), (.tlsTrust, false, false), (.tlsDowngrade, false, false),
            (.tlsIO, true, true), (.transientAuth, true, false), (.credential, false, false),
            (.senderConfig, false, false), (.transient, true, false), (.split, true, false),
            (.recipientPermanent, false, false), (.messagePermanent, false, false),
            (.ambiguous, false, false), (.protocolViolation, true, true),
        ])
    func classes(_ failureClass: SMTPFailureClass, _ retries: Bool, _ failsOver: Bool) {
        #expect(failureClass.mayRetry == retries)
        #expect(failureClass.mayFailOver == failsOver)
        #expect(failureClass.isCertainlyNotAccepted == (failureClass != .ambiguous))
    }

    @Test("Every failure explains itself", arguments: SMTPFailureClass.allCases)
    func explanations(_ failureClass: SMTPFailureClass) {
        for reason in SMTPFailureReason.allCases {
            let failure = SMTPFailure(.mail, failureClass, reason)
            #expect(failure.description.contains(reason.rawValue))
            #expect(!failure.explanation.remedy.isEmpty)
        }
    }

    @Test("Waits are short before the end of the message and long after it")
    func timeouts() {
        var timeouts = SMTPTimeouts()
        #expect(timeouts.limit(for: .dot) == .seconds(600))
        #expect(timeouts.limit(for: .data) == .seconds(120))
        #expect(timeouts.limit(for: .quit) == .seconds(2))
        timeouts.request = .seconds(300)
        #expect(timeouts.limit(for: .data) == .seconds(300))
        for phase in SMTPPhase.allCases { #expect(timeouts.limit(for: phase) > .zero) }
    }
}
