import SMTPCore

/// Drives a client machine against a script: each thing sent is answered by the next entry.
struct ScriptedClient {
    var machine: SMTPClientMachine
    /// Everything written, in the order written; AUTH lines appear as `[auth]`.
    var sent: [String] = []
    /// All actions but `send` and `receive`.
    var actions: [SMTPClientAction] = []
    var results: [SMTPTransactionResult] = []
    var failure: SMTPFailure?
    private var script: [String]
    private var transactions: [SMTPTransaction]
    /// Bytes a reply is cut into; 0 leaves it whole.
    var chunk = 0
    var body = "body\n.dot"
    var quits = true

    init(
        _ configuration: SMTPClientConfiguration, _ script: [String],
        _ transactions: [SMTPTransaction] = []
    ) {
        machine = SMTPClientMachine(configuration: configuration)
        self.script = script
        self.transactions = transactions
        machine.connected()
    }

    /// Runs until the machine wants to close, or the script is used up (then the peer hangs up).
    mutating func run() {
        while true {
            let action = machine.next()
            switch action {
            case .send(let bytes):
                sent.append(text(bytes))
                continue
            case .receive:
                guard !script.isEmpty else {
                    machine.closed()
                    continue
                }
                let reply = script.removeFirst()
                if reply == "TIMEOUT" {
                    machine.timedOut()
                } else {
                    deliver(bytes(reply))
                }
                continue
            case .startTLS: machine.tlsEstablished()
            case .authenticate(_, let prefix):
                sent.append("[auth \(text(prefix))]")
                machine.authLineWritten()
            case .authContinue(let challenge):
                sent.append("[auth \(text(challenge))]")
                machine.authLineWritten()
            case .ready:
                if !transactions.isEmpty {
                    machine.send(transactions.removeFirst())
                } else if quits {
                    machine.quit()
                } else {
                    return
                }
            case .sendBody(let framing): sendBody(framing)
            case .transactionDone(let result): results.append(result)
            case .failed(let failure): self.failure = failure
            case .authenticated: break
            case .close:
                actions.append(action)
                return
            }
            actions.append(action)
        }
    }

    private mutating func deliver(_ reply: [UInt8]) {
        guard chunk > 0 else { return machine.receive(reply) }
        for start in stride(from: 0, to: reply.count, by: chunk) {
            machine.receive(Array(reply[start..<min(start + chunk, reply.count)]))
        }
    }

    private mutating func sendBody(_ framing: SMTPBodyFraming) {
        let message = bytes(body)
        switch framing {
        case .dotStuffed:
            var stuffer = DotStuffer()
            var output: [UInt8] = []
            stuffer.stuff(message.span, into: &output)
            machine.endWillBeSent()
            sent.append(text(output + stuffer.finish()))
        case .counted(let count):
            machine.endWillBeSent()
            sent.append(text(message.prefix(Int(count))))
        }
        machine.bodySent()
    }
}

/// Lets a client machine and a server machine talk, in pieces of any size.
struct SessionPair {
    var client: SMTPClientMachine
    var server: ServerDriver
    var results: [SMTPTransactionResult] = []
    var failure: SMTPFailure?
    var body: [UInt8]
    private var transactions: [SMTPTransaction]
    private let chunk: Int

    init(
        _ client: SMTPClientConfiguration, _ server: SMTPServerConfiguration,
        _ transactions: [SMTPTransaction], body: [UInt8], chunk: Int
    ) {
        self.client = SMTPClientMachine(configuration: client)
        self.server = ServerDriver(server, isEncrypted: client.encryption == .implicit)
        self.transactions = transactions
        self.body = body
        self.chunk = chunk
    }

    mutating func run() {
        client.connected()
        var inbox = bytes(server.flush())
        while true {
            switch client.next() {
            case .send(let bytes): inbox += write(bytes)
            case .receive:
                guard !inbox.isEmpty else {
                    client.closed()
                    continue
                }
                let count = min(chunk, inbox.count)
                client.receive(Array(inbox.prefix(count)))
                inbox.removeFirst(count)
            case .startTLS: client.tlsEstablished()
            case .authenticate(_, let prefix):
                inbox += write(prefix + bytes(" AGEAYg==\r\n"))
                client.authLineWritten()
            case .authContinue:
                inbox += write(bytes("YQ==\r\n"))
                client.authLineWritten()
            case .authenticated: break
            case .ready:
                if transactions.isEmpty {
                    client.quit()
                } else {
                    client.send(transactions.removeFirst())
                }
            case .sendBody(let framing): inbox += sendBody(framing)
            case .transactionDone(let result): results.append(result)
            case .failed(let failure): self.failure = failure
            case .close: return
            }
        }
    }

    private mutating func write(_ output: [UInt8]) -> [UInt8] {
        var answer = ""
        for start in stride(from: 0, to: output.count, by: chunk) {
            answer += server.feed(Array(output[start..<min(start + chunk, output.count)]))
        }
        return bytes(answer)
    }

    private mutating func sendBody(_ framing: SMTPBodyFraming) -> [UInt8] {
        var answer: [UInt8] = []
        switch framing {
        case .dotStuffed:
            var stuffer = DotStuffer()
            for start in stride(from: 0, to: body.count, by: chunk) {
                let piece = Array(body[start..<min(start + chunk, body.count)])
                var output: [UInt8] = []
                stuffer.stuff(piece.span, into: &output)
                answer += write(output)
            }
            client.endWillBeSent()
            answer += write(stuffer.finish())
        case .counted:
            client.endWillBeSent()
            answer += write(body)
        }
        client.bodySent()
        return answer
    }
}
