internal import Explained

/// The client's side of a session (RFC 5321, 3207, 4954, 2920), without socket, clock or secret.
///
/// The driver asks `next()` what to do, does it, and tells the machine what happened. `next()` may
/// be asked again at any time; it repeats whatever still waits for the driver. A timeout or a
/// reply that does not parse always ends the session: a reply that comes late would answer the
/// wrong command.
package struct SMTPClientMachine: Sendable {
    enum State: Sendable {
        case connecting
        case greeting
        case ehlo
        case helo
        case startTLS
        case handshake
        case authLine(mechanism: String, prefix: [UInt8])
        case authChallenge([UInt8])
        case authReply
        case authAbandoned(SMTPFailure)
        case ready
        case noop
        case envelope
        case data
        case body(SMTPBodyFraming)
        case ending
        case dot
        case rset(SMTPTransactionResult)
        case quitting
        case closed
    }

    /// What the session demands.
    package let configuration: SMTPClientConfiguration
    /// What the server offered in its last EHLO; nothing before it.
    package internal(set) var capabilities = SMTPCapabilities()
    /// Whether the server offered STARTTLS, which it must go on doing.
    package internal(set) var hasOfferedStartTLS = false
    /// Whether TLS protects the session.
    package internal(set) var isEncrypted = false
    /// Whether the server accepted a credential.
    package internal(set) var isAuthenticated = false
    /// The first reply of the server.
    package internal(set) var greeting: SMTPReply?

    /// Mechanisms (upper case) that cannot be used on this connection whatever is configured.
    package var unusableMechanisms: Set<String> = []
    /// Whether `takeObservations` is going to be asked for.
    package var isObserved = false

    var state = State.connecting
    private var observations: [SMTPObservation] = []
    var parser = SMTPReplyParser()
    var pending: [SMTPClientAction] = []
    var transaction: EnvelopeProgress?
    var authRounds = 0

    /// Starts before the connection stands.
    package init(configuration: SMTPClientConfiguration) { self.configuration = configuration }

    /// Whether `send` may be called now.
    package var isReady: Bool {
        if case .ready = state { return pending.isEmpty }
        return false
    }

    /// The phase that is running.
    package var phase: SMTPPhase {
        switch state {
        case .connecting: .connect
        case .greeting: .greeting
        case .ehlo, .helo: .ehlo
        case .startTLS: .startTLS
        case .handshake: .tls
        case .authLine, .authChallenge, .authReply, .authAbandoned: .auth
        case .ready, .noop: .noop
        case .envelope: transaction?.isWaitingForMail == true ? .mail : .rcpt
        case .data: .data
        case .body: .content
        case .ending, .dot: .dot
        case .rset: .rset
        case .quitting, .closed: .quit
        }
    }

    // MARK: What to do

    /// What the driver does next.
    package mutating func next() -> SMTPClientAction {
        if !pending.isEmpty { return pending.removeFirst() }
        return switch state {
        case .handshake: .startTLS
        case .authLine(let mechanism, let prefix):
            .authenticate(mechanism: mechanism, prefix: prefix)
        case .authChallenge(let challenge): .authContinue(challengeBase64: challenge)
        case .ready: .ready(capabilities)
        case .body(let framing): .sendBody(framing)
        case .closed: .close
        default: .receive(phase)
        }
    }

    // MARK: What happened

    /// The connection stands; with implicit TLS, its handshake is done as well.
    package mutating func connected() {
        guard case .connecting = state else { return }
        isEncrypted = configuration.encryption == .implicit
        state = .greeting
    }

    /// Bytes came from the server.
    package mutating func receive(_ bytes: Span<UInt8>) {
        if case .closed = state { return }
        guard !bytes.isEmpty else { return closed() }
        parser.append(bytes)
        drain()
    }

    /// Bytes came from the server.
    package mutating func receive(_ bytes: [UInt8]) { receive(bytes.span) }

    /// The connection ended or failed; `detail` says how, without secrets.
    package mutating func closed(detail: String = "") {
        if case .connecting = state {
            fail(SMTPFailure(.connect, .network, .connectionFailed, detail: detail))
        } else {
            fail(SMTPFailure(phase, .network, .connectionClosed, detail: detail))
        }
    }

    /// The deadline of the phase passed.
    package mutating func timedOut(
        reason: SMTPFailureReason = .timedOut, detail: String = ""
    ) {
        fail(SMTPFailure(phase, .network, reason, detail: detail))
    }

    /// The replies since the last call, with what each answers; none unless `isObserved`.
    package mutating func takeObservations() -> [SMTPObservation] {
        defer { observations = [] }
        return observations
    }

    /// The handshake that `startTLS` asked for is done.
    package mutating func tlsEstablished() {
        guard case .handshake = state else { return }
        isEncrypted = true
        // Nothing said in clear counts any more (RFC 3207 §4.2).
        capabilities = SMTPCapabilities()
        parser = SMTPReplyParser()
        sayHello()
    }

    /// A handshake failed, by the certificate (`isTrust`) or otherwise.
    package mutating func tlsFailed(
        isTrust: Bool, reason: SMTPFailureReason = .tlsFailed, detail: String
    ) {
        fail(SMTPFailure(.tls, isTrust ? .tlsTrust : .tlsIO, reason, detail: detail))
    }

    /// Bytes in clear came where TLS had to begin; whoever put them there wanted them read as if
    /// they had come through TLS.
    package mutating func tlsInjected() {
        fail(SMTPFailure(.startTLS, .tlsDowngrade, .tlsInjection))
    }

    /// The server accepted the credential but did not prove that it knows it, as the mechanism
    /// demands; the session ends without another command.
    package mutating func authenticationUnproven(_ reply: SMTPReply) {
        isAuthenticated = false
        fail(SMTPFailure(.auth, .tlsTrust, .serverNotProven, reply: reply))
    }

    /// The line of `authenticate` or `authContinue` was written.
    package mutating func authLineWritten() {
        switch state {
        case .authLine, .authChallenge: state = .authReply
        default: break
        }
    }

    /// No response can be made; the exchange is cancelled and the session fails.
    ///
    /// Before the first line nothing needs cancelling: the session ends with QUIT.
    package mutating func abandonAuthentication(
        _ failureClass: SMTPFailureClass = .credential,
        reason: SMTPFailureReason = .authAbandoned, detail: String
    ) {
        let failure = SMTPFailure(.auth, failureClass, reason, detail: detail)
        switch state {
        case .authLine: fail(failure)
        case .authChallenge:
            state = .authAbandoned(failure)
            pending.append(.send(Array("*\r\n".utf8)))
        default: break
        }
    }

    /// The end of the message will not be written; the server has certainly not taken it.
    package mutating func contentWithheld(detail: String) {
        fail(SMTPFailure(phase, .transient, .contentWithheld, detail: detail))
    }

    /// The end of the message is about to be written: from here on a failure is ambiguous.
    package mutating func endWillBeSent() {
        if case .body = state { state = .ending }
    }

    /// The whole message was written, its end included.
    package mutating func bodySent() {
        switch state {
        case .body, .ending:
            state = .dot
            drain()
        default: break
        }
    }

    // MARK: What the session is to do

    /// Starts a transaction; ignored unless the session is ready.
    package mutating func send(_ transaction: SMTPTransaction) {
        guard case .ready = state else { return }
        beginTransaction(transaction, isProbe: false)
    }

    /// Names the sender and the recipients, if there are any, and takes it all back with RSET.
    package mutating func probe(_ transaction: SMTPTransaction) {
        guard case .ready = state else { return }
        beginTransaction(transaction, isProbe: true)
    }

    /// Asks whether the session still lives; ignored unless it is ready.
    package mutating func ping() {
        guard case .ready = state else { return }
        state = .noop
        send(.noop(""))
    }

    /// Ends the session in order; the reply is not important.
    package mutating func quit() {
        guard case .ready = state else { return }
        sayGoodbye()
    }

    /// Sends QUIT.
    mutating func sayGoodbye() {
        state = .quitting
        send(.quit)
    }

    // MARK: Shared steps

    /// Appends a command to what is to be written.
    mutating func send(_ command: SMTPCommand) {
        do {
            pending.append(.send(try command.encoded()))
        } catch {
            fail(SMTPFailure(phase, .config, .badSyntax, detail: error.description))
        }
    }

    /// Handles each whole reply that has come.
    private mutating func drain() {
        while true {
            if case .closed = state { return }
            // A reply that comes before its command is written answers something else.
            if !expectsReply || hasUnsentCommand, !isSendingBody {
                if parser.hasUnreadBytes { handleUnsolicited() }
                return
            }
            let reply: SMTPReply?
            do {
                reply = try parser.next()
            } catch {
                return fail(
                    SMTPFailure(
                        phase, .protocolViolation, .unparsableReply, detail: error.description))
            }
            guard let reply else { return }
            if isObserved {
                observations.append(
                    SMTPObservation(
                        phase: phase, reply: reply, recipient: transaction?.awaitedRecipient))
            }
            handle(reply)
        }
    }

    private var isSendingBody: Bool {
        switch state {
        case .body, .ending: true
        default: false
        }
    }

    private var hasUnsentCommand: Bool {
        pending.contains {
            if case .send = $0 { true } else { false }
        }
    }

    private var expectsReply: Bool {
        switch state {
        case .connecting, .handshake, .authLine, .authChallenge, .ready, .body, .ending, .closed:
            false
        default: true
        }
    }

    /// Bytes came that no command asked for.
    private mutating func handleUnsolicited() {
        if case .handshake = state { return tlsInjected() }
        let phase = phase
        do {
            if let reply = try parser.next() {
                let isGoodbye = reply.code.value == 421
                return fail(
                    SMTPFailure(
                        phase, isGoodbye ? .transientHost : .protocolViolation,
                        isGoodbye ? .refusedByServer : .unsolicitedBytes, reply: reply))
            }
        } catch {
            // The bytes are no reply; they are unsolicited all the same.
        }
        fail(SMTPFailure(phase, .protocolViolation, .unsolicitedBytes))
    }

    /// Ends the session; a running transaction gets its result first.
    mutating func fail(_ failure: SMTPFailure) {
        switch state {
        case .closed: return
        case .quitting: break
        case .rset(let result): pending.append(.transactionDone(result))
        case .authAbandoned(let cause): pending = [.failed(cause)]
        default:
            // What has been decided stays decided: a message that was taken remains sent.
            pending.removeAll {
                if case .send = $0 { true } else { false }
            }
            if let progress = transaction {
                pending.append(.transactionDone(progress.result(endedBy: ambiguous(failure))))
            } else {
                pending.append(.failed(failure))
            }
        }
        transaction = nil
        state = .closed
    }

    /// After the end of the message, whatever fails without an answer leaves its fate open.
    private func ambiguous(_ failure: SMTPFailure) -> SMTPFailure {
        switch state {
        case .ending, .dot:
            SMTPFailure(
                .dot, .ambiguous, failure.reason, reply: failure.reply, detail: failure.detail)
        default: failure
        }
    }
}
