import Explained
import SMTPClient
import SMTPCore
import Testing
import VaultModel

/// One row: how TLS is asked for, what the server makes of STARTTLS, and what comes of it.
struct DecisionFixture: Sendable, CustomTestStringConvertible {
    enum Server: String, Sendable {
        case offers, lacks, saysLater = "454 later", saysNo = "502 no", saysNever = "554 no"
    }

    let protection: TransportDecision.Protection
    let server: Server
    let hasCredential: Bool
    var seenBefore = false
    /// The reason of the failure; `nil` when the message goes.
    let reason: SMTPFailureReason?
    /// Whether the message goes in clear.
    var isClear = false

    var testDescription: String {
        "\(protection) \(server) credential:\(hasCredential) seen:\(seenBefore)"
    }

    static let all: [DecisionFixture] = [
        // STARTTLS required: never on in clear, with a credential or without.
        .init(protection: .starttls, server: .offers, hasCredential: true, reason: nil),
        .init(protection: .starttls, server: .offers, hasCredential: false, reason: nil),
        .init(protection: .starttls, server: .lacks, hasCredential: true, reason: .tlsNotOffered),
        .init(protection: .starttls, server: .lacks, hasCredential: false, reason: .tlsNotOffered),
        .init(
            protection: .starttls, server: .lacks, hasCredential: true, seenBefore: true,
            reason: .tlsDowngradeSuspected),
        .init(
            protection: .starttls, server: .saysLater, hasCredential: true, reason: .refusedByServer
        ),
        .init(
            protection: .starttls, server: .saysNo, hasCredential: true, reason: .refusedByServer),
        .init(
            protection: .starttls, server: .saysNever, hasCredential: false,
            reason: .refusedByServer),
        // STARTTLS if offered: in clear without a credential alone, and never after a refusal.
        .init(protection: .starttlsIfOffered, server: .offers, hasCredential: true, reason: nil),
        .init(protection: .starttlsIfOffered, server: .offers, hasCredential: false, reason: nil),
        .init(
            protection: .starttlsIfOffered, server: .lacks, hasCredential: false, reason: nil,
            isClear: true),
        .init(
            protection: .starttlsIfOffered, server: .lacks, hasCredential: true,
            reason: .authNeedsTLS),
        .init(
            protection: .starttlsIfOffered, server: .lacks, hasCredential: false, seenBefore: true,
            reason: .tlsDowngradeSuspected),
        .init(
            protection: .starttlsIfOffered, server: .saysLater, hasCredential: false,
            reason: .refusedByServer),
        .init(
            protection: .starttlsIfOffered, server: .saysNo, hasCredential: true,
            reason: .refusedByServer),
        // No TLS: STARTTLS is not tried, and the password stays.
        .init(
            protection: .plain, server: .offers, hasCredential: false, reason: nil, isClear: true),
        .init(protection: .plain, server: .lacks, hasCredential: true, reason: .authNeedsTLS),
        .init(protection: .plain, server: .offers, hasCredential: true, reason: .authNeedsTLS),
    ]
}

@Suite("The decision table of encryption")
struct DecisionTableTests {
    @Test("decides what leaves this machine", arguments: DecisionFixture.all)
    func rows(_ row: DecisionFixture) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.protection = row.protection
        fixture.hasCredential = row.hasCredential
        fixture.startTLSSeenBefore = row.seenBefore
        fixture.script.capabilities = ["SIZE 100000", "AUTH PLAIN LOGIN CRAM-MD5"]
        if row.server != .lacks { fixture.script.capabilities.append("STARTTLS") }
        if row.server.rawValue.first?.isNumber == true {
            fixture.script.steps["STARTTLS"] = .reply(row.server.rawValue)
        }
        let outcome = try await fixture.send()
        #expect(outcome.report.failure?.reason == row.reason)
        #expect(outcome.transcript.sawEnd == (row.reason == nil))
        #expect(outcome.report.hasOfferedStartTLS == (row.server != .lacks))
        #expect(
            (outcome.transcript.count("STARTTLS") > 0)
                == (row.protection != .plain && row.server != .lacks))
        let clear = outcome.transcript.clear
        for form in MechanismTests.forms(Fixture.password) + ["AUTH"] { expect(clear, lack: form) }
        if !row.isClear {
            expect(clear, lack: "MAIL")
            expect(clear, lack: "Subject")
        }
    }

    @Test("notices the wrong mode for a port, either way round")
    func mismatch() async throws {
        var implicit = try Fixture.secure(.implicitTLS)
        implicit.script.isImplicit = false
        let report = try await implicit.login().report
        #expect(report.failure?.reason == .tlsModeMismatch)
        #expect(report.failure?.failureClass == .tlsIO)
        #expect(report.failure?.description.contains("port 587") == true)
        // The server waits for a handshake that a session with STARTTLS never begins.
        for protection in [TransportDecision.Protection.starttls, .starttlsIfOffered, .plain] {
            var waiting = try Fixture.secure(.implicitTLS)
            waiting.protection = protection
            waiting.script.isProxied = true
            waiting.proxiedPort = 465
            waiting.timeouts.request = .milliseconds(100)
            let failure = try #require(try await waiting.login().report.failure)
            #expect(failure.reason == .tlsModeMismatch)
            #expect(failure.failureClass == .network)
            #expect(failure.detail.contains("port 465"))
        }
    }

    @Test("aborts on text behind the consent to STARTTLS, in one segment or in more")
    func injection() async throws {
        let consent = "220 go\r\n"
        for payload in ["250-AUTH PLAIN\r\n250 ok\r\n", "2", "250-AUTH", "\0"] {
            let whole = Array((consent + payload).utf8)
            let cuts = [1, consent.utf8.count - 1, consent.utf8.count]
            let steps =
                [Step.raw(whole)]
                + cuts.map { .pieces([Array(whole.prefix($0)), Array(whole.dropFirst($0))]) }
            for step in steps {
                var fixture = try Fixture.secure(.starttls)
                fixture.script.steps["STARTTLS"] = step
                let outcome = try await fixture.send()
                let failure = try #require(outcome.report.failure)
                #expect(failure.reason == .tlsInjection)
                #expect(failure.failureClass == .tlsDowngrade)
                for form in MechanismTests.forms(Fixture.password) + ["AUTH", "MAIL"] {
                    expect(outcome.transcript.wire, lack: form)
                }
                #expect(outcome.openHandles == 0)
            }
        }
    }
}
