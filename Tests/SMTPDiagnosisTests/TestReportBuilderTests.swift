import SMTPCore
import Testing
import VaultModel

@testable import SMTPDiagnosis
@testable import TLS

@Suite("Building a test report")
struct TestReportBuilderTests {
    private static let now: Int64 = 1_800_000_000

    // MARK: Parts of sessions

    private func reply(_ lines: String...) throws -> SMTPReply {
        var parser = SMTPReplyParser()
        parser.append(Array((lines.joined(separator: "\r\n") + "\r\n").utf8).span)
        return try #require(try parser.next())
    }

    private func facts(
        days: Int64 = 90, verification: TLSPeerFacts.Verification = .authority
    ) -> TLSPeerFacts {
        let leaf = CertificateFacts(
            subject: "CN=mail.example.com", issuer: "CN=Root", names: ["mail.example.com"],
            notBefore: 0, notAfter: Self.now + days * 86_400,
            sha256: [UInt8](repeating: 0xAB, count: 32), serialNumber: "1", isAuthority: false,
            isSelfIssued: false)
        return TLSPeerFacts(
            version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", chain: [leaf],
            verification: verification)
    }

    private func scope(
        _ until: TestStepName = .advisory,
        protection: TransportDecision.Protection = .starttls, port: Int = 587
    ) -> TestScope {
        TestScope(
            context: DiagnosisContext(
                host: "mail.example.com", port: port, protection: protection, authMode: .smtp),
            until: until, testAddress: "test@example.com", allowedMechanisms: ["PLAIN"],
            now: Self.now)
    }

