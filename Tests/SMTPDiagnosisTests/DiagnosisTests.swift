import EventLoop
import Explained
import SMTPCore
import Testing
import VaultModel

@testable import SMTPDiagnosis
@testable import TLS

@Suite("Diagnosis")
struct DiagnosisTests {
    /// A reply as a server wrote it, and what it means.
    struct Fixture: CustomTestStringConvertible {
        let wire: String
        let phase: SMTPPhase
        let id: String
        var host = ""
        var testDescription: String { wire }
    }

    static let fixtures = [
        Fixture(
            wire:
                "534-5.7.9 Application-specific password required. For more information, go to\r\n"
                + "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor a1-b2.3 - gsmtp",
            phase: .auth, id: "gmail-app-password-required"),
        Fixture(
            wire: "534-5.7.14 <https://accounts.google.com/signin/continue?sarp=1> Please\r\n"
                + "534-5.7.14 log in via your web browser and then try again.\r\n"
                + "534 5.7.14  https://support.google.com/mail/answer/78754 - gsmtp",
            phase: .auth, id: "gmail-sign-in-blocked"),
        Fixture(
            wire: "535-5.7.8 Username and Password not accepted. For more information, go to\r\n"
                + "535 5.7.8  https://support.google.com/mail/?p=BadCredentials - gsmtp",
            phase: .auth, id: "gmail-password-refused"),
        Fixture(
            wire: "421 4.7.0 Try again later, closing connection.", phase: .mail,
            id: "gmail-temporary-block", host: "SMTP.gmail.com"),
        Fixture(
            wire: "421 4.7.0 Try again later, closing connection.", phase: .mail,
            id: "session-ended-by-server", host: "mail.example.org"),
        Fixture(
            wire: "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled"
                + " for the Tenant.", phase: .auth, id: "office365-smtp-auth-disabled-tenant"),
        Fixture(
            wire: "550 5.7.30 Basic authentication is not supported for Client Submission.",
            phase: .auth, id: "office365-basic-auth-removed"),
        Fixture(
            wire: "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", phase: .dot,
            id: "office365-concurrency"),
        Fixture(
            wire: "550 5.2.254 Sender throttled due to continuous too many recipients errors.",
            phase: .dot, id: "office365-throttled-too-many-recipients"),
        Fixture(
            wire: "535 Authentication Credentials Invalid", phase: .auth,
            id: "ses-credentials-invalid", host: "email-smtp.eu-west-1.amazonaws.com"),
        Fixture(
            wire: "454 Throttling failure: Daily message quota exceeded.", phase: .dot,
            id: "ses-daily-quota"),
        Fixture(
            wire: "535 Authentication failed: Bad username / password", phase: .auth,
            id: "password-refused", host: "mail.example.org"),
        Fixture(
            wire: "535 Authentication failed: Bad username / password", phase: .auth,
            id: "sendgrid-key-refused", host: "smtp.sendgrid.net"),
        Fixture(
            wire: "530 5.7.0 Must issue a STARTTLS command first.", phase: .mail,
            id: "starttls-required"),
        Fixture(
            wire: "530-5.7.0 Authentication Required. For more information, go to\r\n"
                + "530 5.7.0  https://support.google.com/accounts/troubleshooter/2402620 - gsmtp",
            phase: .mail, id: "login-required"),
        Fixture(
            wire: "554 5.7.1 <a@x.org>: Relay access denied", phase: .rcpt, id: "relay-denied"),
        Fixture(
            wire: "450 4.2.0 <a@x.org>: Recipient address rejected: Greylisted", phase: .rcpt,
            id: "greylisted"),
        Fixture(
            wire: "451 4.7.1 Greylisting in action, please come back later", phase: .rcpt,
            id: "greylisted"),
        Fixture(wire: "550 5.1.1 User unknown", phase: .rcpt, id: "mailbox-unknown"),
        Fixture(wire: "550 5.1.1 User unknown", phase: .dot, id: "mailbox-unknown"),
        Fixture(wire: "452 4.2.2 Mailbox full", phase: .rcpt, id: "mailbox-full-temporary"),
        Fixture(wire: "552 5.2.2 Over quota", phase: .rcpt, id: "mailbox-full"),
        Fixture(wire: "452 4.5.3 Too many recipients", phase: .rcpt, id: "too-many-recipients"),
        Fixture(wire: "552 5.3.4 Too big", phase: .mail, id: "message-too-large"),
        Fixture(wire: "523 Too big", phase: .mail, id: "message-too-large-unmarked"),
        Fixture(wire: "501 Syntax error", phase: .ehlo, id: "ehlo-name-refused"),
        Fixture(
            wire: "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using"
                + " zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1",
            phase: .rcpt, id: "blocklisted"),
        Fixture(wire: "554 5.5.4 terribly wrong", phase: .dot, id: "transaction-failed"),
        Fixture(wire: "432 4.7.12 Transition needed", phase: .auth, id: "password-transition"),
    ]

