import POP3Core
import SMTPCore
import Testing

private let greeting = "+OK ready <1.2@pop.test>\r\n"
private let capabilities = "+OK\r\nUSER\r\nSTLS\r\n.\r\n"
private let ok = "+OK\r\n"

@Test("A session logs in with each method and each way to TLS")
func logins() {
    typealias Case = (POP3ClientConfiguration, [String], [String])
    let table: [Case] = [
        (
            .alice(), [greeting, capabilities, ok, "+OK in\r\n", ok],
            ["CAPA\r\n", "USER alice\r\n", "[PASS |password]", "QUIT\r\n"]
        ),
        (
            .alice(.none, .apop, inClear: .digestOnly),
            [greeting, "-ERR what\r\n", "+OK in\r\n", ok],
            ["CAPA\r\n", "[APOP alice |<1.2@pop.test>]", "QUIT\r\n"]
        ),
        (
            .alice(.implicit, .password, inClear: .never),
            [greeting, capabilities, ok, "+OK in\r\n", ok],
            ["CAPA\r\n", "USER alice\r\n", "[PASS |password]", "QUIT\r\n"]
        ),
        (
            .alice(.stls, .password, inClear: .never),
            [greeting, capabilities, ok, capabilities, ok, "+OK in\r\n", ok],
            ["CAPA\r\n", "STLS\r\n", "CAPA\r\n", "USER alice\r\n", "[PASS |password]", "QUIT\r\n"]
        ),
        (
            .alice(.stls, .apop, inClear: .never),
            [greeting, "-ERR what\r\n", ok, capabilities, "+OK in\r\n", ok],
            ["CAPA\r\n", "STLS\r\n", "CAPA\r\n", "[APOP alice |<1.2@pop.test>]", "QUIT\r\n"]
        ),
    ]
    for (configuration, script, expected) in table {
        for piece in 0...24 {
            var client = ScriptedClient(configuration, script)
            client.piece = piece
            client.run()
            #expect(client.sent == expected)
            #expect(client.failure == nil)
            #expect(client.reply?.text == "in")
            #expect(client.machine.isAuthenticated)
            #expect(client.handshakes == (configuration.encryption == .stls ? 1 : 0))
        }
    }
}

@Test("What was said before TLS is forgotten")
func forgetsClearText() {
    var client = ScriptedClient(
        .alice(.stls), [greeting, "+OK\r\nSTLS\r\nX-EVIL\r\n.\r\n", ok, "-ERR\r\n"])
    client.run()
    #expect(client.machine.capabilities.lines.isEmpty)
}

@Test(
    "Bytes behind the reply to STLS end the session, wherever they are split",
    .timeLimit(.minutes(2)))
func injection() {
    var generator = SystemRandomNumberGenerator()
    let injected = [
        "+OK\r\n", "+", "-ERR\r\n", "\r\n", "\u{0}", "+OK\r\nUSER\r\n.\r\n+OK\r\n+OK\r\n", "x",
    ]
    for round in 0..<10_000 {
        var segment = bytes("+OK go ahead\r\n" + injected[round % injected.count])
        let extra = Int.random(in: 0...3, using: &generator)
        segment += (0..<extra).map { _ in .random(in: .min ... .max, using: &generator) }
        // The reply's end and at least one octet behind it come in one read.
        let cut = Int.random(in: 0..<14, using: &generator)
        let script =
            [bytes(greeting), bytes(capabilities)]
            + (cut == 0 ? [segment] : [Array(segment[..<cut]), Array(segment[cut...])])
            + [bytes(capabilities), bytes(ok), bytes(ok), bytes(ok)]
        let configuration = POP3ClientConfiguration.alice(
            .stls, round % 2 == 0 ? .password : .apop, inClear: .never)
        var client = ScriptedClient(configuration, script)
        client.run()
        #expect(client.failure?.reason == .tlsInjection)
        #expect(client.failure?.failureClass == .tlsDowngrade)
        #expect(client.handshakes == 0)
        #expect(client.sent == ["CAPA\r\n", "STLS\r\n"])
    }
}

@Test("Bytes that come before the handshake in a read of their own end the session as well")
func lateInjection() {
    var machine = POP3ClientMachine(configuration: .alice(.stls))
    machine.connected()
    for answer in [greeting, capabilities, ok] {
        machine.receive(bytes(answer))
        if case .send = machine.next() {}
    }
    #expect(machine.next() == .startTLS)
    machine.receive(bytes("+"))
    #expect(failure(of: &machine)?.reason == .tlsInjection)
    #expect(machine.next() == .close)
}

private func failure(of machine: inout POP3ClientMachine) -> POP3Failure? {
    if case .failed(let failure) = machine.next() { failure } else { nil }
}

