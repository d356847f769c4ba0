import POP3Client
import POP3Core
import SMTPCore
import TLS
import Testing
import Transport

private let apopLine = "APOP mrose c4c9334bac560ecc979e58001b3e22fb"

@Test("A login by USER and PASS sends four lines and tells what happened")
func password() async throws {
    let outcome = try await Fixture().run()
    #expect(outcome.report.outcome == .done)
    #expect(outcome.transcript.lines == ["CAPA", "USER mrose", "PASS tanstaaf", "QUIT"])
    #expect(outcome.report.greeting?.text == "ready \(ScriptedServer.timestamp)")
    #expect(outcome.report.finalReply?.text == "fine")
    #expect(outcome.report.capabilities.lines == ["USER", "STLS", "TOP"])
    #expect(outcome.report.tls == nil)
    let begun = try #require(outcome.report.authenticationStartedAt)
    #expect(begun > outcome.report.startedAt)
    #expect(begun - outcome.report.startedAt < outcome.report.elapsed)
    #expect(outcome.openHandles == 0)
    #expect(
        outcome.events.filter { $0 != "transport" } == [
            "connected", "greeting +OK ready \(ScriptedServer.timestamp)",
            "capabilities USER,STLS,TOP false", "authenticating password",
            "authenticated +OK fine",
        ])
}

@Test("APOP sends the digest of RFC 1939 §7 and no password")
func apop() async throws {
    var fixture = Fixture()
    fixture.usesAPOP = true
    fixture.inClear = false
    fixture.challengeInClear = true
    let outcome = try await fixture.run()
    #expect(outcome.report.outcome == .done)
    #expect(outcome.transcript.lines == ["CAPA", apopLine, "QUIT"])
}

@Test("With TLS nothing secret is in clear, and the timestamp of the greeting serves APOP")
func tls() async throws {
    for protection in [POP3Plan.Protection.starttls, .implicitTLS] {
        for usesAPOP in [true, false] {
            var fixture = try Fixture.secure(protection)
            fixture.usesAPOP = usesAPOP
            fixture.script.steps["CAPA+"] = .reply("+OK\r\nUSER\r\n.")
            let outcome = try await fixture.run()
            #expect(outcome.report.outcome == .done)
            #expect(outcome.report.tls?.version == "TLSv1.3")
            let login = usesAPOP ? [apopLine] : ["USER mrose", "PASS tanstaaf"]
            let start = protection == .starttls ? ["CAPA", "STLS", "CAPA"] : ["CAPA"]
            #expect(outcome.transcript.lines == start + login + ["QUIT"])
            #expect(outcome.report.capabilities.lines == ["USER"])
            let clear = String(decoding: outcome.transcript.clear, as: UTF8.self)
            #expect(clear == (protection == .starttls ? "CAPA\r\nSTLS\r\n" : clear))
            #expect(!clear.contains("mrose") && !clear.contains("tanstaaf"))
            #expect(outcome.events.contains("capabilities USER true"))
            #expect(outcome.events.contains { $0.hasPrefix("tls") })
        }
    }
}

@Test("Without permission nothing is said about who logs in")
func clearIsForbidden() async throws {
    for usesAPOP in [true, false] {
        var fixture = Fixture()
        fixture.usesAPOP = usesAPOP
        fixture.inClear = false
        let outcome = try await fixture.run()
        #expect(outcome.report.failure?.reason == .authNeedsTLS)
        #expect(outcome.transcript.clear.isEmpty)
        #expect(outcome.report.authenticationStartedAt == nil)
    }
}

@Test("A certificate that does not fit ends the session before anything else is said")
func wrongName() async throws {
    for protection in [POP3Plan.Protection.starttls, .implicitTLS] {
        var fixture = try Fixture.secure(protection)
        fixture.expectedName = "other.example"
        let outcome = try await fixture.run()
        #expect(outcome.report.failure?.failureClass == .tlsTrust)
        #expect(outcome.report.failure?.phase == .tls)
        #expect(outcome.transcript.lines.allSatisfy { $0 == "CAPA" || $0 == "STLS" })
        #expect(outcome.report.tls != nil)
    }
}

@Test(
    "Bytes in clear behind the reply to STLS end the session, in one segment or later",
    arguments: [
        Step.raw("+OK go\r\n+OK evil\r\n"), .raw("+OK go\r\n\u{0}"),
        .replyThenInject("+OK go", "+OK evil\r\n"), .replyThenInject("+OK go", "-ERR\r\n"),
    ])
func injection(_ step: Step) async throws {
    var fixture = try Fixture.secure(.starttls)
    fixture.script.steps["STLS"] = step
    let outcome = try await fixture.run()
    #expect(outcome.report.failure?.reason == .tlsInjection)
    #expect(outcome.report.failure?.failureClass == .tlsDowngrade)
    #expect(outcome.transcript.lines == ["CAPA", "STLS"])
}

@Test("A server without STLS gets no login")
func stripped() async throws {
    for step in [Step.reply("+OK\r\nUSER\r\n."), .reply("-ERR what")] {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps["CAPA"] = step
        fixture.script.steps["STLS"] = .reply("-ERR no")
        let outcome = try await fixture.run()
        #expect(outcome.report.failure?.reason == .tlsNotOffered)
        #expect(!outcome.transcript.lines.contains { $0.hasPrefix("USER") })
    }
}