    @Test("Replies of the world lead to their entries", arguments: fixtures)
    func replies(_ fixture: Fixture) throws {
        let advice = Diagnosis.advice(
            forRefusal: try reply(fixture.wire), in: fixture.phase,
            context: DiagnosisContext(host: fixture.host))
        #expect(advice.id == fixture.id)
    }

    @Test("Whatever fails has a cause and an action")
    func everything() throws {
        let replies = try ["250 ok", "354 go", "499 4.9.9 x", "599 5.9.9 y", "550"].map(reply)
        for phase in SMTPPhase.allCases {
            for failureClass in SMTPFailureClass.allCases {
                var failures = SMTPFailureReason.allCases.map {
                    SMTPFailure(phase, failureClass, $0)
                }
                failures += replies.map {
                    SMTPFailure(phase, failureClass, .refusedByServer, reply: $0)
                }
                for failure in failures {
                    let advice = Diagnosis.advice(for: failure)
                    #expect(!advice.cause.isEmpty && !advice.action.isEmpty)
                }
            }
        }
    }

    @Test("Each reason that is no verdict of a server has an entry of its own")
    func reasons() {
        let verdicts: Set<SMTPFailureReason> = [.refusedByServer, .allRecipientsRefused]
        for reason in SMTPFailureReason.allCases where !verdicts.contains(reason) {
            let isNamed = ReplyCatalogue.entries.contains { $0.pattern.reasons.contains(reason) }
            #expect(isNamed, "\(reason)")
        }
    }

    @Test("After the end of the message, silence and loss are ambiguous whatever the reason")
    func ambiguous() {
        for reason in [SMTPFailureReason.timedOut, .connectionClosed, .unexpectedReply] {
            let advice = Diagnosis.advice(for: SMTPFailure(.dot, .ambiguous, reason))
            #expect(advice.id == "ambiguous-after-end", "\(reason)")
        }
    }

    @Test("The port decides what a timeout means")
    func ports() {
        let failure = SMTPFailure(.connect, .network, .timedOut)
        for (port, id) in [
            (25, "port-25-blocked"), (587, "submission-port-blocked"),
            (465, "submission-port-blocked"), (2525, "submission-port-blocked"),
            (10_025, "connect-timeout"),
        ] {
            let advice = Diagnosis.advice(for: failure, context: DiagnosisContext(port: port))
            #expect(advice.id == id)
        }
        let greeting = SMTPFailure(.greeting, .network, .timedOut)
        let swapped = DiagnosisContext(port: 465, protection: .starttls)
        #expect(Diagnosis.advice(for: greeting, context: swapped).id == "tls-mode-greeting")
        let right = DiagnosisContext(port: 465, protection: .implicitTLS)
        #expect(Diagnosis.advice(for: greeting, context: right).id == "greeting-timeout")
    }

    @Test("A login that was never set up is told apart from one that is missing")
    func authMode() throws {
        let required = try reply("530 5.7.0 Authentication required")
        for (mode, id) in [
            (ConnectionSettings.AuthMode.none, "login-not-configured"), (.smtp, "login-required"),
        ] {
            let context = DiagnosisContext(authMode: mode)
            #expect(Diagnosis.advice(forRefusal: required, in: .mail, context: context).id == id)
        }
    }

    // MARK: Lower layers

