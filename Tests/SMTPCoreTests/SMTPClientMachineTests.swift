import SMTPCore
import SeededRandom
import Testing

@Suite("SMTP client machine")
struct SMTPClientMachineTests {
    func configuration(
        _ encryption: SMTPClientConfiguration.Encryption = .none,
        _ authentication: SMTPClientConfiguration.Authentication = .none
    ) -> SMTPClientConfiguration {
        SMTPClientConfiguration(
            localDomain: "client.example", encryption: encryption, authentication: authentication)
    }

    func transaction(
        _ recipients: [String] = ["x@d", "y@d", "z@d"],
        _ change: (inout SMTPTransaction) -> Void = { _ in }
    ) throws -> SMTPTransaction {
        var list: [SMTPTransaction.Recipient] = []
        for recipient in recipients { list.append(.init(try address(recipient))) }
        var transaction = SMTPTransaction(
            sender: .mailbox(try address("a@b")), recipients: list, size: 11)
        change(&transaction)
        return transaction
    }

    func run(
        _ configuration: SMTPClientConfiguration, _ script: [String],
        _ transactions: [SMTPTransaction] = [], _ change: (inout ScriptedClient) -> Void = { _ in }
    ) -> ScriptedClient {
        var client = ScriptedClient(configuration, script, transactions)
        change(&client)
        client.run()
        return client
    }

    let plain = "220 hi\r\n"
    let pipelining = "250-mx\r\n250 PIPELINING\r\n"
    let auth = SMTPClientConfiguration.Authentication.required(mechanisms: [
        "PLAIN", "LOGIN",
    ])

