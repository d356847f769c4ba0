internal import Explained
package import SMTPCore

/// The client's side of a session that only logs in (RFC 1939, 2449, 2595), without socket, clock or
/// secret.
///
/// The driver asks `next()` what to do, does it, and tells the machine what happened. `next()` may
/// be asked again at any time; it repeats whatever still waits for the driver. A timeout or a reply
/// that does not parse always ends the session.
package struct POP3ClientMachine: Sendable {
    enum State: Sendable {
        case connecting
        case greeting
        case capabilities
        case stls
        case handshake
        case user
        case proof(prefix: [UInt8], POP3Proof)
        case verdict
        case quitting
        case closed
    }

    /// What the session demands.
    package let configuration: POP3ClientConfiguration
    /// What the server offered in its last answer to CAPA: after TLS, if there is any.
    package internal(set) var capabilities = POP3Capabilities()
    /// Whether TLS protects the session.
    package internal(set) var isEncrypted = false
    /// Whether the server accepted the credential.
    package internal(set) var isAuthenticated = false
    /// The first reply of the server.
    package internal(set) var greeting: POP3Reply?

    var state = State.connecting
    var parser = POP3ReplyParser()
    var pending: [POP3ClientAction] = []
    /// Of the greeting; the one thing that outlives STLS, see `tlsEstablished`.
    var timestamp: APOPTimestamp?

    /// Starts before the connection stands.
    package init(configuration: POP3ClientConfiguration) { self.configuration = configuration }

    /// The phase that is running.
    package var phase: POP3Phase {
        switch state {
        case .connecting: .connect
        case .greeting: .greeting
        case .capabilities: .capa
        case .stls: .stls
        case .handshake: .tls
        case .user, .proof, .verdict: .auth
        case .quitting, .closed: .quit
        }
    }

    // MARK: What to do

    /// What the driver does next.
    package mutating func next() -> POP3ClientAction {
        if !pending.isEmpty { return pending.removeFirst() }
        return switch state {
        case .handshake: .startTLS
        case .proof(let prefix, let proof): .authenticate(prefix: prefix, proof)
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
            fail(.network, .connectionFailed, detail: detail)
        } else {
            fail(.network, .connectionClosed, detail: detail)
        }
    }

    /// The deadline of the phase passed.
    package mutating func timedOut() { fail(.network, .timedOut) }

    /// The handshake that `startTLS` asked for is done.
    ///
    /// Nothing said in clear counts any more (RFC 2595 §4) but the timestamp, since no second one is
    /// ever given: whoever forged it gains nothing, for the digest made over it is seen by nobody but
    /// the server that TLS has proved, which refuses it.
    package mutating func tlsEstablished() {
        guard case .handshake = state else { return }
        isEncrypted = true
        capabilities = POP3Capabilities()
        parser = POP3ReplyParser()
        askCapabilities()
    }

    /// A handshake failed, by the certificate (`isTrust`) or otherwise.
    package mutating func tlsFailed(isTrust: Bool, detail: String) {
        // With implicit TLS the machine has not been told of the connection yet.
        if case .closed = state { return }
        state = .handshake
        fail(isTrust ? .tlsTrust : .tlsIO, .tlsFailed, detail: detail)
    }

    /// Clear bytes came between the reply to STLS and the handshake.
    package mutating func tlsInjected() { fail(.tlsDowngrade, .tlsInjection) }

    /// The line of `authenticate` was written.
    package mutating func proofWritten() {
        if case .proof = state { state = .verdict }
    }

    /// The proof cannot be made; the session fails without having sent any of it.
    package mutating func abandonAuthentication(
        _ failureClass: SMTPFailureClass = .config, detail: String
    ) {
        guard case .proof = state else { return }
        fail(failureClass, .authAbandoned, detail: detail)
    }

    // MARK: Shared steps

    /// Writes one line.
    mutating func send(_ line: String) {
        pending.append(.send(Array((line + "\r\n").utf8)))
    }

    /// Handles each whole answer that has come.
    private mutating func drain() {
        while true {
            if case .closed = state { return }
            // An answer that comes before its command is written answers something else.
            guard expectsReply, !hasUnsentCommand else {
                if parser.hasUnreadBytes { handleUnsolicited() }
                return
            }
            do {
                var isMultiLine = false
                if case .capabilities = state { isMultiLine = true }
                guard let answer = try parser.next(isMultiLine: isMultiLine) else { return }
                handle(answer)
            } catch {
                return fail(.protocolViolation, .unparsableReply, detail: error.explanation.cause)
            }
        }
    }

    private var hasUnsentCommand: Bool {
        pending.contains {
            if case .send = $0 { true } else { false }
        }
    }

    private var expectsReply: Bool {
        switch state {
        case .connecting, .handshake, .proof, .closed: false
        default: true
        }
    }

    /// Bytes came that no command asked for; what comes with the reply to STLS was put there to be
    /// read as if it had come through TLS.
    private mutating func handleUnsolicited() {
        if case .handshake = state { return tlsInjected() }
        let reply = try? parser.next(isMultiLine: false)?.reply
        fail(.protocolViolation, .unsolicitedBytes, reply: reply)
    }

    /// Ends the session; what has been decided stays decided.
    mutating func fail(
        _ failureClass: SMTPFailureClass, _ reason: POP3FailureReason, reply: POP3Reply? = nil,
        detail: String = ""
    ) {
        switch state {
        case .closed: return
        case .quitting:
            pending.removeAll {
                if case .send = $0 { true } else { false }
            }
        default:
            pending = [
                .failed(POP3Failure(phase, failureClass, reason, reply: reply, detail: detail))
            ]
        }
        state = .closed
    }
}
