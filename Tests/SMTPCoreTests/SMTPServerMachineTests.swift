import SMTPCore
import SeededRandom
import Testing

@Suite("SMTP server machine")
struct SMTPServerMachineTests {
    private func driver(
        messageBytes: UInt64 = 1_000_000,
        _ change: (
            inout SMTPServerConfiguration.Policy, inout SMTPServerConfiguration.Limits
        ) -> Void = { _, _ in }
    ) throws -> ServerDriver {
        ServerDriver(try serverConfiguration(messageBytes: messageBytes, change))
    }

    private func codes(_ output: String) -> [String] {
        output.split(separator: "\r\n").filter { $0.dropFirst(3).first == " " }.map {
            String($0.prefix(3))
        }
    }

    private let session =
        "EHLO client\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhello\r\n..dot\r\n.\r\nQUIT\r\n"

    @Test("A whole session in one read is answered in one write, in order")
    func pipelined() throws {
        var server = try driver()
        let output = server.feed(session)
        #expect(codes(output) == ["220", "250", "250", "250", "354", "250", "221"])
        #expect(
            server.record.messages == [
                .init(sender: "<a@b>", recipients: ["<c@d>"], body: "hello\r\n.dot\r\n")
            ])
        #expect(server.record.isClosed)
    }

    @Test("A session is the same wherever its bytes are split")
    func split() throws {
        let input = bytes(session)
        var whole = try driver()
        whole.feed(input)
        var single = try driver()
        for byte in input { single.feed([byte]) }
        #expect(single.record == whole.record)
        for index in 0...input.count {
            var server = try driver()
            server.feed(Array(input[..<index]))
            server.feed(Array(input[index...]))
            #expect(server.record == whole.record)
        }
    }

    @Test("EHLO offers what the listener has, and HELO nothing")
    func hello() throws {
        var server = try driver()
        let answer = server.feed("EHLO x\r\n")
        #expect(answer.hasPrefix("220 mail.test ESMTP ready\r\n250-mail.test\r\n"))
        for line in [
            "PIPELINING", "SIZE 1000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "DSN",
            "CHUNKING", "STARTTLS",
        ] {
            #expect(answer.contains(line + "\r\n"))
        }
        #expect(!answer.contains("AUTH"), "not in clear")
        #expect(server.feed("HELO x\r\n") == "250 mail.test\r\n")
        server.feed("EHLO x\r\nSTARTTLS\r\n")
        let secure = server.feed("EHLO x\r\n")
        #expect(secure.contains("AUTH PLAIN LOGIN CRAM-MD5") && !secure.contains("STARTTLS"))
    }

    @Test(
        "Commands out of order or out of shape get their code",
        arguments: [
            ("MAIL FROM:<a@b>", "503"), ("RCPT TO:<a@b>", "503"), ("DATA", "503"),
            ("EHLO", "501"), ("NONSENSE", "500"), ("EXPN x", "502"), ("AUTH PLAIN", "503"),
            ("BDAT 0 LAST", "503"), ("DATA x", "501"), ("VRFY a", "252"), ("HELP", "214"),
            ("NOOP", "250"), ("RSET", "250"), ("STARTTLS", "503"),
            ("EHLO x\r\nMAIL FROM:a@b", "501"), ("EHLO x\r\nMAIL FROM:<a@b> X=1", "555"),
            ("EHLO x\r\nMAIL FROM:<a@b> SIZE=1000001", "552"),
            ("EHLO x\r\nMAIL FROM:<a@b> SIZE=1000000", "250"),
            ("EHLO x\r\nMAIL FROM:<é@b>", "550"), ("EHLO x\r\nMAIL FROM:<é@b> SMTPUTF8", "250"),
            ("EHLO x\r\nMAIL FROM:<a@b> BODY=BINARYMIME", "555"),
            ("EHLO x\r\nMAIL FROM:<a@b> REQUIRETLS", "555"),
            ("EHLO x\r\nMAIL FROM:<a@b>\r\nMAIL FROM:<a@b>", "503"),
            ("EHLO x\r\nMAIL FROM:<a@b>\r\nDATA", "554"),
            ("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<é@b>", "553"),
            ("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<Postmaster>", "250"),
            ("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRSET\r\nDATA", "503"),
            ("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nEHLO x\r\nDATA", "503"),
            ("EHLO x\r\nAUTH PLAIN", "538"),
        ])
    func order(_ input: String, _ code: String) throws {
        var server = try driver()
        #expect(codes(server.feed(input + "\r\n")).last == code)
        #expect(!server.record.isClosed)
    }

    @Test("A command line may have the limit's length and not one octet more, whole or in pieces")
    func lineLimit() throws {
        for (extra, code) in [(0, "250"), (1, "500")] {
            let count = SMTPLimits.commandLine - "NOOP \r\n".utf8.count + extra
            let line = bytes("NOOP " + String(repeating: "x", count: count) + "\r\n")
            var whole = try driver()
            #expect(codes(whole.feed(line + bytes("RSET\r\n"))) == ["220", code, "250"])
            var single = try driver()
            for byte in line + bytes("RSET\r\n") { single.feed([byte]) }
            #expect(codes(single.record.output) == ["220", code, "250"])
        }
    }

    @Test("Recipients are taken up to the limit; one more is refused for now")
    func recipientLimit() throws {
        var server = try driver { _, limits in limits.recipients = 3 }
        let recipients = String(repeating: "RCPT TO:<c@d>\r\n", count: 4)
        let output = server.feed("EHLO x\r\nMAIL FROM:<>\r\n" + recipients + "DATA\r\n.\r\n")
        #expect(codes(output).suffix(6) == ["250", "250", "250", "452", "354", "250"])
        #expect(server.record.messages.first?.recipients.count == 3)
    }

    @Test("A message may have the limit's size; one octet more is drained and refused once")
    func sizeLimit() throws {
        for (count, code) in [(8, "250"), (9, "552")] {
            let body = String(repeating: "x", count: count) + "\r\n"
            let hidden = body + "MAIL FROM:<evil@x>\r\nRCPT TO:<evil@x>\r\nDATA\r\n"
            let wire = bytes(
                "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
                    + (code == "250" ? body : hidden) + ".\r\nNOOP\r\n")
            for index in 0...wire.count {
                var server = try driver(messageBytes: 10)
                server.feed(Array(wire[..<index]))
                server.feed(Array(wire[index...]))
                #expect(
                    codes(server.record.output)
                        == ["220", "250", "250", "250", "354", code, "250"])
                #expect(server.record.messages.count == (code == "250" ? 1 : 0))
                #expect(server.record.discarded == (code == "250" ? 0 : 1))
            }
        }
    }

    @Test("Draining ends at its bound")
    func drainLimit() throws {
        var server = try driver(messageBytes: 10) { _, limits in limits.drainBytes = 1000 }
        server.feed("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
        for _ in 0..<20 { server.feed(String(repeating: "x", count: 100)) }
        #expect(codes(server.record.output).last == "421" && server.record.isClosed)
    }

    @Test(
        "A smuggled end of data gives one message or an error",
        arguments: DotUnstufferTests.smuggling)
    func smuggling(_ separator: String) throws {
        let evil = "MAIL FROM:<evil@x>\r\nRCPT TO:<evil@x>\r\nDATA\r\nevil\r\n.\r\n"
        let wire = bytes(
            "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nbody" + separator + evil)
        for policy: SMTPNewlinePolicy in [.strict, .observe, .normalise] {
            for index in 0...wire.count {
                var server = try driver { rules, _ in rules.newlines = policy }
                server.feed(Array(wire[..<index]))
                if !server.record.isClosed { server.feed(Array(wire[index...])) }
                #expect(server.record.messages.count <= 1)
                #expect(!server.record.messages.contains { $0.sender == "<evil@x>" })
                if policy == .observe { #expect(server.record.messages.count == 1) }
                if policy == .strict, separator != "\r\n\0.\r\n" {
                    #expect(server.record.messages.isEmpty && server.record.isClosed)
                    #expect(server.record.output.hasSuffix("closing\r\n"))
                    #expect(server.record.output.contains("550 5.6.11"))
                }
            }
        }
    }

    @Test(
        "A command that ends with LF alone closes the session", arguments: ["NOOP\n", "\n", "A\n"])
    func bareLineFeed(_ line: String) throws {
        let wire = bytes(line + "MAIL FROM:<a@b>\r\n")
        for index in 0...wire.count {
            var server = try driver()
            server.feed(Array(wire[..<index]))
            server.feed(Array(wire[index...]))
            #expect(codes(server.record.output) == ["220", "500"] && server.record.isClosed)
        }
    }

    @Test("Anything after STARTTLS in the same read closes the session")
    func injection() throws {
        for tail in ["R", "\r\n", "RSET\r\n", "EHLO x\r\nMAIL FROM:<a@b>\r\n"] {
            var server = try driver()
            server.feed("EHLO x\r\n")
            #expect(codes(server.feed("STARTTLS\r\n" + tail)) == ["554"])
            #expect(server.record.isClosed && server.record.handshakes == 0)
        }
    }

    @Test("TLS makes the session forget what was said in clear")
    func resetAfterTLS() throws {
        var server = try driver { policy, _ in policy.allowsAuthInClear = true }
        server.feed("EHLO x\r\nAUTH PLAIN AGEAYg==\r\nMAIL FROM:<a@b>\r\n")
        #expect(server.machine.isAuthenticated && server.machine.envelope != nil)
        server.feed("STARTTLS\r\n")
        #expect(server.machine.isEncrypted && !server.machine.isAuthenticated)
        #expect(server.machine.envelope == nil && server.machine.clientName.isEmpty)
        #expect(codes(server.feed("MAIL FROM:<a@b>\r\n")) == ["503"])
        #expect(codes(server.feed("EHLO x\r\nSTARTTLS\r\n")) == ["250", "503"])
    }

    @Test("Mechanisms for TLS alone are offered and taken there")
    func protectedMechanisms() throws {
        var server = try driver { rules, _ in
            rules.mechanisms = ["PLAIN"]
            rules.protectedMechanisms = ["SCRAM-SHA-256-PLUS"]
            rules.allowsAuthInClear = true
            rules.offersStartTLS = true
        }
        let clear = server.feed("EHLO x\r\nAUTH SCRAM-SHA-256-PLUS biws\r\n")
        #expect(clear.contains("AUTH PLAIN\r\n") && clear.contains("504"))
        server.feed("STARTTLS\r\n")
        let secure = server.feed("EHLO x\r\n")
        #expect(secure.contains("AUTH PLAIN SCRAM-SHA-256-PLUS\r\n"))
        #expect(codes(server.feed("AUTH SCRAM-SHA-256-PLUS biws\r\n")) == ["235"])
        #expect(throws: SMTPSyntaxError.badValue(.mechanism)) {
            try driver { rules, _ in rules.protectedMechanisms = ["not one"] }
        }
    }

    @Test("Required TLS and required AUTH are required")
    func requirements() throws {
        var server = try driver { policy, _ in
            policy.requiresTLS = true
            policy.requiresAuth = true
        }
        #expect(codes(server.feed("EHLO x\r\nMAIL FROM:<a@b>\r\n")) == ["220", "250", "530"])
        server.feed("STARTTLS\r\n")
        #expect(codes(server.feed("EHLO x\r\nMAIL FROM:<a@b>\r\n")) == ["250", "530"])
        #expect(codes(server.feed("AUTH PLAIN AGEAYg==\r\nMAIL FROM:<a@b>\r\n")) == ["235", "250"])
    }

    @Test("AUTH with and without initial response reaches the driver at every split")
    func authentication() throws {
        let fixtures: [(String, [String], [String])] = [
            ("AUTH PLAIN AGEAYg==\r\n", [], ["AGEAYg=="]),
            ("auth plain AGEAYg==\r\n", [], ["AGEAYg=="]),
            ("AUTH PLAIN =\r\n", [], [""]),
            ("AUTH PLAIN\r\nAGEAYg==\r\n", [""], ["AGEAYg=="]),
            (
                "AUTH LOGIN\r\nYQ==\r\nYg==\r\n", ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"],
                ["YQ==", "Yg=="]
            ),
            ("AUTH CRAM-MD5\r\n\r\n", ["PDFAeD4="], [""]),
        ]
        for (wire, challenges, responses) in fixtures {
            let input = bytes(wire + "MAIL FROM:<a@b>\r\n")
            for index in 0...input.count {
                var server = ServerDriver(try serverConfiguration(), isEncrypted: true)
                server.challenges = challenges
                server.feed("EHLO x\r\n")
                server.record.output = ""
                server.feed(Array(input[..<index]))
                server.feed(Array(input[index...]))
                #expect(server.record.authResponses == responses)
                #expect(
                    codes(server.record.output)
                        == challenges.map { _ in "334" } + ["235", "250"])
            }
        }
    }

    @Test("A failed, cancelled or overlong AUTH leaves the session usable")
    func failedAuthentication() throws {
        var server = ServerDriver(try serverConfiguration(), isEncrypted: true)
        server.acceptsAuth = false
        server.feed("EHLO x\r\n")
        #expect(codes(server.feed("AUTH PLAIN AGEAYg==\r\n")) == ["535"])
        server.challenges = [""]
        #expect(codes(server.feed("AUTH PLAIN\r\n*\r\nNOOP\r\n")) == ["334", "501", "250"])
        #expect(server.record.authResponses.last == "cancelled")
        let most = String(repeating: "A", count: SMTPLimits.authLine - 2)
        #expect(codes(server.feed("AUTH PLAIN\r\n\(most)\r\n")) == ["334", "535"])
        #expect(codes(server.feed("AUTH PLAIN\r\n\(most)A\r\nNOOP\r\n")) == ["334", "500", "250"])
        #expect(codes(server.feed("AUTH XOAUTH2 x\r\n")) == ["504"])
        server.acceptsAuth = true
        server.challenges = []
        #expect(codes(server.feed("AUTH PLAIN AGEAYg==\r\nAUTH PLAIN x\r\n")) == ["235", "503"])
    }

    @Test("Secrets are overwritten in the read buffer as they are taken")
    func wiping() throws {
        let secret = "AGEAc2VjcmV0"
        for lines in ["AUTH PLAIN \(secret)\r\n", "AUTH PLAIN\r\n\(secret)\r\n"] {
            let wire = bytes(lines)
            for index in 0...wire.count {
                var machine = SMTPServerMachine(
                    configuration: try serverConfiguration(), isEncrypted: true)
                var hello = bytes("EHLO x\r\n")
                _ = machine.next(&hello)
                var taken = ""
                for chunk in [Array(wire[..<index]), Array(wire[index...])] {
                    var buffer = chunk
                    reading: while true {
                        switch machine.next(&buffer) {
                        case .authenticate(_, hasInitialResponse: false):
                            machine.authChallenge(base64: [])
                        case .authenticate, .authResponse:
                            taken = machine.withAuthResponse { span in
                                text((0..<span.count).map { span[$0] })
                            }
                            #expect(machine.withAuthResponse { $0.count } == 0)
                            machine.authSucceeded()
                        default: break reading
                        }
                    }
                    #expect(!buffer.contains(UInt8(ascii: "c")))
                }
                #expect(taken == secret)
            }
        }
    }

    @Test("A driver's refusals go out, and 421 closes")
    func refusals() throws {
        var server = try driver()
        let no = try SMTPServerReply(550, EnhancedStatusCode(5, 7, 1), "no\r\nQUIT é")
        server.refuseRecipient = { $0.contains("bad") ? no : nil }
        server.feed("EHLO x\r\nMAIL FROM:<a@b>\r\n")
        #expect(server.feed("RCPT TO:<bad@x>\r\n") == "550 5.7.1 no??QUIT ??\r\n")
        server.refuseMessage = { try? SMTPServerReply(452, EnhancedStatusCode(4, 3, 1), "full") }
        #expect(
            codes(server.feed("RCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n"))
                == ["250", "354", "452", "250"])
        server.refuseSender = { _ in try? SMTPServerReply(421, nil, "bye") }
        #expect(codes(server.feed("MAIL FROM:<a@b>\r\nNOOP\r\n")) == ["421"])
        #expect(server.record.isClosed && server.record.messages.isEmpty)
    }

    @Test("Too many errors, and too many commands for nothing, end the session")
    func floods() throws {
        var errors = try driver { _, limits in limits.errors = 3 }
        #expect(
            codes(errors.feed(String(repeating: "X\r\n", count: 10)))
                == ["220", "500", "500", "500", "500", "421"])
        var idle = try driver { _, limits in limits.idleCommands = 3 }
        #expect(
            codes(idle.feed(String(repeating: "NOOP\r\n", count: 10)))
                == ["220", "250", "250", "250", "250", "421"])
    }

    @Test("Output that gathers is written before more is made")
    func outputBound() throws {
        var machine = SMTPServerMachine(
            configuration: try serverConfiguration { _, limits in limits.idleCommands = 1_000_000 })
        var buffer = bytes(String(repeating: "EHLO x\r\n", count: 5000))
        var flushes = 0
        reading: while true {
            switch machine.next(&buffer) {
            case .flush:
                flushes += 1
                #expect(machine.takeOutput().count < SMTPLimits.pendingOutput + 1024)
            default: break reading
            }
        }
        #expect(flushes > 10)
    }

    @Test("BDAT is taken byte for byte, at every split")
    func chunking() throws {
        let wire = bytes(
            "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 8\r\n.\r\nQUIT\nBDAT 5 LAST\r\n"
                + "\r\n.\r\nNOOP\r\n")
        for index in 0...wire.count {
            var server = try driver()
            server.feed(Array(wire[..<index]))
            server.feed(Array(wire[index...]))
            #expect(server.record.messages.map(\.body) == [".\r\nQUIT\n\r\n.\r\n"])
            #expect(
                codes(server.record.output) == ["220", "250", "250", "250", "250", "250", "250"])
        }
    }

    @Test("A refused chunk is read over: none of its bytes is a command")
    func refusedChunk() throws {
        let hidden = "MAIL FROM:<evil@x>\r\n"
        let chunk = "BDAT \(hidden.utf8.count) LAST\r\n\(hidden)NOOP\r\n"
        let mail = "EHLO x\r\nMAIL FROM:<a@b>\r\n"
        let cases: [(String, [String], UInt64, Bool)] = [
            (chunk, ["503", "250"], 1000, false),
            (mail + chunk, ["250", "250", "554", "250"], 1000, false),
            (mail + "RCPT TO:<c@d>\r\n" + chunk, ["250", "250", "250", "552", "250"], 10, false),
            (mail + "RCPT TO:<c@d>\r\n" + chunk, ["250", "250", "250", "451", "250"], 1000, true),
        ]
        for (input, expected, limit, refuses) in cases {
            let wire = bytes(input)
            for index in 0...wire.count {
                var server = try driver(messageBytes: limit)
                if refuses { server.refuseContent = { try? SMTPServerReply(451, nil, "later") } }
                server.feed(Array(wire[..<index]))
                server.feed(Array(wire[index...]))
                #expect(codes(server.record.output) == ["220"] + expected)
                #expect(
                    server.record.messages.isEmpty && server.machine.envelope == nil || !refuses)
            }
        }
    }

    @Test("DATA and RCPT do not mix with BDAT")
    func mixing() throws {
        var server = try driver()
        server.feed("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 1\r\nx")
        #expect(codes(server.feed("DATA\r\nRCPT TO:<e@f>\r\n")) == ["503", "503"])
        #expect(codes(server.feed("BDAT 0 LAST\r\n")) == ["250"])
        #expect(server.record.messages.map(\.body) == ["x"])
    }

    @Test("Commands are put to the driver when it wants to be asked")
    func consulting() throws {
        let configuration = try serverConfiguration { policy, _ in policy.consultsCommands = true }
        var machine = SMTPServerMachine(configuration: configuration, isEncrypted: true)
        var buffer = bytes("EHLO x\r\nAUTH PLAIN AGEAYg==\r\nNOOP\r\n")
        #expect(machine.next(&buffer) == .consult(.ehlo))
        #expect(machine.next(&buffer) == .consult(.ehlo), "until there is a verdict")
        machine.accept()
        #expect(machine.next(&buffer) == .consult(.auth))
        machine.accept()
        #expect(
            machine.next(&buffer) == .authenticate(mechanism: "PLAIN", hasInitialResponse: true))
        #expect(machine.withAuthResponse { $0.count } == 8)
        machine.authSucceeded()
        #expect(machine.next(&buffer) == .consult(.noop))
        machine.refuse(try SMTPServerReply(451, nil, "chaos"))
        #expect(machine.next(&buffer) == .needInput)
        #expect(text(machine.takeOutput()).hasSuffix("451 chaos\r\n"))
    }

    @Test("An idle session is small and holds no buffer")
    func size() throws {
        #expect(MemoryLayout<SMTPServerMachine>.size < 768)
        var server = try driver()
        server.feed("EHLO client.example\r\n")
        #expect(!server.machine.hasOutput)
    }

    @Test("The driver can turn a client away and end a session")
    func ending() throws {
        var machine = SMTPServerMachine(configuration: try serverConfiguration())
        machine.start(refusingWith: try SMTPServerReply(554, nil, "no"))
        var buffer: [UInt8] = []
        #expect(machine.next(&buffer) == .close)
        #expect(text(machine.takeOutput()) == "554 no\r\n")
        var other = SMTPServerMachine(configuration: try serverConfiguration())
        other.start()
        other.end(with: try SMTPServerReply(421, EnhancedStatusCode(4, 4, 2), "timeout"))
        #expect(other.next(&buffer) == .close)
        #expect(text(other.takeOutput()).hasSuffix("421 4.4.2 timeout\r\n"))
    }

    @Test("No bytes make the machine trap, and every split gives the same session")
    func random() throws {
        var generator = SeededGenerator(seed: 3)
        let pieces = [
            "EHLO x\r\n", "MAIL FROM:<a@b>\r\n", "RCPT TO:<c@d>\r\n", "DATA\r\n", ".\r\n", "\r\n",
            "\n", "\r", ".", "BDAT 5\r\n", "BDAT 3 LAST\r\n", "AUTH PLAIN x\r\n", "*\r\n",
            "RSET\r\n",
            "text", "QUIT\r\n", "\0", "HELO y\r\n", "VRFY a\r\n", "é", "AUTH LOGIN\r\n",
        ]
        for _ in 0..<5_000 {
            var wire: [UInt8] = []
            for _ in 0..<Int.random(in: 1...14, using: &generator) {
                wire += bytes(pieces.randomElement(using: &generator) ?? "")
            }
            let policy: SMTPNewlinePolicy =
                [.strict, .observe, .normalise].randomElement(using: &generator) ?? .strict
            let configuration = try serverConfiguration(messageBytes: 20) { rules, _ in
                rules.newlines = policy
            }
            var whole = ServerDriver(configuration, isEncrypted: true)
            var pieces = ServerDriver(configuration, isEncrypted: true)
            whole.challenges = ["YQ=="]
            pieces.challenges = ["YQ=="]
            whole.feed(wire)
            var rest = wire[...]
            while !rest.isEmpty, !pieces.record.isClosed {
                let count = min(rest.count, Int.random(in: 1...7, using: &generator))
                pieces.feed(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(whole.record == pieces.record)
        }
    }
}
