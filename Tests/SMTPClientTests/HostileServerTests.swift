import SMTPClient
import SMTPCore
import Testing
import VaultModel

@Suite("An SMTP session with a hostile or dying server")
struct HostileServerTests {
    static let steps = [
        "greeting", "EHLO", "STARTTLS", "EHLO+", "AUTH", "AUTH*", "MAIL", "RCPT", "DATA",
    ]

    @Test("survives a server that closes at any step before the end", arguments: steps)
    func closes(_ step: String) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps[step] = .close
        let outcome = try await fixture.send()
        let failure = try #require(outcome.report.failure)
        #expect([.network, .tlsIO].contains(failure.failureClass))
        #expect(failure.failureClass.isCertainlyNotAccepted)
        #expect(!outcome.transcript.sawEnd)
        #expect(outcome.openHandles == 0)
        #expect(outcome.report.recipients.allSatisfy { $0.status == .deferred })
    }

    @Test("says goodbye with a server that says 421 at any step", arguments: steps)
    func goodbye(_ step: String) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps[step] = .replyAndClose("421 4.3.2 shutting down")
        let outcome = try await fixture.send()
        let failure = try #require(outcome.report.failure)
        #expect(failure.failureClass.mayRetry)
        #expect(failure.reply?.code.value == 421)
        #expect(!outcome.transcript.sawEnd)
    }

    @Test(
        "calls it ambiguous when the reply to the end is lost",
        arguments: [
            "close", "silence", "garbage", "354", "NUL",
        ])
    func ambiguous(_ kind: String) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.timeouts.dataDone = .milliseconds(150)
        fixture.script.steps["."] =
            switch kind {
            case "close": .close
            case "silence": .silence
            case "garbage": .reply("hello there")
            case "354": .reply("354 more")
            default: .raw([0, 0, 13, 10])
            }
        let outcome = try await fixture.send()
        #expect(outcome.transcript.sawEnd)
        #expect(outcome.report.failure?.failureClass == .ambiguous)
        #expect(outcome.report.failure?.phase == .dot)
        #expect(outcome.report.recipients.map(\.status) == [.unknown])
    }

    @Test(
        "is done with a 2xx to the end, whatever becomes of QUIT",
        arguments: [
            Step.close, .silence, .reply("500 what?"), .raw([0, 1, 2]), .drip("2"),
        ])
    func quitFails(_ step: Step) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps["QUIT"] = step
        fixture.timeouts.courtesy = .milliseconds(300)
        var outcome = try await fixture.send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.report.recipients.map(\.status) == [.accepted])
        fixture.script.steps["."] = .replyAndClose("250 2.0.0 got it")
        outcome = try await fixture.send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.report.finalReply?.text == "got it")
        #expect(try await fixture.login().report.outcome == .done)
    }

    @Test("believes no reply that comes before the end of the message")
    func earlyAcceptance() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps["DATA"] = .raw(Array("354 go\r\n250 2.0.0 taken\r\n".utf8))
        let outcome = try await fixture.send()
        #expect(outcome.report.failure?.failureClass == .protocolViolation)
        #expect(!outcome.transcript.sawEnd)
    }

    @Test("stops when the server refuses a large message half-way")
    func earlyRefusal() async throws {
        for step in [
            Step.reply("552 5.3.4 too big"), .replyAndClose("552 5.3.4 too big"),
        ] {
            var fixture = try Fixture.secure(.starttls)
            fixture.script.secureCapabilities = ["AUTH PLAIN"]
            fixture.content = [UInt8](repeating: 120, count: 16_000_000)
            fixture.script.steps["content"] = step
            let outcome = try await fixture.send()
            #expect(!outcome.transcript.sawEnd)
            #expect(outcome.report.failure?.failureClass == .messagePermanent)
            #expect(outcome.report.failure?.reply?.text == "too big")
        }
    }

    static let phases: [SMTPPhase] = [
        .greeting, .ehlo, .startTLS, .ehlo, .auth, .auth, .mail, .rcpt, .data,
    ]

    @Test("times out on silence at each step", arguments: zip(steps, phases))
    func silence(_ step: String, _ phase: SMTPPhase) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps[step] = .silence
        let outcome = try await fixture.sendInVain(until: phase)
        let failure = try #require(outcome.report.failure)
        #expect(failure.phase == phase)
        #expect(failure.reason == .timedOut)
        #expect(failure.failureClass == .network)
        #expect(outcome.openHandles == 0)
    }

    @Test("is not held up by a reply that drips", arguments: ["greeting", "EHLO", "EHLO+", "MAIL"])
    func drip(_ step: String) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.timeouts.request = .milliseconds(200)
        fixture.script.steps[step] = .drip("250-slow\r\n")
        let report = try await fixture.send().report
        #expect(report.failure?.reason == .timedOut)
        #expect(report.elapsed < Fixture.patience)
    }

    @Test("gives each whole reply its own time within the time for the attempt")
    func manyReplies() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.attemptLimit = .milliseconds(400)
        fixture.script.steps["EHLO+"] = .drip("250-slow\r\n")
        let report = try await fixture.send().report
        #expect(report.failure?.reason == .timedOut)
        #expect(report.elapsed < Fixture.patience)
    }

    @Test(
        "takes no reply without bounds",
        arguments: [
            Step.flood("250-more and more\r\n"), .flood("220-"),
            .raw([UInt8](repeating: 50, count: 70_000)),
            .reply("220 \u{0}"), .raw(Array("220 bare\n".utf8)), .raw(Array("220\rbare\r\n".utf8)),
            .raw(Array("banana\r\n".utf8)), .raw(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)),
            .raw(Array("999 high\r\n".utf8)), .raw(Array("220-a\r\n250 b\r\n".utf8)),
        ])
    func unbounded(_ step: Step) async throws {
        var fixture = Fixture()
        fixture.hasCredential = false
        fixture.script.steps["greeting"] = step
        let outcome = try await fixture.send()
        if case .reply = step {
            // A NUL in the text is replaced; it harms nobody.
            #expect(outcome.report.outcome == .done)
        } else {
            #expect(outcome.report.failure?.failureClass == .protocolViolation)
            expect(outcome.transcript.wire, lack: "EHLO")
            #expect(!"\(outcome.report)".contains("banana"))
        }
    }

    @Test("trusts no reply that nobody asked for")
    func unsolicited() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps["MAIL"] = .raw(
            Array("250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n".utf8))
        fixture.script.secureCapabilities = ["AUTH PLAIN"]
        let outcome = try await fixture.send()
        #expect(outcome.report.failure?.failureClass == .protocolViolation)
        #expect(!outcome.transcript.sawEnd)
    }

    @Test("stops a write that makes no progress")
    func stalledWrite() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.secureCapabilities = ["AUTH PLAIN"]
        fixture.content = [UInt8](repeating: 120, count: 32_000_000)
        fixture.timeouts.write = .milliseconds(200)
        fixture.script.stallsContent = true
        let outcome = try await fixture.send()
        #expect(outcome.report.failure?.reason == .timedOut)
        #expect(outcome.report.failure?.phase == .content)
        #expect(outcome.report.failure?.failureClass == .network)
        #expect(outcome.openHandles == 0)
    }

    @Test("ends at once when its task is cancelled, and never sends the end")
    func cancelled() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.beforeFinalDot = { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
        let outcome = try await fixture.send()
        #expect(!outcome.transcript.sawEnd)
        #expect(outcome.report.failure?.failureClass.isCertainlyNotAccepted == true)
        #expect(outcome.openHandles == 0)
    }
}