struct FailureFixture: Sendable, CustomTestStringConvertible {
    let name: String
    let configuration: POP3ClientConfiguration
    let script: [String]
    let phase: POP3Phase
    let failureClass: SMTPFailureClass
    let reason: POP3FailureReason
    /// What must have been sent, and nothing else.
    let sent: [String]

    var testDescription: String { name }

    static let user = ["CAPA\r\n", "USER alice\r\n"]
    static let pass = user + ["[PASS |password]"]
    static let all: [FailureFixture] = [
        .init(
            name: "refused at the door", configuration: .alice(), script: ["-ERR busy\r\n"],
            phase: .greeting, failureClass: .transientHost, reason: .refusedByServer, sent: []),
        .init(
            name: "an SMTP server", configuration: .alice(), script: ["220 mail ESMTP\r\n"],
            phase: .greeting, failureClass: .protocolViolation, reason: .unparsableReply, sent: []),
        .init(
            name: "silence", configuration: .alice(), script: ["TIMEOUT"], phase: .greeting,
            failureClass: .network, reason: .timedOut, sent: []),
        .init(
            name: "hangs up", configuration: .alice(), script: [], phase: .greeting,
            failureClass: .network, reason: .connectionClosed, sent: []),
        .init(
            name: "greets twice", configuration: .alice(), script: [greeting + greeting],
            phase: .capa, failureClass: .protocolViolation, reason: .unsolicitedBytes, sent: []),
        .init(
            name: "floods OK", configuration: .alice(),
            script: [greeting, capabilities, String(repeating: ok, count: 1000)], phase: .auth,
            failureClass: .protocolViolation, reason: .unsolicitedBytes, sent: user),
        .init(
            name: "an endless line", configuration: .alice(),
            script: ["+OK " + String(repeating: "x", count: 100_000)], phase: .greeting,
            failureClass: .protocolViolation, reason: .unparsableReply, sent: []),
        .init(
            name: "endless capabilities", configuration: .alice(),
            script: [greeting, "+OK\r\n" + String(repeating: "X\r\n", count: 5000)], phase: .capa,
            failureClass: .protocolViolation, reason: .unparsableReply, sent: ["CAPA\r\n"]),
        .init(
            name: "STLS is not listed", configuration: .alice(.stls),
            script: [greeting, "+OK\r\nUSER\r\n.\r\n"], phase: .capa, failureClass: .tlsDowngrade,
            reason: .tlsNotOffered, sent: ["CAPA\r\n"]),
        .init(
            name: "STLS is refused", configuration: .alice(.stls),
            script: [greeting, capabilities, "-ERR no\r\n"], phase: .stls,
            failureClass: .tlsDowngrade, reason: .tlsNotOffered, sent: ["CAPA\r\n", "STLS\r\n"]),
        .init(
            name: "STLS is refused for now", configuration: .alice(.stls),
            script: [greeting, capabilities, "-ERR [SYS/TEMP] no\r\n"], phase: .stls,
            failureClass: .tlsIO, reason: .refusedByServer, sent: ["CAPA\r\n", "STLS\r\n"]),
        .init(
            name: "the password may not go in clear",
            configuration: .alice(.none, .password, inClear: .never), script: [greeting],
            phase: .greeting, failureClass: .tlsDowngrade, reason: .authNeedsTLS, sent: []),
        .init(
            name: "APOP alone may go in clear",
            configuration: .alice(.none, .password, inClear: .digestOnly), script: [greeting],
            phase: .greeting, failureClass: .tlsDowngrade, reason: .authNeedsTLS, sent: []),
        .init(
            name: "no timestamp", configuration: .alice(.none, .apop), script: ["+OK ready\r\n"],
            phase: .greeting, failureClass: .config, reason: .apopNotOffered, sent: []),
        .init(
            name: "a timestamp that is none", configuration: .alice(.none, .apop),
            script: ["+OK <x\u{1}@y>\r\n"], phase: .greeting, failureClass: .protocolViolation,
            reason: .apopTimestampInvalid, sent: []),
        .init(
            name: "the user is refused", configuration: .alice(),
            script: [greeting, capabilities, "-ERR who\r\n"], phase: .auth,
            failureClass: .credential, reason: .refusedByServer, sent: user),
        .init(
            name: "the password is refused", configuration: .alice(),
            script: [greeting, capabilities, ok, "-ERR [AUTH] no\r\n"], phase: .auth,
            failureClass: .credential, reason: .refusedByServer, sent: pass),
        .init(
            name: "the mailbox is locked", configuration: .alice(),
            script: [greeting, capabilities, ok, "-ERR [IN-USE] no\r\n"], phase: .auth,
            failureClass: .transientAuth, reason: .refusedByServer, sent: pass),
        .init(
            name: "too soon", configuration: .alice(),
            script: [greeting, capabilities, ok, "-ERR [LOGIN-DELAY 60] no\r\n"], phase: .auth,
            failureClass: .transientAuth, reason: .refusedByServer, sent: pass),
        .init(
            name: "the server is ill", configuration: .alice(),
            script: [greeting, capabilities, ok, "-ERR [SYS/TEMP] no\r\n"], phase: .auth,
            failureClass: .transientAuth, reason: .refusedByServer, sent: pass),
        .init(
            name: "the account is broken", configuration: .alice(),
            script: [greeting, capabilities, ok, "-ERR [SYS/PERM] no\r\n"], phase: .auth,
            failureClass: .config, reason: .refusedByServer, sent: pass),
        .init(
            name: "hangs up at PASS", configuration: .alice(),
            script: [greeting, capabilities, ok],
            phase: .auth, failureClass: .network, reason: .connectionClosed, sent: pass),
        .init(
            name: "APOP is refused", configuration: .alice(.none, .apop),
            script: [greeting, capabilities, "-ERR no\r\n"], phase: .auth,
            failureClass: .credential, reason: .refusedByServer,
            sent: ["CAPA\r\n", "[APOP alice |<1.2@pop.test>]"]),
    ]
}

