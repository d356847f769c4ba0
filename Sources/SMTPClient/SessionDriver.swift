internal import EventLoop
internal import Explained
internal import SASL
internal import SMTPCore
internal import TLS
internal import Transport
internal import VaultModel

/// Does what an `SMTPClientMachine` asks for, on a connection that stands.
actor SessionDriver {
    private nonisolated let loop: EventLoop
    let plan: SessionPlan
    let wire: Wire
    let serverName: TLSServerName?
    private(set) var task: SessionTask
    let start: ContinuousClock.Instant
    var machine: SMTPClientMachine
    var exchange: SASLClient?
    var echoGuard: EchoGuard?
    /// What TLS lets -PLUS mechanisms prove.
    var channelBinding: (kind: ChannelBinding, data: [UInt8])?
    /// What the server said of a token that it refused.
    var tokenStatus: String?
    /// Whether QUIT was sent and not answered.
    var awaitsGoodbye = false
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
        _ plan: SessionPlan, _ opened: SessionOpener.Opened, task: SessionTask,
        start: ContinuousClock.Instant
    ) {
        loop = opened.wire.loop
        self.plan = plan
        wire = opened.wire
        serverName = opened.serverName
        self.task = task
        self.start = start
        machine = SMTPClientMachine(configuration: .init(plan, opened, until: task.stage))
        machine.isObserved = plan.observer != nil
    }

    /// Runs the session to its end and closes the connection.
    func run() async -> SessionReport {
        if task.stage == .tcp {
            wire.close()
            return report()
        }
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
            case .authenticated(let reply): endAuthentication(reply)
            case .ready: goOn()
            case .sendBody(let framing): await sendContent(framing)
            case .transactionDone(let result): self.result = result
            case .failed(let failure):
                observe(failure)
                self.failure = self.failure ?? failure
            case .close:
                wire.close()
                observeEnd()
                return report()
            }
        }
    }

    /// The session is usable: for what it is to do, then for QUIT.
    private func goOn() {
        guard !isBegun else { return machine.quit() }
        isBegun = true
        switch task {
        case .send(var sending):
            sending.message = sending.message.form(for: machine.capabilities)
            task = .send(sending)
            machine.send(sending.message.transaction(plan))
        case .probe(let stage, let sender, let recipient) where stage >= .sender:
            machine.probe(
                SMTPTransaction(
                    sender: sender.map { .mailbox($0) } ?? .null,
                    recipients: recipient.map { [SMTPTransaction.Recipient($0)] } ?? [], size: 0))
        case .probe, .login: machine.quit()
        }
    }

    private func report() -> SessionReport {
        // What became of the message is decided; no QUIT can change it.
        var failure = result == nil ? failure : result?.failure
        var reply = result?.reply ?? failure?.reply
        var recipients = task.stage == nil ? result?.recipients ?? [] : []
        if let tokenStatus, let refusal = failure, refusal.phase == .auth, refusal.detail.isEmpty {
            failure = SMTPFailure(
                .auth, refusal.failureClass, refusal.reason, reply: refusal.reply,
                detail: "the server's status: \(tokenStatus)")
        }
        if let echoGuard {
            failure = failure.map(echoGuard.cleaned)
            reply = reply.map(echoGuard.cleaned)
            recipients = recipients.map { $0.mapReply(echoGuard.cleaned) }
        }
        return SessionReport(
            outcome: failure.map { .failed($0) } ?? .done,
            recipients: recipients, finalReply: reply, tls: wire.facts, mechanism: mechanism,
            isAuthenticated: machine.isAuthenticated, startedAt: start,
            elapsed: ContinuousClock.now - start, capabilities: machine.capabilities,
            hasOfferedStartTLS: machine.hasOfferedStartTLS, omittedDSN: result?.omittedDSN ?? false)
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
            hear(bytes)
        } catch {
            fail(error)
        }
    }

    private func write(_ bytes: [UInt8]) async {
        replyDue = nil
        observeSent(bytes)
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
            while let bytes = try? await wire.read(until: due), !bytes.isEmpty { hear(bytes) }
        }
        fail(fault)
    }

    /// Tells the machine that the connection is of no more use.
    func fail(_ fault: WireFault) {
        switch fault {
        case .timedOut: timedOut()
        case .ended(let detail): machine.closed(detail: detail)
        case .tls(let error): machine.closed(detail: error.explanation.cause)
        }
    }

    private func timedOut() {
        // A server that waits for TLS says nothing before it.
        if machine.phase == .greeting, plan.protection != .implicitTLS,
            case .network(_, let port) = plan.endpoint, Self.implicitTLSPorts.contains(port)
        {
            machine.timedOut(
                reason: .tlsModeMismatch,
                detail: "no greeting came: a server at port \(port) waits for TLS")
        } else {
            machine.timedOut()
        }
    }

    /// The ports of `smtps`, RFC 8314 §7.3 and its kin among providers.
    private static let implicitTLSPorts: Set<Int> = [465, 2465, 8465]

    // MARK: TLS

    private func startTLS() async {
        if plan.protection != .implicitTLS, wire.hasUnreadBytes { return machine.tlsInjected() }
        guard let serverName, let context = plan.tls?.context else {
            return machine.tlsFailed(isTrust: false, detail: "TLS is not set up")
        }
        do {
            let session = try context.makeSession(to: serverName)
            try await wire.startTLS(session, until: writeDue(plan.timeouts.tls))
            replies = ReplyCounter()
            try bindChannel(session)
            observeTLS()
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

    /// Finds out what -PLUS mechanisms can prove, and does without them if it is nothing.
    private func bindChannel(_ session: TLSSession) throws(TLSError) {
        guard plan.authenticates else { return }
        channelBinding = try session.preferredChannelBinding()
        if channelBinding == nil {
            machine.unusableMechanisms = Set(
                SASLMechanism.allCases.filter(\.needsChannelBinding).map(\.rawValue))
        }
    }

    private func tlsFailed(_ fault: WireFault) {
        observeTLS()
        switch fault {
        case .tls(.notTLS) where plan.protection != .implicitTLS:
            // The server had agreed to TLS: what came in its place was put there.
            machine.tlsInjected()
        case .tls(let error) where error == .notTLS:
            let (cause, remedy) = error.explanation
            machine.tlsFailed(
                isTrust: false, reason: .tlsModeMismatch, detail: "\(cause); \(remedy)")
        case .timedOut: machine.tlsFailed(isTrust: false, detail: "the handshake timed out")
        case .ended(let detail): machine.tlsFailed(isTrust: false, detail: detail)
        case .tls(let error):
            let (cause, remedy) = error.explanation
            machine.tlsFailed(isTrust: error.concernsIdentity, detail: "\(cause); \(remedy)")
        }
    }
}
