import SMTPClient
import SMTPCore
import TLS
import Testing
import VaultModel

@Suite("An SMTP session")
struct SMTPSessionTests {
    static let protections: [TransportDecision.Protection] = [
        .plain, .starttls, .starttlsIfOffered, .implicitTLS,
    ]

    static func fixture(_ protection: TransportDecision.Protection) throws -> Fixture {
        guard protection == .plain else { return try .secure(protection) }
        var fixture = Fixture()
        fixture.inClear = true
        fixture.script.capabilities = fixture.script.secureCapabilities
        return fixture
    }

    @Test("logs in and leaves without naming a sender", arguments: protections)
    func login(_ protection: TransportDecision.Protection) async throws {
        let outcome = try await Self.fixture(protection).login()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.report.isAuthenticated)
        #expect(outcome.report.recipients.isEmpty)
        #expect(outcome.report.mechanism == (protection == .plain ? "CRAM-MD5" : "PLAIN"))
        #expect(outcome.report.tls?.isVerified == (protection == .plain ? nil : true))
        #expect(outcome.report.capabilities.maximumSize == 1_000_000)
        #expect(outcome.transcript.count("MAIL") == 0)
        #expect(outcome.transcript.lines.last == "QUIT")
    }

    @Test("sends a message and reports the reply to its end", arguments: protections)
    func send(_ protection: TransportDecision.Protection) async throws {
        let outcome = try await Self.fixture(protection).send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.report.finalReply?.text == "queued as 42")
        #expect(outcome.report.recipients.map(\.status) == [.accepted])
        #expect(
            outcome.transcript.content == Array("Subject: hi\r\n\r\nHello\r\n..dot\r\n".utf8))
        #expect(outcome.transcript.lines.last == "QUIT")
    }

    @Test("says what its plan says in EHLO, or the literal of its own address")
    func localDomain() async throws {
        var fixture = try Self.fixture(.plain)
        #expect(try await fixture.login().transcript.lines.first == "EHLO [127.0.0.1]")
        fixture.localDomain = "app.example"
        #expect(try await fixture.login().transcript.lines.first == "EHLO app.example")
        fixture.localDomain = "a\r\nMAIL FROM:<x@y>"
        let outcome = try await fixture.login()
        #expect(outcome.report.failure?.failureClass == .config)
        #expect(outcome.transcript.lines.isEmpty)
    }

    @Test("carries a large message through TLS byte for byte")
    func largeMessage() async throws {
        var fixture = try Fixture.secure(.implicitTLS)
        let line = Array("0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnop\r\n".utf8)
        fixture.content = Array("Subject: big\r\n\r\n".utf8)
        for _ in 0..<10_000 { fixture.content += line }
        let outcome = try await fixture.send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.transcript.content == fixture.content)
    }

    @Test("sends one counted chunk where the server offers CHUNKING")
    func chunked() async throws {
        var fixture = try Self.fixture(.plain)
        fixture.script.capabilities.append("CHUNKING")
        fixture.dataMode = .chunked
        let outcome = try await fixture.send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.transcript.content == fixture.content)
        #expect(outcome.transcript.count("DATA") == 0)
    }

    @Test("tells the fate of each recipient")
    func mixedRecipients() async throws {
        var fixture = try Self.fixture(.plain)
        fixture.recipients = ["a@example.org", "b@example.org", "c@example.org"]
        fixture.script.recipients = [
            "b@example.org": .reply("550 5.1.1 nobody here"),
            "c@example.org": .reply("450 4.2.1 greylisted"),
        ]
        let outcome = try await fixture.send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.report.recipients.map(\.status) == [.accepted, .rejected, .deferred])
        #expect(
            outcome.report.recipients.map(\.failureClass) == [nil, .recipientPermanent, .transient])
        #expect(outcome.transcript.sawEnd)
    }

    @Test("sends no content when every recipient is refused")
    func allRefused() async throws {
        var fixture = try Self.fixture(.plain)
        fixture.script.steps["RCPT"] = .reply("550 5.1.1 nobody here")
        let outcome = try await fixture.send()
        #expect(outcome.report.failure?.failureClass == .recipientPermanent)
        #expect(outcome.report.failure?.reason == .allRecipientsRefused)
        #expect(outcome.transcript.count("DATA") == 0)
        #expect(outcome.transcript.lines.suffix(2) == ["RSET", "QUIT"])
    }

    @Test(
        "maps what a server refuses to its class",
        arguments: [
            ("MAIL", "550 5.7.60 not your sender", SMTPFailureClass.senderConfig, SMTPPhase.mail),
            ("MAIL", "451 4.3.0 later", .transient, .mail),
            ("DATA", "554 5.5.1 no", .messagePermanent, .data),
            (".", "554 5.7.1 spam", .messagePermanent, .dot),
            (".", "451 4.7.1 later", .transient, .dot),
            ("greeting", "554 go away", .transientHost, .greeting),
            ("greeting", "421 too busy", .transientHost, .greeting),
            ("EHLO", "451 later", .transientHost, .ehlo),
        ])
    func refusals(
        _ verb: String, _ reply: String, _ failureClass: SMTPFailureClass, _ phase: SMTPPhase
    ) async throws {
        var fixture = try Self.fixture(.plain)
        fixture.script.steps[verb] = .reply(reply)
        let report = try await fixture.send().report
        #expect(report.failure?.failureClass == failureClass)
        #expect(report.failure?.phase == phase)
        #expect(report.finalReply?.description == reply)
    }

    @Test("never sends the end of a message whose record could not be made")
    func withheld() async throws {
        struct Refused: Error {}
        var fixture = try Self.fixture(.plain)
        fixture.beforeFinalDot = { throw Refused() }
        let outcome = try await fixture.send()
        #expect(!outcome.transcript.sawEnd)
        #expect(outcome.transcript.content.count > 10)
        #expect(outcome.report.failure?.phase == .content)
        #expect(outcome.report.failure?.failureClass.isCertainlyNotAccepted == true)
        #expect(outcome.report.recipients.map(\.status) == [.deferred])
        fixture.dataMode = .chunked
        fixture.script.capabilities.append("CHUNKING")
        let counted = try await fixture.send()
        #expect(!counted.transcript.sawEnd)
        #expect(counted.report.failure?.failureClass.isCertainlyNotAccepted == true)
    }

    @Test("records the end before it is sent")
    func recordedFirst() async throws {
        let seen = Seen()
        var fixture = try Self.fixture(.plain)
        fixture.script.steps["."] = .close
        fixture.beforeFinalDot = { await seen.set() }
        let outcome = try await fixture.send()
        #expect(await seen.isSet)
        #expect(outcome.report.failure?.failureClass == .ambiguous)
        #expect(outcome.report.recipients.map(\.status) == [.unknown])
    }

    private actor Seen {
        private(set) var isSet = false
        func set() { isSet = true }
    }

    @Test("leaves no handle open", arguments: protections)
    func handles(_ protection: TransportDecision.Protection) async throws {
        var fixture = try Self.fixture(protection)
        #expect(try await fixture.send().openHandles == 0)
        fixture.script.steps["DATA"] = .close
        #expect(try await fixture.send().openHandles == 0)
    }

    @Test("goes through the Unix socket that its plan names, whatever the egress policy")
    func unixSocket() async throws {
        var fixture = Fixture()
        fixture.hasCredential = false
        fixture.egress = (nil, nil)
        fixture.socket = "/tmp/signet-client-\(UInt64.random(in: 0 ... .max)).sock"
        let outcome = try await fixture.send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.transcript.lines.first == "EHLO localhost")
    }

    @Test("calls a Unix socket that nobody serves a matter of the network")
    func noSocket() async throws {
        let plan = SessionPlan(
            endpoint: .unix(path: "/nonexistent/socket"), protection: .plain, egress: nil)
        let report = try await onLoop { await SMTPSession.login(plan, on: $0) }
        #expect(report.failure?.phase == .connect)
        #expect(report.failure?.failureClass == .network)
    }
}