    @Test("A login with STARTTLS and AUTH sends no MAIL", arguments: [0, 1, 2, 3, 7])
    func login(_ chunk: Int) {
        let client = run(
            configuration(.startTLS, auth),
            [
                plain, "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n",
                "250-mx\r\n250 AUTH LOGIN PLAIN\r\n", "235 2.7.0 ok\r\n", "221 bye\r\n",
            ]
        ) { $0.chunk = chunk }
        #expect(
            client.sent == [
                "EHLO client.example\r\n", "STARTTLS\r\n", "EHLO client.example\r\n",
                "[auth AUTH PLAIN]", "QUIT\r\n",
            ])
        #expect(client.failure == nil && client.machine.isAuthenticated)
    }

    @Test("Challenges are handed to the driver one by one")
    func challenges() {
        let client = run(
            configuration(.implicit, .required(mechanisms: ["LOGIN"])),
            [
                plain, "250-mx\r\n250 AUTH LOGIN\r\n", "334 VXNlcm5hbWU6\r\n",
                "334 UGFzc3dvcmQ6\r\n", "235 ok\r\n", "221 bye\r\n",
            ])
        #expect(
            client.sent.dropFirst() == [
                "[auth AUTH LOGIN]", "[auth VXNlcm5hbWU6]", "[auth UGFzc3dvcmQ6]", "QUIT\r\n",
            ])
        #expect(client.machine.isEncrypted && client.failure == nil)
    }

    @Test("A login fails for its reason and its class, and no AUTH byte leaves before TLS")
    func loginFailures() {
        let starttls = "250-mx\r\n250 STARTTLS\r\n"
        let secure = [plain, starttls, "220 go\r\n"]
        let offered = "250-mx\r\n250 AUTH PLAIN\r\n"
        let cases: [([String], SMTPPhase, SMTPFailureClass, SMTPFailureReason)] = [
            (["421 busy\r\n"], .greeting, .transientHost, .refusedByServer),
            (["554 no\r\n"], .greeting, .transientHost, .refusedByServer),
            (["250 hm\r\n"], .greeting, .protocolViolation, .unexpectedReply),
            (["+OK pop\r\n"], .greeting, .protocolViolation, .unparsableReply),
            ([], .greeting, .network, .connectionClosed),
            (["TIMEOUT"], .greeting, .network, .timedOut),
            ([plain + "250 early\r\n"], .ehlo, .protocolViolation, .unsolicitedBytes),
            ([plain + "2"], .ehlo, .protocolViolation, .unsolicitedBytes),
            ([plain, "500 what\r\n"], .ehlo, .config, .ehloRefused),
            ([plain, "421 busy\r\n"], .ehlo, .transientHost, .refusedByServer),
            ([plain, "250 mx\r\n"], .startTLS, .tlsDowngrade, .tlsNotOffered),
            ([plain, starttls, "454 later\r\n"], .startTLS, .tlsIO, .refusedByServer),
            ([plain, starttls, "502 no\r\n"], .startTLS, .tlsDowngrade, .refusedByServer),
            ([plain, starttls, "250 hm\r\n"], .startTLS, .protocolViolation, .unexpectedReply),
            (secure + ["500 what\r\n"], .ehlo, .config, .ehloRefused),
            (secure + ["250 mx\r\n"], .auth, .credential, .authNotOffered),
            (secure + ["250-mx\r\n250 AUTH NTLM\r\n"], .auth, .credential, .mechanismNotOffered),
            (secure + [offered, "535 5.7.8 no\r\n"], .auth, .credential, .refusedByServer),
            (secure + [offered, "534 5.7.9 app\r\n"], .auth, .credential, .refusedByServer),
            (secure + [offered, "454 4.7.0 slow\r\n"], .auth, .transientAuth, .refusedByServer),
            (secure + [offered, "432 4.3.2 slow\r\n"], .auth, .transientAuth, .refusedByServer),
            (secure + [offered, "421 bye\r\n"], .auth, .transientAuth, .refusedByServer),
            (secure + [offered, "504 what\r\n"], .auth, .config, .refusedByServer),
            (secure + [offered, "250 hm\r\n"], .auth, .protocolViolation, .unexpectedReply),
            (secure + [offered], .auth, .network, .connectionClosed),
        ]
        for (script, phase, failureClass, reason) in cases {
            let client = run(configuration(.startTLS, auth), script)
            #expect(client.failure?.phase == phase, "\(script)")
            #expect(client.failure?.failureClass == failureClass, "\(script)")
            #expect(client.failure?.reason == reason, "\(script)")
            #expect(client.actions.last == .close)
            if phase != .auth { #expect(!client.sent.contains { $0.hasPrefix("[auth") }) }
        }
    }

    @Test("What follows the answer to STARTTLS in clear always ends the session")
    func injection() {
        var generator = SeededGenerator(seed: 11)
        let tails = [
            "250-AUTH PLAIN\r\n", "2", "\r", "250-mx\r\n250 AUTH PLAIN\r\n", "\0", "250 ok\r\n",
            "220 go\r\n", "x", "\r\n",
        ]
        for _ in 0..<10_000 {
            let tail = tails.randomElement(using: &generator) ?? "x"
            let answer = bytes("220 ok\r\n" + tail)
            var machine = SMTPClientMachine(configuration: configuration(.startTLS, auth))
            machine.connected()
            machine.receive(bytes(plain))
            _ = machine.next()
            machine.receive(bytes("250-mx\r\n250 STARTTLS\r\n"))
            _ = machine.next()
            // The last cut comes before the 220 is whole, so the tail arrives with its end.
            let cut = Int.random(in: 0..<8, using: &generator)
            if cut > 0 { machine.receive(Array(answer[..<cut])) }
            machine.receive(Array(answer[cut...]))
            guard case .failed(let failure) = machine.next() else {
                Issue.record("the session goes on after \(tail.debugDescription)")
                return
            }
            #expect(failure.reason == .tlsInjection && failure.failureClass == .tlsDowngrade)
            #expect(machine.next() == .close)
        }
    }

    @Test("Bytes in clear that come after the machine asked for TLS end the session too")
    func lateInjection() {
        var machine = SMTPClientMachine(configuration: configuration(.startTLS, auth))
        machine.connected()
        for reply in [plain, "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n"] {
            machine.receive(bytes(reply))
            if machine.next() == .startTLS { break }
        }
        machine.receive(bytes("250 x\r\n"))
        guard case .failed = machine.next() else {
            Issue.record("the session goes on")
            return
        }
        machine.tlsEstablished()
        #expect(machine.next() == .close)
    }

    @Test("Opportunistic TLS is used when offered, and its loss is noticed")
    func opportunistic() {
        let clear = run(
            configuration(.opportunisticStartTLS(seenBefore: false)),
            [plain, "250 mx\r\n", "221 bye\r\n"])
        #expect(clear.failure == nil && !clear.machine.isEncrypted)
        let secure = run(
            configuration(.opportunisticStartTLS(seenBefore: false)),
            [plain, "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n", "250 mx\r\n", "221 bye\r\n"])
        #expect(secure.failure == nil && secure.machine.isEncrypted)
        let lost = run(
            configuration(.opportunisticStartTLS(seenBefore: true)), [plain, "250 mx\r\n"])
        #expect(lost.failure?.reason == .tlsDowngradeSuspected)
        let refused = run(
            configuration(.opportunisticStartTLS(seenBefore: false)),
            [plain, "250-mx\r\n250 STARTTLS\r\n", "454 later\r\n"])
        #expect(refused.failure?.failureClass == .tlsIO, "never on in clear")
    }

    @Test("Without TLS only allowed mechanisms run")
    func clearAuthentication() {
        let script = [plain, "250-mx\r\n250 AUTH PLAIN CRAM-MD5\r\n", "235 ok\r\n", "221 bye\r\n"]
        let mechanisms = ["PLAIN", "CRAM-MD5"]
        let never = run(configuration(.none, .required(mechanisms: mechanisms)), script)
        #expect(never.failure?.reason == .authNeedsTLS && never.sent.count == 1)
        let challenge = run(
            configuration(.none, .required(mechanisms: mechanisms, inClear: .challengeOnly)), script
        )
        #expect(challenge.sent[1] == "[auth AUTH CRAM-MD5]")
        let any = run(
            configuration(.none, .required(mechanisms: mechanisms, inClear: .any)), script)
        #expect(any.sent[1] == "[auth AUTH PLAIN]")
    }

    @Test("HELO is tried only where neither TLS nor AUTH is wanted")
    func helo() {
        let script = [plain, "502 no\r\n", "250 mx\r\n", "221 bye\r\n"]
        let allowed = run(configuration(), script)
        #expect(allowed.sent[1] == "HELO client.example\r\n" && allowed.failure == nil)
        for (encryption, authentication) in [
            (SMTPClientConfiguration.Encryption.startTLS, .none), (.implicit, .none),
            (.opportunisticStartTLS(seenBefore: true), .none), (.none, auth),
        ] {
            let refused = run(configuration(encryption, authentication), script)
            #expect(refused.sent.count == 1 && refused.failure?.reason == .ehloRefused)
        }
    }

    @Test("A failed handshake is told apart by its cause")
    func handshake() {
        for (isTrust, failureClass) in [(true, SMTPFailureClass.tlsTrust), (false, .tlsIO)] {
            var machine = SMTPClientMachine(configuration: configuration(.implicit))
            machine.tlsFailed(isTrust: isTrust, detail: "expired")
            guard case .failed(let failure) = machine.next() else {
                Issue.record("no failure")
                return
            }
            #expect(failure.failureClass == failureClass && failure.phase == .tls)
            #expect(failure.explanation.cause == "tls: tls-failed: expired")
        }
    }

    @Test("An exchange that the driver gives up is cancelled on the wire")
    func abandoning() {
        var machine = SMTPClientMachine(configuration: configuration(.implicit, auth))
        machine.connected()
        machine.receive(bytes(plain))
        _ = machine.next()
        machine.receive(bytes("250-mx\r\n250 AUTH PLAIN\r\n"))
        _ = machine.next()
        machine.authLineWritten()
        machine.receive(bytes("334 aGk=\r\n"))
        #expect(machine.next() == .authContinue(challengeBase64: bytes("aGk=")))
        machine.abandonAuthentication(detail: "bad challenge")
        #expect(machine.next() == .send(bytes("*\r\n")))
        #expect(machine.next() == .receive(.auth))
        machine.receive(bytes("501 ok\r\n"))
        #expect(
            machine.next()
                == .failed(
                    SMTPFailure(.auth, .credential, .authAbandoned, detail: "bad challenge")))
        #expect(machine.next() == .close)
    }

    @Test("Endless replies, challenges and lines are bounded")
    func endless() {
        let lines = String(repeating: "250-x\r\n", count: SMTPLimits.replyLines + 1)
        #expect(run(configuration(), [plain, lines]).failure?.reason == .unparsableReply)
        let long = "250 " + String(repeating: "x", count: SMTPLimits.replyLine)
        #expect(run(configuration(), [plain, long]).failure?.reason == .unparsableReply)
        let rounds = Array(repeating: "334 eA==\r\n", count: SMTPLimits.authRounds + 1)
        let offered = [plain, "250-mx\r\n250 AUTH PLAIN\r\n"]
        let exchange = run(configuration(.implicit, auth), offered + rounds)
        #expect(exchange.failure?.failureClass == .protocolViolation)
        let most = String(repeating: "A", count: SMTPLimits.authReplyLine - 6)
        let large = run(
            configuration(.implicit, auth),
            offered + ["334 \(most)\r\n", "235 ok\r\n", "221 bye\r\n"])
        #expect(large.failure == nil)
        let tooLarge = run(configuration(.implicit, auth), offered + ["334 \(most)A\r\n"])
        #expect(tooLarge.failure?.reason == .unparsableReply)
    }
}
