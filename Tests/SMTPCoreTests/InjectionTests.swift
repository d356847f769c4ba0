import SMTPCore
import SeededRandom
import Testing

@Suite("Text that is put behind the consent to STARTTLS")
struct InjectionTests {
    /// What somebody on the way may want read as if TLS had carried it.
    static let payloads = [
        "250-mx\r\n250 AUTH PLAIN LOGIN\r\n", "250 ok\r\n", "2", "\r\n", "250-AUTH", "\0",
        "220 again\r\n", "235 2.7.0 welcome\r\n", "421 4.3.2 bye\r\n", "banana\n",
        "250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n235 ok\r\n250 ok\r\n",
    ]
    static let consents = ["220 go\r\n", "220-one\r\n220 two\r\n", "220\r\n"]

    @Test("ends the session at every one of 10,000 splits", arguments: [1, 2, 3, 4] as [UInt64])
    func splits(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_500 {
            let payload = try #require(Self.payloads.randomElement(using: &generator))
            let consent = try #require(Self.consents.randomElement(using: &generator))
            let outcome = Self.run(Array((consent + payload).utf8), using: &generator)
            #expect(outcome.failure?.reason == .tlsInjection)
            #expect(outcome.failure?.failureClass == .tlsDowngrade)
            #expect(outcome.sent == ["EHLO c.example\r\n", "STARTTLS\r\n"])
        }
    }

    /// A session that reads `answer` to STARTTLS in random pieces, and what it comes to.
    private static func run(
        _ answer: [UInt8], using generator: inout SeededGenerator
    ) -> (failure: SMTPFailure?, sent: [String]) {
        var machine = SMTPClientMachine(
            configuration: SMTPClientConfiguration(
                localDomain: "c.example", encryption: .startTLS,
                authentication: .required(mechanisms: ["PLAIN"])))
        machine.connected()
        var sent: [String] = []
        var replies = ["220 hi\r\n", "250-mx\r\n250 STARTTLS\r\n"]
        var rest = answer[...]
        while true {
            switch machine.next() {
            case .send(let bytes): sent.append(String(decoding: bytes, as: UTF8.self))
            case .receive where !replies.isEmpty: machine.receive(Array(replies.removeFirst().utf8))
            case .receive, .startTLS:
                // What comes while the handshake is about to begin is no part of it.
                guard !rest.isEmpty else { return (nil, sent) }
                let count = Int.random(in: 1...rest.count, using: &generator)
                machine.receive(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            case .failed(let failure): return (failure, sent)
            default: return (nil, sent)
            }
        }
    }
}
