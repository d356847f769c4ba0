import SMTPCore

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

func address(_ text: String) throws -> SMTPAddress { try SMTPAddress(parsing: text) }

/// What one session with a server machine produced.
struct ServerRecord: Equatable {
    struct Message: Equatable {
        var sender: String
        var recipients: [String]
        var body: String
    }

    var output = ""
    var messages: [Message] = []
    var discarded = 0
    var authResponses: [String] = []
    var handshakes = 0
    var isClosed = false
}

/// Drives a server machine the way a service does: one buffer after another, verdicts at once.
struct ServerDriver {
    var machine: SMTPServerMachine
    var record = ServerRecord()
    /// Replies instead of acceptance.
    var refuseRecipient: (String) -> SMTPServerReply? = { _ in nil }
    var refuseSender: (String) -> SMTPServerReply? = { _ in nil }
    var refuseMessage: () -> SMTPServerReply? = { nil }
    var refuseContent: () -> SMTPServerReply? = { nil }
    /// Challenges to send before the verdict, and whether the verdict is good.
    var challenges: [String] = []
    var acceptsAuth = true
    var stopsAtHandshake = false
    private var body: [UInt8] = []
    private var rounds = 0

    init(_ configuration: SMTPServerConfiguration, isEncrypted: Bool = false) {
        machine = SMTPServerMachine(configuration: configuration, isEncrypted: isEncrypted)
        machine.start()
    }

    mutating func flush() -> String {
        let written = text(machine.takeOutput())
        record.output += written
        return written
    }

    /// Feeds one read; returns what was written in answer.
    @discardableResult
    mutating func feed(_ input: [UInt8]) -> String {
        var buffer = input
        var written = ""
        while true {
            switch machine.next(&buffer) {
            case .needInput:
                return written + flush()
            case .flush:
                written += flush()
            case .startTLS:
                written += flush()
                record.handshakes += 1
                if stopsAtHandshake { return written }
                machine.tlsEstablished()
            case .consult:
                machine.accept()
            case .authenticate(_, let hasResponse):
                rounds = 0
                if hasResponse { takeAuth() }
                answerAuth()
            case .authResponse:
                takeAuth()
                answerAuth()
            case .authCancelled:
                record.authResponses.append("cancelled")
            case .checkSender(let path, _):
                if let refusal = refuseSender(path.wireForm) {
                    machine.refuse(refusal)
                } else {
                    machine.accept()
                }
            case .checkRecipient(let path, _):
                if let refusal = refuseRecipient(path.wireForm) {
                    machine.refuse(refusal)
                } else {
                    machine.accept()
                }
            case .beginMessage:
                body = []
                if let refusal = refuseContent() {
                    machine.refuse(refusal)
                } else {
                    machine.accept()
                }
            case .content(let range):
                body.append(contentsOf: buffer[range])
            case .carriageReturn:
                body.append(13)
            case .messageComplete(let envelope):
                if let refusal = refuseMessage() {
                    machine.refuse(refusal)
                } else {
                    record.messages.append(
                        .init(
                            sender: envelope.sender.wireForm,
                            recipients: envelope.recipients.map(\.path.wireForm),
                            body: text(body)))
                    machine.accept(text: "stored")
                }
            case .messageDiscarded:
                record.discarded += 1
                body = []
            case .close:
                record.isClosed = true
                return written + flush()
            }
        }
    }

    @discardableResult
    mutating func feed(_ input: String) -> String { feed(bytes(input)) }

    private mutating func takeAuth() {
        let response = machine.withAuthResponse { span in
            (0..<span.count).map { span[$0] }
        }
        record.authResponses.append(text(response))
    }

    private mutating func answerAuth() {
        if rounds < challenges.count {
            rounds += 1
            machine.authChallenge(base64: bytes(challenges[rounds - 1]))
        } else if acceptsAuth {
            machine.authSucceeded()
        } else {
            machine.authFailed()
        }
    }
}

/// A server for tests that offers all there is.
func serverConfiguration(
    messageBytes: UInt64 = 1_000_000,
    _ change: (inout SMTPServerConfiguration.Policy, inout SMTPServerConfiguration.Limits) -> Void =
        { _, _ in }
) throws -> SMTPServerConfiguration {
    var policy = SMTPServerConfiguration.Policy()
    policy.mechanisms = ["PLAIN", "LOGIN", "CRAM-MD5"]
    policy.offersStartTLS = true
    var limits = SMTPServerConfiguration.Limits()
    limits.messageBytes = messageBytes
    change(&policy, &limits)
    return try SMTPServerConfiguration(hostName: "mail.test", limits: limits, policy: policy)
}
