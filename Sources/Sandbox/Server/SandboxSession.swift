internal import EventLoop
internal import SASL
internal import SMTPCore
internal import TLS
internal import VaultModel

/// One SMTP session, isolated to its loop: reads, lets the machine decide, stores, answers.
///
/// All replies to what one read brought go out in one write, and no buffer is held while the client
/// is silent.
actor SandboxSession {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    let service: SandboxService
    var machine: SMTPServerMachine
    var exchange: SASLServer?
    var facts: SandboxSessionFacts
    /// The inbox that AUTH chose.
    var inbox: String?
    /// Whose inboxes AUTH chose.
    var space = SandboxSpace.local
    /// Whether what AUTH took is still valid; `nil` while nobody decides over it.
    var isStillValid: (@Sendable () async -> Bool)?
    var authFailures = 0
    let wire: ServerWire
    /// The client's address; `nil` for a Unix socket.
    let peer: SocketAddress?
    /// What SCRAM can be bound to; empty without TLS.
    var channelBindings: [ChannelBinding: [UInt8]] = [:]
    private let door: SandboxService.Door
    private var body: [UInt8] = []
    /// Bytes of the budget that `body` has taken.
    private var bodyShare = 0
    private var hasNoRoom = false
    /// Whether the last line written is the answer to QUIT.
    private var saidBye = false

    init(
        stream: Stream, door: SandboxService.Door, service: SandboxService
    ) {
        loop = stream.loop
        wire = ServerWire(stream)
        self.door = door
        self.service = service
        peer = stream.peerAddress
        machine = SMTPServerMachine(
            configuration: service.machineConfiguration(door, peer: peer),
            isEncrypted: door == .implicitTLS)
        facts = SandboxSessionFacts(id: Self.randomID(), peer: peer?.description ?? "gone")
    }

    private static func randomID() -> String {
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - number.utf8.count) + number
    }

    /// Serves the client to its end.
    ///
    /// - Parameter isAdmitted: Whether there is room for the session; otherwise it is told so.
    func run(isAdmitted: Bool) async {
        do {
            if door == .implicitTLS { try await shakeHands() }
            if isAdmitted {
                machine.start()
            } else {
                machine.start(refusingWith: service.replies.tooManySessions)
            }
            try await flush()
            while isAdmitted {
                var input = try await wire.read(deadline: idleLimit)
                guard !input.isEmpty else { break }
                let goesOn = try await process(&input)
                try await flush()
                if !goesOn { break }
            }
            await wire.sayGoodbye(lingers: !saidBye)
        } catch .timedOut {
            await end(with: service.replies.idle)
        } catch .cancelled {
            await end(with: service.replies.stopping)
        } catch {
            // The connection is gone, and so is whom to tell.
        }
        dropBody()
        wire.stream.close()
    }

    // MARK: The machine

    /// Does what the machine says until `input` is used up; `false` when the session is to close.
    private func process(_ input: inout [UInt8]) async throws(EventLoopError) -> Bool {
        while true {
            switch machine.next(&input) {
            case .needInput: return true
            case .close: return false
            case .flush: try await flush()
            case .startTLS:
                try await flush()
                try await shakeHands()
                machine.tlsEstablished()
                return true
            case .authenticate(let mechanism, let hasInitialResponse):
                await authenticate(mechanism, hasInitialResponse: hasInitialResponse)
            case .authResponse: await continueAuthentication()
            case .authCancelled: exchange = nil
            case .checkSender: if await isStillAdmitted() { machine.accept() }
            case .consult, .checkRecipient: machine.accept()
            case .beginMessage(let envelope): beginBody(envelope.parameters.size)
            case .content(let range): append(input, range)
            case .carriageReturn: append([UInt8(ascii: "\r")], 0..<1)
            case .messageDiscarded: dropBody()
            case .messageComplete(let envelope): await store(envelope)
            }
        }
    }

    // MARK: The message

    private func beginBody(_ declaredSize: UInt64?) {
        dropBody()
        if let declaredSize, declaredSize > 0 {
            body.reserveCapacity(Int(min(declaredSize, Self.reservedBytes)))
        }
        machine.accept()
    }

    /// The most that is allocated on a client's word.
    private static let reservedBytes: UInt64 = 1_048_576
    /// The step in which a message takes its share of the budget.
    private static let shareStep = 65_536

    private func append(_ input: [UInt8], _ range: Range<Int>) {
        guard !hasNoRoom else { return }
        let needed = body.count + range.count - bodyShare
        if needed > 0 {
            let step = (needed + Self.shareStep - 1) / Self.shareStep * Self.shareStep
            guard service.budget.take(step) else {
                dropBody()
                hasNoRoom = true
                return
            }
            bodyShare += step
        }
        body.append(contentsOf: input[range])
    }

    private func dropBody() {
        body = []
        service.budget.give(bodyShare)
        bodyShare = 0
        hasNoRoom = false
    }

    /// Whether the session may go on; it is ended when the credentials have become invalid.
    private func isStillAdmitted() async -> Bool {
        guard let isStillValid, await !isStillValid() else { return true }
        machine.end(with: service.replies.noLongerValid)
        return false
    }

    private func store(_ envelope: SMTPEnvelope) async {
        guard await isStillAdmitted() else { return dropBody() }
        guard !hasNoRoom else {
            dropBody()
            machine.refuse(service.replies.noRoom)
            return
        }
        facts.helo = machine.clientName
        if door == .unix, let (space, domain) = SandboxSpace.reading(greeting: facts.helo) {
            self.space = space
            facts.helo = domain
        }
        facts.isExtended = machine.isExtended
        let recipients = envelope.recipients
        let hasParameters = recipients.contains { !$0.parameters.verbatim.isEmpty }
        let capture = SandboxCapture(
            space: space, inbox: inbox,
            envelope: SandboxEnvelope(
                mailFrom: envelope.sender.address?.wireForm ?? "",
                rcptTo: recipients.map { $0.path.address?.wireForm ?? "Postmaster" },
                mailParameters: envelope.parameters.verbatim,
                rcptParameters: hasParameters ? recipients.map(\.parameters.verbatim) : []),
            session: facts, bytes: body)
        body = []
        do throws(SandboxError) {
            let receipt = try await service.store.capture(capture)
            machine.accept(text: "Ok: queued as \(receipt.id) seq=\(receipt.seq)")
        } catch  where error.isLackOfRoom {
            machine.refuse(service.replies.noRoom)
        } catch {
            machine.refuse(service.replies.notStored)
        }
        dropBody()
    }

    // MARK: Bytes

    private var idleLimit: Duration {
        service.requiresAuth && !machine.isAuthenticated
            ? service.limits.idleBeforeAuth : service.limits.idle
    }

    /// Writes the replies that have gathered.
    private func flush() async throws(EventLoopError) {
        guard machine.hasOutput else { return }
        let output = machine.takeOutput()
        saidBye = Self.isBye(output)
        try await wire.write(output)
    }

    private func shakeHands() async throws(EventLoopError) {
        try await wire.startTLS(service.certificates?.context)
        for kind in ChannelBinding.allCases {
            channelBindings[kind] = (try? wire.tls?.channelBinding(kind)) ?? nil
        }
        facts.auth = nil
        inbox = nil
        space = .local
        isStillValid = nil
        exchange = nil
        if let peer = wire.tls?.facts {
            facts.tls = .init(version: peer.version, cipher: peer.cipher)
        }
    }

    // MARK: The end

    private func end(with reply: SMTPServerReply) async {
        machine.end(with: reply)
        try? await flush()
        await wire.sayGoodbye(lingers: !saidBye)
    }

    private static func isBye(_ output: [UInt8]) -> Bool {
        guard let end = output.lastIndex(of: UInt8(ascii: "\r")) else { return false }
        let start = output[..<end].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return output[start...].starts(with: "221".utf8)
    }
}
