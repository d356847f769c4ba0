import SMTPCore
import SeededRandom
import Testing

extension SMTPClientMachineTests {
    @Test("MAIL and RCPT go in one batch, and DATA waits for their answers", arguments: [0, 1, 5])
    func pipelined(_ chunk: Int) throws {
        let client = run(
            configuration(),
            [
                plain, pipelining, "250 a\r\n250 b\r\n250 c\r\n250 d\r\n", "354 go\r\n",
                "250 2.0.0 queued\r\n", "221 bye\r\n",
            ], [try transaction()]
        ) { $0.chunk = chunk }
        #expect(
            client.sent.dropFirst() == [
                "MAIL FROM:<a@b>\r\nRCPT TO:<x@d>\r\nRCPT TO:<y@d>\r\nRCPT TO:<z@d>\r\n",
                "DATA\r\n", "body\r\n..dot\r\n.\r\n", "QUIT\r\n",
            ])
        let result = try #require(client.results.first)
        #expect(result.isSent && result.recipients.allSatisfy { $0.status == .accepted })
        #expect(result.reply?.text == "queued")
    }

    @Test("Without PIPELINING each command waits for its answer")
    func lockstep() throws {
        let client = run(
            configuration(),
            [
                plain, "250 mx\r\n", "250 a\r\n", "250 b\r\n", "250 c\r\n", "250 d\r\n",
                "354 go\r\n", "250 ok\r\n", "221 bye\r\n",
            ], [try transaction()])
        #expect(client.sent.count == 8 && client.results.first?.isSent == true)
        #expect(client.sent[2] == "RCPT TO:<x@d>\r\n")
    }

    @Test("A batch holds a hundred commands at most")
    func batches() throws {
        for (count, batches) in [(99, [100]), (100, [100, 1]), (250, [100, 100, 51])] {
            let transaction = try transaction((0..<count).map { "u\($0)@d" })
            let replies = batches.map { String(repeating: "250 ok\r\n", count: $0) }
            let client = run(
                configuration(),
                [plain, pipelining] + replies + ["354 go\r\n", "250 ok\r\n", "221 bye\r\n"],
                [transaction])
            #expect(client.results.first?.isSent == true)
            let counts = client.sent.dropFirst().prefix(batches.count).map {
                $0.split(separator: "\r\n").count
            }
            #expect(counts == batches)
        }
    }

    @Test("Each recipient has its own result, and one DATA serves the accepted")
    func partial() throws {
        let client = run(
            configuration(),
            [
                plain, pipelining,
                "250 ok\r\n250 2.1.5 ok\r\n450 4.2.0 grey\r\n550 5.1.1 gone\r\n", "354 go\r\n",
                "250 ok\r\n", "221 bye\r\n",
            ], [try transaction()])
        let result = try #require(client.results.first)
        #expect(result.isSent)
        #expect(result.recipients.map(\.status) == [.accepted, .deferred, .rejected])
        #expect(
            result.recipients.map(\.failureClass) == [nil, .transient, .recipientPermanent])
        #expect(result.recipients[2].enhanced?.description == "5.1.1")
        #expect(result.recipients[2].code?.value == 550 && result.recipients[2].text == "gone")
        #expect(client.sent.filter { $0 == "DATA\r\n" }.count == 1)
    }

    @Test(
        "Too many recipients split the transaction", arguments: ["452 4.5.3", "552 5.5.3", "552"])
    func splitting(_ code: String) throws {
        let client = run(
            configuration(),
            [
                plain, pipelining, "250 a\r\n250 b\r\n250 c\r\n\(code) many\r\n", "354 go\r\n",
                "250 ok\r\n", "221 bye\r\n",
            ], [try transaction()])
        let last = try #require(client.results.first?.recipients.last)
        #expect(last.status == .deferred && last.failureClass == .split)
    }

    @Test("When all recipients are refused there is RSET and no DATA")
    func allRefused() throws {
        for (replies, failureClass) in [
            ("550 no\r\n550 no\r\n550 no\r\n", SMTPFailureClass.recipientPermanent),
            ("550 no\r\n451 no\r\n550 no\r\n", .transient),
        ] {
            let client = run(
                configuration(),
                [plain, pipelining, "250 ok\r\n" + replies, "250 reset\r\n", "221 bye\r\n"],
                [try transaction()])
            #expect(client.sent.suffix(2) == ["RSET\r\n", "QUIT\r\n"])
            #expect(!client.sent.contains("DATA\r\n"))
            let failure = try #require(client.results.first?.failure)
            #expect(failure.failureClass == failureClass)
            #expect(failure.reason == .allRecipientsRefused)
            #expect(client.results.first?.recipients.first?.status == .rejected)
        }
    }

    @Test("With abort one refused recipient stops the message for all")
    func aborting() throws {
        let client = run(
            configuration(),
            [
                plain, pipelining, "250 a\r\n250 b\r\n550 no\r\n250 d\r\n", "250 reset\r\n",
                "221 x\r\n",
            ],
            [try transaction { $0.abortsOnRefusedRecipient = true }])
        let result = try #require(client.results.first)
        #expect(result.failure?.reason == .someRecipientRefused)
        #expect(result.recipients.map(\.status) == [.notSent, .rejected, .notSent])
        #expect(!client.sent.contains("DATA\r\n"))
    }

    @Test("Each refusal of MAIL, DATA and the message has its class and leaves the session usable")
    func refusals() throws {
        let envelope = "250 a\r\n250 b\r\n250 c\r\n250 d\r\n"
        let bad = "503 b\r\n503 c\r\n503 d\r\n"
        let cases: [([String], SMTPPhase, SMTPFailureClass, SMTPRecipientResult.Status)] = [
            (["550 5.7.60 no\r\n" + bad, "250 r\r\n"], .mail, .senderConfig, .rejected),
            (["554 unverified\r\n" + bad, "250 r\r\n"], .mail, .senderConfig, .rejected),
            (["451 later\r\n" + bad, "250 r\r\n"], .mail, .transient, .deferred),
            (["552 5.3.4 big\r\n" + bad, "250 r\r\n"], .mail, .messagePermanent, .rejected),
            ([envelope, "451 no\r\n", "250 r\r\n"], .data, .transient, .deferred),
            ([envelope, "554 no\r\n", "250 r\r\n"], .data, .messagePermanent, .rejected),
            ([envelope, "354 go\r\n", "451 no\r\n"], .dot, .transient, .deferred),
            ([envelope, "354 go\r\n", "554 spam\r\n"], .dot, .messagePermanent, .rejected),
        ]
        for (script, phase, failureClass, status) in cases {
            let client = run(
                configuration(),
                [plain, pipelining] + script + [envelope, "354 go\r\n", "250 ok\r\n", "221 x\r\n"],
                [try transaction(), try transaction()])
            let failure = try #require(client.results.first?.failure)
            #expect(failure.phase == phase && failure.failureClass == failureClass)
            #expect(client.results[0].recipients.allSatisfy { $0.status == status })
            #expect(client.results.count == 2 && client.results[1].isSent)
        }
    }

    @Test("Loss before the end is safe to retry, after it the message's fate is open")
    func ambiguity() throws {
        let envelope = "250 a\r\n250 b\r\n550 c\r\n250 d\r\n"
        for ending in ["", "TIMEOUT", "hm\r\n", "354 x\r\n", "250-x\r\n", "220\n", "\0"] {
            let script =
                [plain, pipelining, envelope, "354 go\r\n"] + (ending.isEmpty ? [] : [ending])
            let client = run(configuration(), script, [try transaction()])
            let result = try #require(client.results.first)
            #expect(result.failure?.failureClass == .ambiguous && result.failure?.phase == .dot)
            #expect(result.recipients.map(\.status) == [.unknown, .rejected, .unknown])
            #expect(client.actions.last == .close && client.failure == nil)
        }
        for ending in ["", "TIMEOUT", "hm\r\n", "250 x\r\n"] {
            let script = [plain, pipelining, envelope] + (ending.isEmpty ? [] : [ending])
            let client = run(configuration(), script, [try transaction()])
            let result = try #require(client.results.first)
            #expect(result.failure?.failureClass.mayRetry == true)
            #expect(result.recipients.map(\.status) == [.deferred, .rejected, .deferred])
            #expect(client.actions.last == .close)
        }
    }

    @Test("An accepted message stays sent whatever comes after it")
    func sentIsSent() throws {
        let envelope = "250 a\r\n250 b\r\n250 c\r\n250 d\r\n"
        for tail in [
            ["250 ok\r\n421 bye\r\n"], ["250 ok\r\nhm\r\n"], ["250 ok\r\n", "TIMEOUT"],
            ["250 ok\r\n"], ["250 ok\r\n", "500 what\r\n"],
        ] {
            let client = run(
                configuration(), [plain, pipelining, envelope, "354 go\r\n"] + tail,
                [try transaction()])
            #expect(client.results.map(\.isSent) == [true])
            #expect(client.actions.last == .close)
        }
    }

    @Test("421 ends the session and defers whom it did not refuse")
    func goodbye() throws {
        let client = run(
            configuration(),
            [plain, pipelining, "250 a\r\n550 b\r\n421 bye\r\n"], [try transaction()])
        let result = try #require(client.results.first)
        #expect(result.recipients.map(\.status) == [.rejected, .deferred, .deferred])
        #expect(client.actions.last == .close && client.sent.count == 2)
    }

    @Test("More replies than commands end the session before the next command")
    func desync() throws {
        let client = run(
            configuration(),
            [plain, pipelining, "250 a\r\n250 b\r\n250 c\r\n250 d\r\n354 go\r\n"],
            [try transaction()])
        #expect(client.results.first?.failure?.reason == .unsolicitedBytes)
        #expect(client.sent.count == 2)
    }

    @Test("A refusal while the content is being written is taken as the verdict")
    func earlyVerdict() throws {
        var machine = SMTPClientMachine(configuration: configuration())
        machine.connected()
        machine.receive(bytes(plain))
        _ = machine.next()
        machine.receive(bytes(pipelining))
        _ = machine.next()
        machine.send(try transaction(["x@d"]))
        _ = machine.next()
        machine.receive(bytes("250 a\r\n250 b\r\n"))
        _ = machine.next()
        machine.receive(bytes("354 go\r\n"))
        #expect(machine.next() == .sendBody(.dotStuffed))
        machine.receive(bytes("552 5.3.4 too much\r\n"))
        guard case .transactionDone(let result) = machine.next() else {
            Issue.record("no result")
            return
        }
        #expect(result.failure?.failureClass == .messagePermanent)
        #expect(machine.next() == .close)
    }

    @Test("What the server cannot take is refused before a byte is sent")
    func preflight() throws {
        let cases: [(String, (inout SMTPTransaction) -> Void, SMTPFailureReason?)] = [
            ("SIZE 10", { _ in }, .messageTooLarge), ("SIZE 11", { _ in }, nil),
            ("SIZE 0", { _ in }, nil), ("X", { $0.needsEightBit = true }, .eightBitMIMERequired),
            ("8BITMIME", { $0.needsEightBit = true }, nil),
            ("X", { $0.needsSMTPUTF8 = true }, .smtpUTF8Required),
            ("SMTPUTF8", { $0.needsSMTPUTF8 = true }, nil),
            ("X", { $0.requireTLS = true }, .requireTLSNotOffered),
            ("X", { $0.recipients = [] }, .noRecipients),
            ("DSN", { $0.envelopeID = "" }, .badSyntax),
        ]
        for (capability, change, reason) in cases {
            let client = run(
                configuration(),
                [plain, "250-mx\r\n250 \(capability)\r\n"]
                    + (reason == nil
                        ? ["250 a\r\n", "250 b\r\n", "354 go\r\n", "250 ok\r\n"] : [])
                    + ["221 bye\r\n"], [try transaction(["x@d"], change)])
            #expect(client.results.first?.failure?.reason == reason, "\(capability)")
            #expect(client.sent.last == "QUIT\r\n")
            if reason != nil { #expect(client.sent.count == 2) }
        }
        let unicode = run(
            configuration(), [plain, "250 mx\r\n", "221 bye\r\n"], [try transaction(["ö@d"])])
        #expect(unicode.results.first?.failure?.reason == .smtpUTF8Required)
    }

    @Test("Parameters are sent where they are offered and nowhere else")
    func parameters() throws {
        let full = try transaction(["x@d"]) {
            $0.needsEightBit = true
            $0.dsnReturn = .headers
            $0.envelopeID = "id 1"
            $0.recipients[0].parameters.notify = .never
            $0.authSubmitter = .null
        }
        let script = ["250 a\r\n", "250 b\r\n", "354 go\r\n", "250 ok\r\n", "221 bye\r\n"]
        let all = run(
            configuration(),
            [plain, "250-mx\r\n250-SIZE\r\n250-8BITMIME\r\n250-DSN\r\n250 AUTH X\r\n"] + script,
            [full])
        #expect(
            all.sent[1]
                == "MAIL FROM:<a@b> SIZE=11 BODY=8BITMIME RET=HDRS ENVID=id+201 AUTH=<>\r\n")
        #expect(all.sent[2] == "RCPT TO:<x@d> NOTIFY=NEVER\r\n")
        #expect(all.results.first?.omittedDSN == false)
        let some = run(configuration(), [plain, "250-mx\r\n250 8BITMIME\r\n"] + script, [full])
        #expect(some.sent[1] == "MAIL FROM:<a@b> BODY=8BITMIME\r\n")
        #expect(some.sent[2] == "RCPT TO:<x@d>\r\n" && some.results.first?.omittedDSN == true)
    }

    @Test("With CHUNKING the content goes as one chunk if that is wanted")
    func chunked() throws {
        var settings = configuration()
        settings.dataMode = .chunked
        let script = ["250 a\r\n", "250 b\r\n"]
        let offered = run(
            settings,
            [plain, "250-mx\r\n250 CHUNKING\r\n"] + script + ["250 ok\r\n", "221 bye\r\n"],
            [try transaction(["x@d"])]
        ) { $0.body = "body\r\n.dot\r\n" }
        #expect(offered.sent.suffix(3) == ["BDAT 11 LAST\r\n", "body\r\n.dot\r", "QUIT\r\n"])
        #expect(offered.results.first?.isSent == true)
        let missing = run(
            settings,
            [plain, "250 mx\r\n"] + script + ["354 go\r\n", "250 ok\r\n", "221 bye\r\n"],
            [try transaction(["x@d"])])
        #expect(missing.sent.contains("DATA\r\n"))
    }

    @Test("A ping finds the goodbye that waited behind it")
    func ping() {
        var machine = SMTPClientMachine(configuration: configuration())
        machine.connected()
        machine.receive(bytes(plain))
        _ = machine.next()
        machine.receive(bytes("250 mx\r\n"))
        #expect(machine.isReady)
        machine.ping()
        #expect(machine.next() == .send(bytes("NOOP\r\n")))
        #expect(machine.next() == .receive(.noop))
        machine.receive(bytes("250 ok\r\n421 idle too long\r\n"))
        guard case .failed(let failure) = machine.next() else {
            Issue.record("not noticed")
            return
        }
        #expect(failure.failureClass == .transientHost && failure.reply?.code.value == 421)
        #expect(!machine.isReady)
    }

    @Test("No bytes make the machine trap or go on after its end")
    func random() throws {
        var generator = SeededGenerator(seed: 5)
        let pieces = [
            "220 hi\r\n", "250 ok\r\n", "250-mx\r\n", "250 STARTTLS\r\n", "250 AUTH PLAIN\r\n",
            "354 go\r\n", "334 eA==\r\n", "235 ok\r\n", "421 x\r\n", "550 5.1.1 x\r\n", "\r", "\n",
            "451", "TIMEOUT", "221 x\r\n", "250-PIPELINING\r\n250 SIZE 5\r\n",
        ]
        for _ in 0..<10_000 {
            let script = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }
            let encryption: SMTPClientConfiguration.Encryption =
                [.none, .startTLS, .implicit].randomElement(using: &generator) ?? .none
            let client = run(
                configuration(encryption, Bool.random(using: &generator) ? auth : .none),
                script.filter { !$0.isEmpty }, [try transaction()])
            #expect(client.actions.last == .close)
            #expect(client.results.count <= 1)
        }
    }
}
