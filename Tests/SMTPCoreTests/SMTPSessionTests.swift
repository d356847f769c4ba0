import SMTPCore
import SeededRandom
import Testing

@Suite("SMTP client against server")
struct SMTPSessionTests {
    private func transaction(_ recipients: [String]) throws -> SMTPTransaction {
        var list: [SMTPTransaction.Recipient] = []
        for recipient in recipients { list.append(.init(try address(recipient))) }
        return SMTPTransaction(sender: .mailbox(try address("a@b")), recipients: list, size: 64)
    }

    @Test("Every way of connecting delivers the message, in pieces of any size")
    func modes() throws {
        let body = bytes("Subject: x\r\n\r\n.\r\n..two\r\ntext\r\n")
        for encryption: SMTPClientConfiguration.Encryption in [
            .none, .startTLS, .implicit, .opportunisticStartTLS(seenBefore: true),
        ] {
            for mode: SMTPClientConfiguration.DataMode in [.data, .chunked] {
                for chunk in [1, 2, 3, 17, 100_000] {
                    var settings = SMTPClientConfiguration(
                        localDomain: "[127.0.0.1]", encryption: encryption,
                        authentication: .required(mechanisms: ["PLAIN"], inClear: .any))
                    settings.dataMode = mode
                    let server = try serverConfiguration { policy, _ in
                        policy.requiresAuth = true
                        policy.allowsAuthInClear = true
                    }
                    var first = try transaction(["x@d", "y@d"])
                    first.size = UInt64(body.count)
                    var pair = SessionPair(
                        settings, server, [first, first], body: body, chunk: chunk)
                    pair.run()
                    #expect(pair.failure == nil)
                    #expect(pair.results.map(\.isSent) == [true, true])
                    let message = ServerRecord.Message(
                        sender: "<a@b>", recipients: ["<x@d>", "<y@d>"], body: text(body))
                    #expect(pair.server.record.messages == [message, message])
                    #expect(pair.server.record.authResponses == ["AGEAYg=="])
                    #expect(pair.server.machine.isEncrypted == (encryption != .none))
                }
            }
        }
    }

    @Test("Whatever the message, one goes in and one comes out, with CRLF")
    func smuggling() throws {
        var generator = SeededGenerator(seed: 23)
        let pieces = [
            "\n.\n", "\r.\r", "\r\n.\n", "\n.\r\n", "\r\n.\r\n", "\r.\n", ".", "\r", "\n", "a",
            "MAIL FROM:<evil@x>", "RCPT TO:<evil@x>", "DATA", "\0", "QUIT", "é",
        ]
        for _ in 0..<2_000 {
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 0...10, using: &generator) {
                body += bytes(pieces.randomElement(using: &generator) ?? "")
            }
            let settings = SMTPClientConfiguration(
                localDomain: "c.example", encryption: .none, authentication: .none)
            var pair = SessionPair(
                settings, try serverConfiguration(), [try transaction(["x@d"])], body: body,
                chunk: Int.random(in: 1...9, using: &generator))
            pair.run()
            #expect(pair.results.map(\.isSent) == [true])
            #expect(pair.server.record.messages.count == 1)
            #expect(pair.server.record.messages.first?.sender == "<a@b>")
        }
    }

    @Test("Refused recipients reach the result, and a refused message its class")
    func refusals() throws {
        let settings = SMTPClientConfiguration(
            localDomain: "c.example", encryption: .none, authentication: .none)
        var pair = SessionPair(
            settings, try serverConfiguration(), [try transaction(["x@d", "bad@d", "y@d"])],
            body: bytes("x"), chunk: 5)
        let refusal = try SMTPServerReply(550, EnhancedStatusCode(5, 1, 1), "unknown user")
        pair.server.refuseRecipient = { $0.contains("bad") ? refusal : nil }
        pair.run()
        #expect(pair.results.first?.recipients.map(\.status) == [.accepted, .rejected, .accepted])
        #expect(pair.results.first?.recipients[1].text == "unknown user")
        #expect(pair.server.record.messages.first?.recipients == ["<x@d>", "<y@d>"])
        var other = SessionPair(
            settings, try serverConfiguration(messageBytes: 100), [try transaction(["x@d"])],
            body: [UInt8](repeating: 0x61, count: 200), chunk: 7)
        other.run()
        #expect(other.results.first?.failure?.failureClass == .messagePermanent)
        #expect(other.server.record.messages.isEmpty)
    }

    @Test("A server that demands more than the client has says so")
    func demands() throws {
        let settings = SMTPClientConfiguration(
            localDomain: "c.example", encryption: .none, authentication: .none)
        let server = try serverConfiguration { policy, _ in policy.requiresAuth = true }
        var pair = SessionPair(settings, server, [try transaction(["x@d"])], body: [], chunk: 50)
        pair.run()
        #expect(pair.results.first?.failure?.failureClass == .senderConfig)
        #expect(pair.results.first?.failure?.reply?.code.value == 530)
    }
}