    static let tlsErrors: [(TLSError, String)] = [
        (.certificateExpired(subject: "CN=a", notAfter: 0), "certificate-expired"),
        (.certificateNotYetValid(subject: "CN=a", notBefore: 0), "certificate-not-yet-valid"),
        (.nameMismatch(wanted: "a", presented: ["b"]), "certificate-name-mismatch"),
        (.nameMismatch(wanted: "a", presented: []), "certificate-name-mismatch"),
        (.untrusted(subject: "CN=a", issuer: "CN=b"), "certificate-untrusted"),
        (.selfSigned(subject: "CN=a"), "certificate-self-signed"),
        (.wrongPurpose(subject: "CN=a"), "certificate-not-for-servers"),
        (.weakCertificate(subject: "CN=a"), "certificate-weak"),
        (.invalidCertificate(subject: "CN=a", reason: "r"), "certificate-weak"),
        (
            .fingerprintMismatch(presentedSHA256: [UInt8](repeating: 7, count: 32)),
            "certificate-fingerprint-mismatch"
        ),
        (.protocolVersion, "tls-version-unsupported"),
        (.alertReceived(TLSAlert(code: 70)), "tls-version-unsupported"),
        (.alertReceived(TLSAlert(code: 116)), "client-certificate-demanded"),
        (.alertReceived(TLSAlert(code: 40)), "tls-failed"),
        (.notTLS, "tls-not-spoken"), (.truncated, "tls-failed"),
    ]

    @Test("A TLS fault is found in its own words and in the peer's facts", arguments: tlsErrors)
    func tls(_ error: TLSError, _ id: String) {
        let (cause, remedy) = error.explanation
        let worded = SMTPFailure(.tls, .tlsTrust, .tlsFailed, detail: "\(cause); \(remedy)")
        #expect(Diagnosis.advice(for: worded).id == id)
        let facts = TLSPeerFacts(
            version: "TLSv1.3", cipher: "c", chain: [], verification: .refused(error))
        let bare = SMTPFailure(.tls, .tlsTrust, .tlsFailed)
        #expect(Diagnosis.advice(for: bare, context: DiagnosisContext(tls: facts)).id == id)
    }

    @Test("A connection's fault is found in the event loop's words")
    func connecting() throws {
        let address = try #require(SocketAddress(literal: "192.0.2.1:587"))
        for (error, id) in [
            (EventLoopError.connectionRefused(address), "connection-refused"),
            (.unreachable(address), "host-unreachable"),
            (.hostNotFound("mail.example.org"), "host-not-found-settings"),
            (
                .nameServiceFailed(host: "a.example", reason: "again", temporary: true),
                "name-service-failed"
            ),
            (.connectionReset, "connection-failed"),
        ] {
            let failure = SMTPFailure(
                .connect, .network, .connectionFailed, detail: error.explanation.cause)
            #expect(Diagnosis.advice(for: failure).id == id, "\(error)")
        }
    }

    @Test("A provider is known by name, by host and by the signature of its replies")
    func providers() throws {
        let google = try reply("421 4.7.0 Later. - gsmtp")
        let exchange = try reply("550 5.7.1 no [AM0PR01CA0001.eurprd01.prod.OUTLOOK.COM]")
        for (name, host, reply, provider) in [
            (nil, "SMTP.gmail.com", nil, .gmail), (nil, "smtp.office365.com", nil, .office365),
            (nil, "email-smtp.us-east-1.amazonaws.com", nil, .ses),
            (nil, "smtp.gmail.com.evil.example", nil, nil), (nil, "", google, .gmail),
            (nil, "", exchange, .office365), (.ses, "smtp.gmail.com", google, .ses),
            (.custom, "mail.example.org", google, .gmail),
        ] as [(ProviderName?, String, SMTPReply?, ProviderName?)] {
            let found = ProviderSignature.provider(named: name, host: host, reply: reply)
            #expect(found == provider, "\(host)")
        }
    }

    private func reply(_ wire: String) throws -> SMTPReply {
        var parser = SMTPReplyParser()
        parser.append(Array((wire + "\r\n").utf8).span)
        return try #require(try parser.next())
    }
}