@Test("APOP without a good timestamp fails, and USER and PASS are not tried")
func badTimestamps() async throws {
    for (greeting, reason) in [
        ("+OK ready", POP3FailureReason.apopNotOffered), ("+OK <x@y@z>", .apopTimestampInvalid),
        ("+OK <a\u{1}b@c>", .apopTimestampInvalid),
    ] {
        var fixture = Fixture()
        fixture.usesAPOP = true
        fixture.script.steps["greeting"] = .reply(greeting)
        let outcome = try await fixture.run()
        #expect(outcome.report.failure?.reason == reason)
        #expect(outcome.transcript.clear.isEmpty)
    }
}

struct HostileStep: Sendable, CustomTestStringConvertible {
    let step: Step
    let reasons: Set<POP3FailureReason>

    var testDescription: String { "\(step)" }

    static let all: [HostileStep] = [
        .init(step: .close, reasons: [.connectionClosed]),
        .init(step: .silence, reasons: [.timedOut]),
        .init(step: .drip("+OK "), reasons: [.timedOut]),
        .init(step: .drip("\u{0}"), reasons: [.timedOut]),
        .init(step: .flood("x"), reasons: [.unparsableReply, .timedOut]),
        .init(
            step: .flood("+OK\r\n"), reasons: [.unsolicitedBytes, .unparsableReply, .tlsInjection]),
        .init(step: .flood("\r\n"), reasons: [.unparsableReply, .timedOut]),
        .init(step: .raw("\u{0}\r\n"), reasons: [.unparsableReply]),
        .init(step: .raw("+OK a\nb\r\n"), reasons: [.unparsableReply]),
        .init(step: .raw("+OK"), reasons: [.timedOut]),
    ]
}

@Test("A hostile server fails the session in time, at whatever step", arguments: HostileStep.all)
func hostile(_ hostile: HostileStep) async throws {
    for verb in ["greeting", "CAPA", "STLS", "CAPA+", "USER+", "PASS+", "APOP+"] {
        var fixture = try Fixture.secure(.starttls)
        fixture.usesAPOP = verb == "APOP+"
        // Whoever does not end by what the server says must have the time for it.
        if hostile.reasons.contains(.timedOut) { fixture.timeouts.request = .milliseconds(150) }
        fixture.script.steps[verb] = hostile.step
        let outcome = try await fixture.run()
        if verb == "PASS+" || verb == "APOP+", case .flood("+OK\r\n") = hostile.step {
            // The first of them accepts the login.
            #expect(outcome.report.outcome == .done)
        } else {
            let reason = try #require(outcome.report.failure?.reason)
            #expect(hostile.reasons.contains(reason), "\(verb): \(reason)")
        }
        #expect(outcome.report.elapsed < Fixture.patience)
        #expect(outcome.openHandles == 0)
        #expect(!String(decoding: outcome.transcript.clear, as: UTF8.self).contains("tanstaaf"))
    }
}

@Test("The deadline of the whole session holds however often a step's begins anew")
func attemptLimit() async throws {
    var fixture = Fixture()
    fixture.attemptLimit = .milliseconds(200)
    fixture.script.steps["PASS"] = .silence
    let outcome = try await fixture.run()
    #expect(outcome.report.failure?.reason == .timedOut)
    #expect(outcome.report.elapsed < Fixture.patience)
}

@Test("A QUIT without answer costs a moment and changes nothing")
func silentQuit() async throws {
    for step in [Step.silence, .close, .drip("+"), .flood("x")] {
        var fixture = Fixture()
        fixture.script.steps["QUIT"] = step
        fixture.timeouts.courtesy = .milliseconds(300)
        let outcome = try await fixture.run()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.report.elapsed < Fixture.patience)
    }
}

@Test("A secret that the server repeats is masked in report and events")
func echo() async throws {
    var fixture = Fixture()
    fixture.script.steps["PASS"] = .reply("-ERR [AUTH] tanstaaf is wrong, tanstaaf")
    let refused = try await fixture.run()
    #expect(refused.report.failure?.reply?.text == "[AUTH] [masked] is wrong, [masked]")
    #expect(refused.report.failure?.failureClass == .credential)
    #expect(!refused.events.joined().contains("tanstaaf"))
    fixture.usesAPOP = true
    fixture.script.steps["APOP"] = .reply("+OK c4c9334bac560ecc979e58001b3e22fb")
    let accepted = try await fixture.run()
    #expect(accepted.report.finalReply?.text == "[masked]")
}

@Test(
    "A password that POP3 cannot carry is never sent",
    arguments: ["", "a\r\nDELE 1", "a\nb", "a\u{0}b"])
func unsendable(_ password: String) async throws {
    for usesAPOP in [true, false] {
        var fixture = Fixture()
        fixture.password = password
        fixture.usesAPOP = usesAPOP
        let outcome = try await fixture.run()
        #expect(outcome.report.failure?.reason == .authAbandoned)
        #expect(outcome.report.failure?.failureClass == .config)
        #expect(!outcome.transcript.lines.contains { $0.hasPrefix("PASS") || $0.hasPrefix("APOP") })
    }
}

@Test("A destination that the egress policy forbids gets no connection")
func egress() async throws {
    var fixture = Fixture()
    fixture.allows = "10.0.0.0/8"
    let outcome = try await fixture.run()
    #expect(outcome.report.failure?.reason == .egressDenied)
    #expect(outcome.report.failure?.phase == .connect)
    #expect(outcome.transcript.sessions == 0)
    #expect(outcome.events.last?.hasPrefix("failed egress-denied") == true)
}

@Test("A plan for TLS without a context fails before it connects")
func noContext() async throws {
    var fixture = Fixture()
    fixture.protection = .starttls
    let outcome = try await fixture.run()
    #expect(outcome.report.failure?.failureClass == .config)
    #expect(outcome.transcript.sessions == 0)
}
