internal import EventLoop
internal import Explained
internal import SASL
internal import SMTPCore
internal import TLS
internal import VaultModel

/// Does what an `SMTPClientMachine` asks for, on a connection that stands.
actor SessionDriver {
    private nonisolated let loop: EventLoop
    let plan: SessionPlan
    let wire: Wire
    let serverName: TLSServerName?
    let task: SendingTask?
    let start: ContinuousClock.Instant
    var machine: SMTPClientMachine
    var exchange: SASLClient?
    var echoGuard: EchoGuard?
    private var replies = ReplyCounter()
    private var replyDue: ContinuousClock.Instant?
    private var mechanism: String?
    private var isBegun = false
    private var failure: SMTPFailure?
    private var result: SMTPTransactionResult?

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    init(
        _ plan: SessionPlan, _ opened: SessionOpener.Opened, task: SendingTask?,
        start: ContinuousClock.Instant
    ) {
        loop = opened.wire.loop
        self.plan = plan
        wire = opened.wire
        serverName = opened.serverName
        self.task = task
        self.start = start
        machine = SMTPClientMachine(configuration: .init(plan, opened))
    }

    /// Runs the session to its end and closes the connection.
    func run() async -> SessionReport {
        if plan.protection == .implicitTLS { await startTLS() } else { machine.connected() }
        while true {
            switch machine.next() {
            case .send(let bytes): await write(bytes)
            case .receive(let phase): await receive(phase)
            case .startTLS: await startTLS()
            case .authenticate(let name, let prefix):
                mechanism = name
                await beginAuthentication(name, prefix: prefix)
            case .authContinue(let challenge): await continueAuthentication(challenge)
            case .authenticated: exchange = nil
            case .ready: goOn()
            case .sendBody(let framing): await sendContent(framing)
            case .transactionDone(let result): self.result = result
            case .failed(let failure): self.failure = self.failure ?? failure
            case .close:
                wire.close()
                return report()
            }
        }
    }

    /// The session is usable: for its one message, then for QUIT.
    private func goOn() {
        if let task, !isBegun {
            isBegun = true
            machine.send(task.message.transaction)
        } else {
            machine.quit()
        }
    }

    private func report() -> SessionReport {
        // What became of the message is decided; no QUIT can change it.
        var failure = result == nil ? failure : result?.failure
        var reply = result?.reply ?? failure?.reply
        if let echoGuard {
            failure = failure.map(echoGuard.cleaned)
            reply = reply.map(echoGuard.cleaned)
        }
        return SessionReport(
            outcome: failure.map { .failed($0) } ?? .done, recipients: result?.recipients ?? [],
            finalReply: reply, tls: wire.facts, mechanism: mechanism,
            isAuthenticated: machine.isAuthenticated, startedAt: start,
            elapsed: ContinuousClock.now - start, capabilities: machine.capabilities)
    }

    // MARK: Waiting

    /// When the wait for the next reply is over; a late end of the message has its full time.
    private func due(in phase: SMTPPhase) -> ContinuousClock.Instant {
        let due = replyDue ?? ContinuousClock.now + plan.timeouts.limit(for: phase)
        replyDue = due
        return phase == .dot ? due : min(due, start + plan.attemptLimit)
    }

    /// When a write must be done.
    func writeDue(_ limit: Duration) -> ContinuousClock.Instant {
        min(ContinuousClock.now + limit, start + plan.attemptLimit)
    }

    private func receive(_ phase: SMTPPhase) async {
        do {
            let bytes = try await wire.read(until: due(in: phase))
            if replies.count(bytes) > 0 { replyDue = nil }
            machine.receive(bytes)
        } catch {
            fail(error)
        }
    }

    private func write(_ bytes: [UInt8]) async {
        replyDue = nil
        do {
            try await wire.write(bytes, until: writeDue(plan.timeouts.request))
        } catch {
            await writeFailed(error)
        }
    }

    /// Takes note that something was written which the next reply answers.
    func expectReply() { replyDue = nil }

    /// Reads what the server said before it stopped listening, which tells more than the fault.
    func writeFailed(_ fault: WireFault) async {
        if case .ended = fault {
            let due = ContinuousClock.now + plan.timeouts.courtesy
            while let bytes = try? await wire.read(until: due), !bytes.isEmpty {
                machine.receive(bytes)
            }
        }
        fail(fault)
    }

    /// Tells the machine that the connection is of no more use.
    func fail(_ fault: WireFault) {
        switch fault {
        case .timedOut: machine.timedOut()
        case .ended(let detail): machine.closed(detail: detail)
        case .tls(let error): machine.closed(detail: error.explanation.cause)
        }
    }

    // MARK: TLS

    private func startTLS() async {
        guard let serverName, let context = plan.tls?.context else {
            return machine.tlsFailed(isTrust: false, detail: "TLS is not set up")
        }
        do {
            let session = try context.makeSession(to: serverName)
            try await wire.startTLS(session, until: writeDue(plan.timeouts.tls))
            replies = ReplyCounter()
            if plan.protection == .implicitTLS {
                machine.connected()
            } else {
                machine.tlsEstablished()
            }
        } catch let error as TLSError {
            tlsFailed(.tls(error))
        } catch let fault as WireFault {
            tlsFailed(fault)
        } catch {
            machine.tlsFailed(isTrust: false, detail: "TLS failed")
        }
    }

    private func tlsFailed(_ fault: WireFault) {
        switch fault {
        case .timedOut: machine.tlsFailed(isTrust: false, detail: "the handshake timed out")
        case .ended(let detail): machine.tlsFailed(isTrust: false, detail: detail)
        case .tls(let error):
            let (cause, remedy) = error.explanation
            machine.tlsFailed(isTrust: error.concernsTrust, detail: "\(cause); \(remedy)")
        }
    }
}

extension TLSError {
    /// Whether the server's identity was refused, which no retry mends.
    fileprivate var concernsTrust: Bool {
        switch self {
        case .certificateExpired, .certificateNotYetValid, .nameMismatch, .untrusted, .selfSigned,
            .wrongPurpose, .weakCertificate, .invalidCertificate, .fingerprintMismatch:
            true
        default: false
        }
    }
}