    private func address() throws -> IPAddress { try #require(IPAddress("192.0.2.10")) }

    /// A session that goes well to its end, an event every 10 ms.
    private func session(_ days: Int64 = 90) throws -> [TestEvidence] {
        [
            .resolved([try address()]), .trying("192.0.2.10:587"), .connected("192.0.2.10:587"),
            .greeting(try reply("220 mail.example.com ESMTP")),
            .hello(
                SMTPCapabilities(
                    try reply("250-mail.example.com", "250-SIZE 1000", "250 STARTTLS")),
                afterTLS: false),
            .tls(facts(days: days)),
            .hello(
                SMTPCapabilities(
                    try reply("250-mail.example.com", "250-SIZE 2000", "250 AUTH PLAIN LOGIN")),
                afterTLS: true),
            .authOffered(["PLAIN", "LOGIN"]), .authenticating("PLAIN"),
            .authenticated(try reply("235 2.7.0 Accepted")), .mail(try reply("250 2.1.0 Ok")),
            .recipient("test@example.com", try reply("250 2.1.5 Ok")),
            .quit(try reply("221 2.0.0 Bye")),
        ]
    }

    private func feed(_ builder: inout TestReportBuilder, _ events: some Sequence<TestEvidence>) {
        for (index, event) in events.enumerated() {
            builder.take(event, at: .milliseconds(10 * (index + 1)))
        }
    }

    private func step(_ report: TestReport, _ name: TestStepName) throws -> TestStep {
        try #require(report.steps.first { $0.step == name })
    }

    private func statuses(_ report: TestReport) -> [TestStep.Status] { report.steps.map(\.status) }

    // MARK: Sessions that go well

    @Test("A good session passes every step that applies")
    func good() throws {
        var builder = TestReportBuilder(scope())
        builder.checkedSettings(warnings: [], at: .zero)
        feed(&builder, try session())
        builder.advise([AdvisoryFinding(.spf, .good, "fine")], at: .milliseconds(200))
        let report = builder.report()
        #expect(report.ok)
        #expect(report.steps.map(\.step) == TestStepName.allCases)
        let skipped = report.steps.filter { $0.status != .ok }.map(\.step)
        #expect(skipped == [.pop, .mail])
        #expect(try step(report, .dns).evidence == "192.0.2.10")
        #expect(try step(report, .greeting).evidence == "220 mail.example.com ESMTP")
        #expect(try step(report, .ehlo).evidence.contains("SIZE: at most 1000 octets"))
        let tls = try step(report, .tls).evidence
        for part in [
            "STARTTLS", "TLSv1.3 TLS_AES_256_GCM_SHA384", "CN=mail.example.com",
            "expires in 90 days", String(repeating: "ab", count: 32), "a trusted authority",
        ] {
            #expect(tls.contains(part), "\(part)")
        }
        #expect(
            try step(report, .ehloTLS).evidence
                == "+SIZE 2000, +AUTH PLAIN LOGIN, -SIZE 1000, -STARTTLS; SIZE: 2000")
        #expect(
            try step(report, .auth).evidence
                == "offered: PLAIN LOGIN; allowed: PLAIN; chosen: PLAIN; 235 2.7.0 Accepted")
        #expect(try step(report, .recipient).evidence == "test@example.com: 250 2.1.5 Ok")
        #expect(try step(report, .pop).evidence == "POP before SMTP is not set")
        #expect(try step(report, .mail).evidence.contains("send=true"))
    }

    @Test("The steps' times add up to the session's")
    func times() throws {
        var builder = TestReportBuilder(scope())
        feed(&builder, try session())
        let report = builder.report()
        #expect(report.steps.map(\.ms).reduce(0, +) == 130)
        #expect(try step(report, .tls).ms == 10)
        #expect(try step(report, .auth).ms == 30)
    }

    @Test("What was not asked for is skipped, and says so", arguments: TestStepName.allCases)
    func until(_ last: TestStepName) throws {
        var builder = TestReportBuilder(scope(last))
        builder.checkedSettings(warnings: [], at: .zero)
        let report = builder.report()
        for step in report.steps where step.step > last && step.step != .quit && step.step != .pop {
            #expect(step.status == .skipped && step.evidence.hasPrefix("not asked for (until="))
        }
    }

    @Test("With implicit TLS there is one EHLO, and without TLS no step about it")
    func modes() throws {
        var implicit = TestReportBuilder(scope(protection: .implicitTLS, port: 465))
        let capabilities = SMTPCapabilities(try reply("250-m.example", "250 AUTH PLAIN"))
        feed(
            &implicit,
            [
                .resolved([try address()]), .trying("a"), .connected("a"), .tls(facts()),
                .greeting(try reply("220 m.example")), .hello(capabilities, afterTLS: true),
            ])
        let one = implicit.report()
        #expect(try step(one, .ehlo).status == .ok)
        #expect(try step(one, .tls).evidence.hasPrefix("implicit TLS; "))
        #expect(try step(one, .ehloTLS).evidence == "TLS came before the first EHLO")
        var plain = TestReportBuilder(scope(protection: .plain, port: 25))
        feed(&plain, [.greeting(try reply("220 m")), .hello(capabilities, afterTLS: false)])
        #expect(try step(plain.report(), .tls).evidence == "encryption=none")
        var optional = TestReportBuilder(scope(protection: .starttlsIfOffered, port: 25))
        feed(&optional, [.greeting(try reply("220 m")), .hello(capabilities, afterTLS: false)])
        #expect(try step(optional.report(), .tls).status == .warn)
    }

    @Test("A certificate that ends within 30 days is a warning")
    func expiry() throws {
        for (days, status) in [
            (29, TestStep.Status.warn), (30, .ok), (0, .warn),
        ] as [(Int64, TestStep.Status)] {
            var builder = TestReportBuilder(scope())
            feed(&builder, try session(days))
            let report = builder.report()
            #expect(try step(report, .tls).status == status, "\(days)")
            #expect(report.ok)
        }
        var unproven = TestReportBuilder(scope())
        unproven.take(.tls(facts(verification: .unchecked)), at: .zero)
        #expect(try step(unproven.report(), .tls).status == .warn)
    }

    @Test("Days are counted down across the end, whatever the numbers")
    func days() {
        for (end, days) in [
            (Self.now, 0), (Self.now + 86_399, 0), (Self.now + 86_400, 1), (Self.now - 1, -1),
            (Self.now - 86_400, -1), (Self.now - 86_401, -2),
        ] as [(Int64, Int64)] {
            var facts = facts()
            facts = TLSPeerFacts(
                version: "", cipher: "",
                chain: facts.chain.map {
                    CertificateFacts(
                        subject: $0.subject, issuer: $0.issuer, names: [], notBefore: 0,
                        notAfter: end, sha256: $0.sha256, serialNumber: "", isAuthority: false,
                        isSelfIssued: false)
                }, verification: .authority)
            #expect(TLSEvidence.days(of: facts, now: Self.now) == days, "\(end)")
        }
    }

    @Test("Warnings about the settings are a warning of the test")
    func warnings() throws {
        var builder = TestReportBuilder(scope())
        builder.checkedSettings(warnings: ["port 25 is often blocked"], at: .zero)
        let config = try step(builder.report(), .config)
        #expect(config.status == .warn && config.evidence == "port 25 is often blocked")
    }

    @Test("The test mail is a session of its own, with its reply")
    func mail() throws {
        var scope = scope()
        scope.sendsMail = true
        var builder = TestReportBuilder(scope)
        feed(&builder, try session())
        builder.beginMail()
        feed(&builder, try session().dropLast())
        builder.take(.content, at: .milliseconds(300))
        builder.take(.accepted(try reply("250 2.0.0 queued as 1")), at: .milliseconds(320))
        let report = builder.report()
        #expect(try step(report, .mail).evidence == "to test@example.com; 250 2.0.0 queued as 1")
        var failing = TestReportBuilder(scope)
        feed(&failing, try session())
        failing.beginMail()
        failing.fail(SMTPFailure(.connect, .network, .timedOut), at: .milliseconds(400))
        #expect(failing.report().failedStep?.step == .mail)
        #expect(try step(failing.report(), .tcp).status == .ok)
    }

    // MARK: Sessions that fail

    @Test("After the step that fails, all are skipped", arguments: [Int](0...12))
    func stops(_ count: Int) throws {
        let phases: [(SMTPPhase, TestStepName)] = [
            (.connect, .tcp), (.connect, .tcp), (.connect, .tcp), (.greeting, .greeting),
            (.ehlo, .ehlo), (.tls, .tls), (.ehlo, .ehloTLS), (.auth, .auth), (.auth, .auth),
            (.auth, .auth), (.mail, .sender), (.rcpt, .recipient), (.quit, .mail),
        ]
        var scope = scope()
        scope.sendsMail = true
        var builder = TestReportBuilder(scope)
        builder.checkedSettings(warnings: [], at: .zero)
        let events = try session()
        feed(&builder, events.prefix(count))
        let (phase, name) = phases[count]
        builder.fail(SMTPFailure(phase, .network, .connectionFailed), at: .milliseconds(500))
        feed(&builder, events.dropFirst(count))
        let report = builder.report()
        #expect(!report.ok)
        let failed = try #require(report.failedStep)
        #expect(failed.step == name)
        #expect(failed.cause != nil && failed.action != nil)
        for step in report.steps where step.step > name && step.step != .pop {
            #expect(step.status == .skipped, "\(step.step)")
            #expect(step.evidence.hasPrefix("not reached: ") || step.step == .advisory)
        }
        for step in report.steps where step.step < name && step.step != .pop {
            if step.step == .dns, count == 0 { continue }
            #expect(step.status == .ok, "\(step.step)")
        }
    }

    @Test("A forbidden destination shows none of its addresses")
    func egress() throws {
        let inside = try #require(IPAddress("10.1.2.3"))
        var builder = TestReportBuilder(scope())
        builder.checkedSettings(warnings: [], at: .zero)
        builder.take(.resolved([inside]), at: .milliseconds(5))
        builder.fail(
            SMTPFailure(.connect, .config, .egressDenied, detail: "10.1.2.3 is forbidden"),
            at: .milliseconds(6))
        let report = builder.report()
        #expect(report.failedStep?.step == .egress)
        #expect(try step(report, .dns).status == .skipped)
        for step in report.steps { #expect(!step.evidence.contains("10.1.2.3"), "\(step.step)") }
    }

    @Test("What is no SMTP server is told as such, without its words")
    func foreignService() throws {
        let connected: [TestEvidence] = [
            .resolved([try address()]), .trying("a"), .connected("192.0.2.10:587"),
        ]
        let failures = [
            SMTPFailure(
                .greeting, .protocolViolation, .unparsableReply, detail: "SSH-2.0-secret-build"),
            SMTPFailure(
                .greeting, .protocolViolation, .unexpectedReply,
                reply: try reply("200 secret-build")),
            SMTPFailure(
                .greeting, .transientHost, .refusedByServer, reply: try reply("530 secret-build")),
        ]
        for failure in failures {
            var builder = TestReportBuilder(scope())
            feed(&builder, connected)
            builder.fail(failure, at: .milliseconds(50))
            let report = builder.report()
            #expect(try step(report, .greeting).evidence == "no SMTP server answers here")
            for step in report.steps { #expect(!step.evidence.contains("secret-build")) }
        }
        // A file server greets with 220 as well and then does not know EHLO.
        var builder = TestReportBuilder(scope())
        feed(&builder, connected + [.greeting(try reply("220 secret-build FTP ready"))])
        builder.fail(
            SMTPFailure(.ehlo, .config, .ehloRefused, reply: try reply("500 secret-build")),
            at: .milliseconds(50))
        let report = builder.report()
        #expect(report.failedStep?.step == .ehlo)
        #expect(try step(report, .greeting).status == .ok)
        for step in report.steps { #expect(!step.evidence.contains("secret-build")) }
    }

    @Test("A refusal of EHLO that is SMTP's own is shown")
    func refusedName() throws {
        for text in ["501 need a full name", "504 5.5.2 Helo command rejected"] {
            var builder = TestReportBuilder(scope())
            builder.fail(
                SMTPFailure(.ehlo, .config, .ehloRefused, reply: try reply(text)), at: .zero)
            #expect(builder.report().failedStep?.evidence == text)
        }
    }

    @Test("A refusal in the greeting is shown")
    func refusal() throws {
        var builder = TestReportBuilder(scope())
        builder.fail(
            SMTPFailure(
                .greeting, .transientHost, .refusedByServer,
                reply: try reply("554 5.7.1 blocked using zen.spamhaus.org")), at: .zero)
        let failed = try #require(builder.report().failedStep)
        #expect(failed.evidence == "554 5.7.1 blocked using zen.spamhaus.org")
        #expect(failed.cause?.contains("blocklist") == true)
    }

    @Test("Each failure belongs to its step")
    func places() throws {
        let cases: [(SMTPFailure, TestStepName)] = [
            (SMTPFailure(.connect, .config, .connectionFailed, detail: "0 is no port"), .config),
            (SMTPFailure(.connect, .config, .egressDenied), .egress),
            (SMTPFailure(.connect, .config, .hostNotFound), .dns),
            (
                SMTPFailure(
                    .connect, .network, .connectionFailed, detail: "looking up a failed: again"),
                .dns
            ),
            (SMTPFailure(.connect, .network, .timedOut), .dns),
            (SMTPFailure(.connect, .config, .localAddress), .tcp),
            (SMTPFailure(.connect, .network, .proxyFailed), .tcp),
            (SMTPFailure(.pop, .credential, .popFailed), .pop),
            (SMTPFailure(.startTLS, .tlsDowngrade, .tlsInjection), .tls),
            (SMTPFailure(.auth, .tlsTrust, .serverNotProven), .auth),
            (SMTPFailure(.dot, .ambiguous, .timedOut), .mail),
        ]
        for (failure, name) in cases {
            var builder = TestReportBuilder(scope())
            builder.fail(failure, at: .zero)
            #expect(builder.report().failedStep?.step == name, "\(failure)")
        }
        var resolved = TestReportBuilder(scope())
        resolved.take(.resolved([try address()]), at: .zero)
        resolved.take(.trying("192.0.2.10:587"), at: .zero)
        resolved.take(.failed("192.0.2.10:587", "nothing listens"), at: .zero)
        resolved.fail(SMTPFailure(.connect, .network, .timedOut), at: .seconds(30))
        let failed = try #require(resolved.report().failedStep)
        #expect(failed.step == .tcp)
        #expect(failed.evidence == "192.0.2.10:587: nothing listens; timed-out")
        #expect(try step(resolved.report(), .egress).status == .ok)
    }

    @Test("A refused certificate is shown with what it says")
    func refusedCertificate() throws {
        var builder = TestReportBuilder(scope())
        feed(&builder, try session().prefix(5))
        let error = TLSError.nameMismatch(wanted: "mail.example.com", presented: ["other"])
        builder.take(.tls(facts(verification: .refused(error))), at: .milliseconds(60))
        builder.fail(SMTPFailure(.tls, .tlsTrust, .tlsFailed), at: .milliseconds(61))
        let failed = try #require(builder.report().failedStep)
        #expect(failed.step == .tls)
        #expect(failed.cause?.contains("another name") == true)
        #expect(failed.evidence.contains("not for mail.example.com"))
        #expect(failed.evidence.contains(String(repeating: "ab", count: 32)))
    }

    @Test("A refused login shows what was offered, allowed and chosen")
    func refusedLogin() throws {
        var builder = TestReportBuilder(scope())
        feed(&builder, try session().prefix(9))
        builder.fail(
            SMTPFailure(
                .auth, .credential, .refusedByServer, reply: try reply("535 5.7.8 no")),
            at: .milliseconds(200))
        let failed = try #require(builder.report().failedStep)
        #expect(
            failed.evidence
                == "offered: PLAIN LOGIN; allowed: PLAIN; chosen: PLAIN; 535 5.7.8 no")
    }

    @Test("Settings that cannot work end the test before anything is connected to")
    func settings() throws {
        var builder = TestReportBuilder(scope())
        builder.refusedSettings(cause: "the port is 0", action: "choose 1…65535", at: .zero)
        feed(&builder, try session())
        let report = builder.report()
        #expect(report.failedStep?.step == .config)
        #expect(statuses(report).filter { $0 == .skipped }.count == 14)
    }

    @Test("Advice never fails a test")
    func advice() throws {
        var builder = TestReportBuilder(scope())
        feed(&builder, try session())
        builder.advise(
            [
                AdvisoryFinding(.spf, .warn, "no record", action: "publish one"),
                AdvisoryFinding(.dkim, .unknown, "no selector"),
            ], at: .milliseconds(300))
        let report = builder.report()
        let advisory = try step(report, .advisory)
        #expect(report.ok && advisory.status == .warn)
        #expect(advisory.evidence == "SPF: no record; DKIM: no selector")
        #expect(advisory.cause == "SPF: no record" && advisory.action == "publish one")
    }
}
