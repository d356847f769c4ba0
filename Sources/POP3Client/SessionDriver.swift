internal import EventLoop
internal import Explained
internal import POP3Core
internal import SMTPCore
internal import Sodium
internal import TLS
internal import Transport

/// Does what a `POP3ClientMachine` asks for, on a connection that stands.
actor SessionDriver {
    private nonisolated let loop: EventLoop
    private let plan: POP3Plan
    private let wire: Wire
    private let serverName: TLSServerName?
    private let start: ContinuousClock.Instant
    private var machine: POP3ClientMachine
    private var echoGuard: EchoGuard?
    private var replyDue: ContinuousClock.Instant?
    private var authenticationStart: ContinuousClock.Instant?
    private var outcome: POP3Report.Outcome?
    private var finalReply: POP3Reply?

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    init(
        _ plan: POP3Plan, _ wire: Wire, _ serverName: TLSServerName?,
        start: ContinuousClock.Instant
    ) {
        loop = wire.loop
        self.plan = plan
        self.wire = wire
        self.serverName = serverName
        self.start = start
        machine = POP3ClientMachine(
            configuration: POP3ClientConfiguration(plan, isLoopback: wire.isLoopback))
    }

    /// Runs the session to its end and closes the connection.
    func run() async -> POP3Report {
        if plan.protection == .implicitTLS { await startTLS() } else { machine.connected() }
        while true {
            switch machine.next() {
            case .send(let bytes): await write(bytes)
            case .receive(let phase): await receive(phase)
            case .startTLS: await startTLS()
            case .authenticate(let prefix, let proof): await authenticate(prefix, proof)
            case .authenticated(let reply): end(.done, reply)
            case .failed(let failure): end(.failed(failure), failure.reply)
            case .close:
                wire.close()
                return report()
            }
        }
    }

    private func end(_ outcome: POP3Report.Outcome, _ reply: POP3Reply?) {
        let reply = reply.map { echoGuard?.cleaned($0) ?? $0 }
        finalReply = reply
        switch outcome {
        case .done:
            self.outcome = .done
            if let reply { tell(.authenticated(reply)) }
        case .failed(let failure):
            let cleaned = POP3Failure(
                failure.phase, failure.failureClass, failure.reason, reply: reply,
                detail: failure.detail)
            self.outcome = .failed(cleaned)
            tell(.failed(cleaned))
        }
    }

    private func report() -> POP3Report {
        let lost = POP3Failure(.connect, .network, .connectionClosed)
        return POP3Report(
            outcome: outcome ?? .failed(lost), greeting: machine.greeting,
            finalReply: finalReply, capabilities: machine.capabilities, tls: wire.facts,
            startedAt: start, authenticationStartedAt: authenticationStart,
            elapsed: ContinuousClock.now - start)
    }

    private func tell(_ event: POP3Event) { plan.observe?(event, ContinuousClock.now - start) }

    // MARK: Waiting

    /// When the wait for the answer to what was last written is over, however it is dripped out.
    private func due(in phase: POP3Phase) -> ContinuousClock.Instant {
        let due = replyDue ?? soonest(plan.timeouts.limit(for: phase))
        replyDue = due
        return due
    }

    private func soonest(_ limit: Duration) -> ContinuousClock.Instant {
        min(ContinuousClock.now + limit, start + plan.attemptLimit)
    }

    private func receive(_ phase: POP3Phase) async {
        do {
            let bytes = try await wire.read(until: due(in: phase))
            let isGreeted = machine.greeting != nil
            machine.receive(bytes)
            if !isGreeted, let greeting = machine.greeting { tell(.greeting(greeting)) }
            if phase == .capa, machine.phase != .capa {
                tell(.capabilities(machine.capabilities, afterTLS: machine.isEncrypted))
            }
        } catch {
            fail(error)
        }
    }

    private func write(_ bytes: [UInt8]) async {
        if machine.phase == .auth { beginAuthentication() }
        replyDue = nil
        do {
            try await wire.write(bytes, until: soonest(plan.timeouts.request))
        } catch {
            await writeFailed(error)
        }
    }

    /// Reads what the server said before it stopped listening, which tells more than the fault.
    private func writeFailed(_ fault: WireFault) async {
        if case .ended = fault {
            let due = soonest(plan.timeouts.courtesy)
            while let bytes = try? await wire.read(until: due), !bytes.isEmpty {
                machine.receive(bytes)
            }
        }
        fail(fault)
    }

    private func fail(_ fault: WireFault) {
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
        let isImplicit = plan.protection == .implicitTLS
        guard isImplicit || !wire.hasUnreadBytes else { return machine.tlsInjected() }
        do {
            let session = try context.makeSession(to: serverName)
            try await wire.startTLS(session, until: soonest(plan.timeouts.tls))
            replyDue = nil
            if let facts = wire.facts { tell(.tls(facts)) }
            if isImplicit { machine.connected() } else { machine.tlsEstablished() }
        } catch WireFault.tls(.notTLS) where !isImplicit {
            machine.tlsInjected()
        } catch {
            if let facts = wire.facts { tell(.tls(facts)) }
            tlsFailed(error)
        }
    }

    private func tlsFailed(_ error: any Error) {
        switch error {
        case WireFault.timedOut:
            machine.tlsFailed(isTrust: false, detail: "the handshake timed out")
        case WireFault.ended(let detail): machine.tlsFailed(isTrust: false, detail: detail)
        case WireFault.tls(let error): tlsFailed(error)
        case let error as TLSError:
            let (cause, remedy) = error.explanation
            machine.tlsFailed(isTrust: error.concernsIdentity, detail: "\(cause); \(remedy)")
        default: machine.tlsFailed(isTrust: false, detail: "TLS failed")
        }
    }

    // MARK: Authentication

    private func beginAuthentication() {
        guard authenticationStart == nil else { return }
        authenticationStart = ContinuousClock.now
        tell(.authenticating(machine.configuration.method))
    }

    private func authenticate(_ prefix: [UInt8], _ proof: POP3Proof) async {
        beginAuthentication()
        guard let password = plan.credential.take() else {
            return machine.abandonAuthentication(
                detail: "the credential was used before; a session needs its own")
        }
        if let complaint = ProofLine.complaint(about: password) {
            return machine.abandonAuthentication(detail: complaint)
        }
        do {
            var fresh = try EchoGuard()
            password.withSpan { fresh.mark($0) }
            let line = try ProofLine.make(prefix, proof, password: password)
            line.withSpan {
                fresh.mark($0.extracting(droppingFirst: prefix.count).extracting(droppingLast: 2))
            }
            echoGuard = fresh
            await writeProof(line)
        } catch {
            machine.abandonAuthentication(.transientAuth, detail: error.explanation.cause)
        }
    }

    private func writeProof(_ line: consuming SecretBytes) async {
        replyDue = nil
        do {
            try await wire.write(line, until: soonest(plan.timeouts.request))
            machine.proofWritten()
        } catch {
            machine.proofWritten()
            await writeFailed(error)
        }
    }
}

extension POP3ClientConfiguration {
    /// What a plan comes to on a connection to this machine or to another.
    fileprivate init(_ plan: POP3Plan, isLoopback: Bool) {
        let isPlain = plan.protection == .plain
        self.init(
            userName: plan.credential.username,
            encryption: isPlain ? .none : plan.protection == .starttls ? .stls : .implicit,
            method: plan.usesAPOP ? .apop : .password,
            inClear: !isPlain
                ? .never
                : plan.passwordMayCrossInClear && isLoopback
                    ? .any : plan.allowsInsecureChallenge ? .digestOnly : .never)
    }
}

extension EchoGuard {
    /// The reply with each secret replaced.
    fileprivate func cleaned(_ reply: POP3Reply) -> POP3Reply {
        POP3Reply(isPositive: reply.isPositive, text: cleaned(reply.text))
    }
}
