import SMTPCore
import Testing

extension SMTPClientMachineTests {
    @Test(
        "A session ends by itself where its extent ends",
        arguments: [
            (SMTPClientConfiguration.Extent.greeting, ["QUIT\r\n"]),
            (.hello, ["EHLO client.example\r\n", "QUIT\r\n"]),
            (
                .encryption,
                ["EHLO client.example\r\n", "STARTTLS\r\n", "EHLO client.example\r\n", "QUIT\r\n"]
            ),
        ])
    func extent(_ extent: SMTPClientConfiguration.Extent, _ expected: [String]) {
        var configuration = configuration(.startTLS, auth)
        configuration.extent = extent
        let secure = "250-mx\r\n250 AUTH PLAIN\r\n"
        let script = [plain, "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n", secure]
        let client = run(configuration, Array(script.prefix(expected.count)) + ["221 bye\r\n"])
        #expect(client.sent == expected)
        #expect(client.failure == nil)
    }

    @Test("HELO opens a session that says so, and none that wants TLS or AUTH")
    func onlyHELO() {
        var configuration = configuration()
        configuration.usesHELO = true
        let client = run(configuration, [plain, "250-mx\r\n250 SIZE 1\r\n", "221 bye\r\n"])
        #expect(client.sent == ["HELO client.example\r\n", "QUIT\r\n"])
        #expect(client.machine.capabilities == SMTPCapabilities())
        for (encryption, authentication) in [
            (SMTPClientConfiguration.Encryption.startTLS, .none), (.implicit, .none),
            (.none, auth),
        ] as [(SMTPClientConfiguration.Encryption, SMTPClientConfiguration.Authentication)] {
            var other = self.configuration(encryption, authentication)
            other.usesHELO = true
            #expect(run(other, [plain]).sent == ["EHLO client.example\r\n"])
        }
    }

    @Test("The loss of a STARTTLS that is required and was seen before is suspicious")
    func requiredDowngrade() {
        for isSeen in [false, true] {
            var configuration = configuration(.startTLS)
            configuration.startTLSSeenBefore = isSeen
            let client = run(configuration, [plain, "250 mx\r\n"])
            #expect(
                client.failure?.reason == (isSeen ? .tlsDowngradeSuspected : .tlsNotOffered))
            #expect(client.failure?.failureClass == .tlsDowngrade)
        }
    }

    @Test("A probe takes back what it named", arguments: [[], ["x@d"]])
    func probe(_ recipients: [String]) throws {
        for offer in ["250 mx\r\n", "250-mx\r\n250-SIZE 100\r\n250 PIPELINING\r\n"] {
            var machine = SMTPClientMachine(configuration: configuration())
            machine.connected()
            var replies = [plain, offer, "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "221 bye\r\n"]
            var sent = ""
            var result: SMTPTransactionResult?
            loop: while true {
                switch machine.next() {
                case .send(let bytes): sent += String(decoding: bytes, as: UTF8.self)
                case .receive: machine.receive(Array(replies.removeFirst().utf8))
                case .ready where result == nil: machine.probe(try transaction(recipients))
                case .ready: machine.quit()
                case .transactionDone(let done): result = done
                case .close: break loop
                default: Issue.record("a probe has nothing else to do")
                }
            }
            let named = recipients.map { "RCPT TO:<\($0)>\r\n" }.joined()
            #expect(
                sent == "EHLO client.example\r\nMAIL FROM:<a@b>\r\n\(named)RSET\r\nQUIT\r\n")
            #expect(result?.failure == nil)
        }
    }

    @Test("REQUIRETLS counts only through TLS")
    func requireTLSInClear() throws {
        let client = run(
            configuration(), [plain, "250-mx\r\n250 REQUIRETLS\r\n", "221 bye\r\n"],
            [try transaction { $0.requireTLS = true }])
        #expect(client.results.first?.failure?.reason == .requireTLSNotOffered)
        #expect(client.sent == ["EHLO client.example\r\n", "QUIT\r\n"])
    }

    @Test("Mechanisms that the connection cannot carry are passed over")
    func unusable() {
        var machine = SMTPClientMachine(
            configuration: configuration(
                .implicit, .required(mechanisms: ["SCRAM-SHA-256-PLUS", "PLAIN"])))
        machine.unusableMechanisms = ["SCRAM-SHA-256-PLUS"]
        machine.connected()
        machine.receive(Array(plain.utf8))
        _ = machine.next()
        machine.receive(Array("250-mx\r\n250 AUTH SCRAM-SHA-256-PLUS PLAIN\r\n".utf8))
        guard case .authenticate("PLAIN", _) = machine.next() else {
            Issue.record("another mechanism was chosen")
            return
        }
    }

    @Test("Consent without proof ends the session before anything else is said")
    func unproven() {
        var machine = SMTPClientMachine(
            configuration: configuration(.implicit, .required(mechanisms: ["SCRAM-SHA-256"])))
        machine.connected()
        machine.receive(Array(plain.utf8))
        _ = machine.next()
        machine.receive(Array("250-mx\r\n250 AUTH SCRAM-SHA-256\r\n".utf8))
        machine.authLineWritten()
        machine.receive(Array("235 welcome\r\n".utf8))
        guard case .authenticated(let reply) = machine.next() else {
            Issue.record("the consent was not told")
            return
        }
        machine.authenticationUnproven(reply)
        guard case .failed(let failure) = machine.next() else {
            Issue.record("the session goes on")
            return
        }
        #expect(failure.reason == .serverNotProven && failure.failureClass == .tlsTrust)
        #expect(!machine.isAuthenticated && machine.next() == .close)
    }

    @Test("Replies are kept with what they answer for a driver that asks for them")
    func observations() throws {
        var machine = SMTPClientMachine(configuration: configuration())
        machine.isObserved = true
        machine.connected()
        machine.receive(Array(plain.utf8))
        _ = machine.next()
        machine.receive(Array(pipelining.utf8))
        machine.send(try transaction(["x@d", "y@d"]))
        _ = machine.next()
        machine.receive(Array("250 m\r\n250 x\r\n550 y\r\n".utf8))
        let observations = machine.takeObservations()
        #expect(observations.map(\.phase) == [.greeting, .ehlo, .mail, .rcpt, .rcpt])
        #expect(observations.map { $0.recipient?.wireForm } == [nil, nil, nil, "x@d", "y@d"])
        #expect(machine.takeObservations().isEmpty)
    }
}
