import POP3Core

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// Drives a client machine against a script: each thing sent is answered by the next entry.
struct ScriptedClient {
    var machine: POP3ClientMachine
    /// Everything written, in order; proofs appear as `[prefix|proof]`.
    var sent: [String] = []
    var handshakes = 0
    var reply: POP3Reply?
    var failure: POP3Failure?
    /// Octets that one read brings; 0 brings all of an entry.
    var piece = 0
    private var script: [[UInt8]]

    init(_ configuration: POP3ClientConfiguration, _ script: [String]) {
        self.init(configuration, script.map(bytes))
    }

    init(_ configuration: POP3ClientConfiguration, _ script: [[UInt8]]) {
        machine = POP3ClientMachine(configuration: configuration)
        self.script = script
        machine.connected()
    }

    /// Runs until the machine closes, or the script is used up (then the peer hangs up).
    mutating func run() {
        while true {
            switch machine.next() {
            case .send(let line): sent.append(text(line))
            case .receive: answer()
            case .startTLS:
                handshakes += 1
                machine.tlsEstablished()
            case .authenticate(let prefix, let proof):
                switch proof {
                case .password: sent.append("[\(text(prefix))|password]")
                case .digest(let timestamp): sent.append("[\(text(prefix))|\(timestamp)]")
                }
                machine.proofWritten()
            case .authenticated(let reply): self.reply = reply
            case .failed(let failure): self.failure = failure
            case .close: return
            }
        }
    }

    private mutating func answer() {
        guard !script.isEmpty else { return machine.closed() }
        var entry = script.removeFirst()
        if entry == bytes("TIMEOUT") { return machine.timedOut() }
        if piece > 0, entry.count > piece {
            script.insert(Array(entry[piece...]), at: 0)
            entry = Array(entry[..<piece])
        }
        machine.receive(entry)
    }
}

extension POP3ClientConfiguration {
    /// A session of alice as most tests want it.
    static func alice(
        _ encryption: Encryption = .none, _ method: Method = .password,
        inClear: ClearAuthentication = .any
    ) -> POP3ClientConfiguration {
        POP3ClientConfiguration(
            userName: "alice", encryption: encryption, method: method, inClear: inClear)
    }
}

/// Drives a server machine the way a service does: one buffer after another, verdicts at once.
struct ServerDriver {
    var machine: POP3ServerMachine
    var mail: [String]
    var mayDelete = true
    var deletes = true
    var logins: [String] = []
    var deleted: [[Int]] = []
    var handshakes = 0
    var isClosed = false
    /// The most bytes that were handed over in one piece.
    var largestWrite = 0

    init(
        _ configuration: POP3ServerConfiguration = .init(
            offersSTLS: true, allowsPasswordInClear: true, offersAPOP: true),
        mail: [String] = ServerDriver.sampleMail
    ) throws {
        machine = POP3ServerMachine(
            configuration: configuration, timestamp: try APOPTimestamp("<1.2@pop.test>"))
        self.mail = mail
        machine.start()
    }

    static let sampleMail = [
        "Subject: one\r\n\r\nline 1\r\n.line 2\r\n", "Subject: two\r\n\r\n.\r\n..\r\nend\r\n",
    ]

    private mutating func flush() -> String {
        let output = machine.takeOutput()
        largestWrite = max(largestWrite, output.count)
        return text(output)
    }

    /// Feeds one read; returns what was written in answer.
    mutating func feed(_ input: [UInt8]) -> String {
        var buffer = input
        var written = ""
        while true {
            switch machine.next(&buffer) {
            case .needInput: return written + flush()
            case .flush: written += flush()
            case .startTLS:
                written += flush()
                handshakes += 1
                machine.tlsEstablished()
            case .checkPassword(let name):
                let password = machine.withPassword { span in
                    text(span.indices.map { span[$0] })
                }
                logins.append("\(name):\(password)")
                decide(password == "secret word")
            case .checkDigest(let name, let timestamp, let digest):
                logins.append("\(name):\(timestamp):\(digest.count)")
                decide(digest == Array(repeating: 0xAB, count: 16))
            case .retrieve(let index): machine.retrieved(bytes(mail[index]))
            case .delete(let indices):
                deleted.append(indices)
                machine.deleted(isDone: deletes)
            case .close:
                isClosed = true
                return written + flush()
            }
        }
    }

    mutating func feed(_ input: String) -> String { feed(bytes(input)) }

    /// Feeds lines and returns the answer to the last.
    mutating func say(_ lines: String...) -> String {
        var answer = ""
        for line in lines { answer = feed(line + "\r\n") }
        return answer
    }

    private mutating func decide(_ isRight: Bool) {
        guard isRight else { return machine.loginRefused(.credentials) }
        machine.loginAccepted(
            mail.enumerated().map { POP3Message(size: $1.utf8.count, uniqueID: "id\($0)") },
            mayDelete: mayDelete)
    }
}
