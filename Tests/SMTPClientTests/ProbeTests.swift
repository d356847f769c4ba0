import SMTPClient
import SMTPCore
import TLS
import Testing
import VaultModel

@Suite("A probe of an SMTP server")
struct ProbeTests {
    static let commands: [ProbeStage: [String]] = [
        .dns: [], .tcp: [], .greeting: ["QUIT"], .ehlo: ["EHLO [127.0.0.1]", "QUIT"],
        .tls: ["EHLO [127.0.0.1]", "STARTTLS", "EHLO [127.0.0.1]", "QUIT"],
        .auth: ["AUTH PLAIN", "QUIT"],
        .sender: ["AUTH PLAIN", "MAIL FROM:<alice@example.com>", "RSET", "QUIT"],
        .recipient: [
            "AUTH PLAIN", "MAIL FROM:<alice@example.com>", "RCPT TO:<bob@example.org>", "RSET",
            "QUIT",
        ],
    ]

    @Test("goes as far as it is told and hands nothing over", arguments: ProbeStage.allCases)
    func stages(_ stage: ProbeStage) async throws {
        let outcome = try await Fixture.secure(.starttls).probe(stage)
        #expect(outcome.report.outcome == .done)
        #expect(outcome.transcript.sessions == (stage == .dns ? 0 : 1))
        #expect(outcome.report.isAuthenticated == (stage >= .auth))
        #expect((outcome.report.tls != nil) == (stage >= .tls))
        #expect(outcome.report.recipients.isEmpty)
        let hello = stage >= .auth ? ["EHLO [127.0.0.1]", "STARTTLS", "EHLO [127.0.0.1]"] : []
        let lines = outcome.transcript.lines.map { line in
            line.hasPrefix("AUTH") ? String(line.prefix(10)) : line
        }
        #expect(lines == hello + (Self.commands[stage] ?? []))
        #expect(!outcome.transcript.sawEnd)
        #expect(outcome.openHandles == 0)
    }

    @Test("proves the server's name before the greeting where TLS comes first")
    func implicitTLS() async throws {
        let fixture = try Fixture.secure(.implicitTLS)
        for stage in [ProbeStage.greeting, .ehlo, .tls] {
            let report = try await fixture.probe(stage).report
            #expect(report.outcome == .done)
            #expect(report.tls?.isVerified == true)
        }
        #expect(try await fixture.probe(.tcp).report.tls == nil)
    }

    @Test("does without TLS and AUTH where the plan does")
    func plain() async throws {
        var fixture = Fixture()
        fixture.hasCredential = false
        for stage in ProbeStage.allCases {
            let outcome = try await fixture.probe(stage)
            #expect(outcome.report.outcome == .done)
            #expect(outcome.transcript.count("STARTTLS") == 0)
        }
    }

    @Test("fails with the reply that refuses the sender or the recipient")
    func refusals() async throws {
        for (step, stage, failureClass) in [
            ("MAIL", ProbeStage.sender, SMTPFailureClass.senderConfig),
            ("RCPT", .recipient, .recipientPermanent),
        ] {
            var fixture = try Fixture.secure(.starttls)
            fixture.script.steps[step] = .reply("550 5.7.60 not you")
            let report = try await fixture.probe(stage).report
            #expect(report.failure?.failureClass == failureClass)
            #expect(report.finalReply?.text == "not you")
            #expect(try await fixture.probe(.auth).report.outcome == .done)
        }
    }

    @Test("leaves the recipient out where there is none")
    func noRecipient() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.recipients = []
        let outcome = try await fixture.probe(.recipient)
        #expect(outcome.report.outcome == .done)
        #expect(outcome.transcript.count("RCPT") == 0)
        #expect(outcome.transcript.count("RSET") == 1)
    }
}