@Test("Each failure has its phase, class and reason", arguments: FailureFixture.all)
func failures(_ fixture: FailureFixture) {
    for piece in [0, 1, 7] {
        // In pieces the OK flood is seen as an answer to what follows, which is as bad.
        if piece > 0, fixture.name == "floods OK" || fixture.name == "greets twice" { continue }
        var client = ScriptedClient(fixture.configuration, fixture.script)
        client.piece = piece
        client.run()
        #expect(client.failure?.phase == fixture.phase)
        #expect(client.failure?.failureClass == fixture.failureClass)
        #expect(client.failure?.reason == fixture.reason)
        #expect(client.sent == fixture.sent)
        #expect(!client.machine.isAuthenticated)
        #expect(client.reply == nil)
    }
}

@Test(
    "A user name that would make another line or argument is never sent",
    arguments: ["", "a\r\nDELE 1", "a\n", "a\u{0}", "a\u{7F}", String(repeating: "a", count: 256)])
func badUserNames(_ name: String) {
    for method in [POP3ClientConfiguration.Method.password, .apop] {
        var client = ScriptedClient(
            POP3ClientConfiguration(
                userName: name, encryption: .implicit, method: method), [greeting])
        client.run()
        #expect(client.failure?.reason == .badUserName)
        #expect(client.sent.isEmpty)
    }
    var spaced = ScriptedClient(
        POP3ClientConfiguration(userName: "a b", encryption: .implicit, method: .apop), [greeting])
    spaced.run()
    #expect(spaced.failure?.reason == .badUserName)
}

@Test("A login that succeeded stays so whatever QUIT brings")
func quitChangesNothing() {
    for last in ["-ERR\r\n", "garbage\r\n", "TIMEOUT", ""] {
        var client = ScriptedClient(
            .alice(), [greeting, capabilities, ok, "+OK in\r\n"] + (last.isEmpty ? [] : [last]))
        client.run()
        #expect(client.reply?.text == "in")
        #expect(client.failure == nil)
        #expect(client.machine.isAuthenticated)
    }
    var flooded = ScriptedClient(.alice(), [greeting, capabilities, ok, "+OK in\r\n+OK\r\n"])
    flooded.run()
    #expect(flooded.machine.isAuthenticated)
    #expect(flooded.sent == FailureFixture.pass)
}

@Test("A proof that cannot be made fails the session, and nothing of it is sent")
func abandoned() {
    var machine = POP3ClientMachine(configuration: .alice(.none, .apop))
    machine.connected()
    machine.receive(bytes(greeting))
    _ = machine.next()
    machine.receive(bytes(capabilities))
    guard case .authenticate = machine.next() else {
        Issue.record("no proof was asked for")
        return
    }
    machine.abandonAuthentication(detail: "no password")
    #expect(failure(of: &machine)?.reason == .authAbandoned)
    #expect(machine.next() == .close)
}

@Test("A handshake that fails is a failure of trust or of TLS, with implicit TLS as well")
func handshakes() {
    for isTrust in [true, false] {
        var machine = POP3ClientMachine(configuration: .alice(.implicit))
        machine.tlsFailed(isTrust: isTrust, detail: "x")
        let failure = failure(of: &machine)
        #expect(failure?.phase == .tls)
        #expect(failure?.failureClass == (isTrust ? .tlsTrust : .tlsIO))
    }
}
