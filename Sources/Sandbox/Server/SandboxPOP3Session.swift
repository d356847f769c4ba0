internal import EventLoop
internal import POP3Core
internal import SASL
internal import Sodium
internal import VaultModel

/// One POP3 session, isolated to its loop: reads, lets the machine decide, gets the mail, answers.
///
/// The mailbox is what was in the inbox at login. It is not locked: messages are deleted by
/// identity, so that two sessions cannot delete what they did not see.
actor SandboxPOP3Session {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    private let service: SandboxService
    private let wire: ServerWire
    private let isImplicitTLS: Bool
    /// The client's address.
    private let peer: SocketAddress?
    /// Whether what opened the mailbox still does.
    private var isStillValid: (@Sendable () async -> Bool)?
    private var machine: POP3ServerMachine
    private var maildrop: SandboxMaildrop?
    /// Bytes of the budget that the message on its way out has taken.
    private var share = 0

    init(stream: Stream, door: SandboxService.Door, service: SandboxService) {
        loop = stream.loop
        wire = ServerWire(stream)
        isImplicitTLS = door == .pop3s
        self.service = service
        peer = stream.peerAddress
        machine = POP3ServerMachine(
            configuration: service.pop3Configuration(peer: stream.peerAddress),
            timestamp: Self.timestamp(service.hostName), isEncrypted: isImplicitTLS)
    }

    /// A timestamp that no other session has (RFC 1939 §7); `nil` if the name fits into none.
    private static func timestamp(_ hostName: String) -> APOPTimestamp? {
        let number = String(UInt128.random(in: .min ... .max), radix: 36)
        return try? APOPTimestamp("<\(number)@\(hostName)>")
    }

    /// Serves the client to its end.
    ///
    /// - Parameter isAdmitted: Whether there is room for the session; otherwise it is told so.
    func run(isAdmitted: Bool) async {
        do {
            if isImplicitTLS { try await wire.startTLS(service.certificates?.context) }
            if isAdmitted {
                machine.start()
            } else {
                machine.end(because: "Too many sessions, try again later")
            }
            try await flush()
            while isAdmitted {
                var input = try await wire.read(deadline: idleLimit)
                guard !input.isEmpty else { break }
                let goesOn = try await process(&input)
                try await flush()
                if !goesOn { break }
            }
            await wire.sayGoodbye(lingers: true)
        } catch .timedOut {
            await end(because: "Idle for too long, closing")
        } catch .cancelled {
            await end(because: "Shutting down")
        } catch {
            // The connection is gone, and so is whom to tell.
        }
        releaseShare()
        wire.stream.close()
    }

    private func end(because reason: String) async {
        machine.end(because: reason)
        try? await flush()
        await wire.sayGoodbye(lingers: true)
    }

    private var idleLimit: Duration {
        machine.isAuthenticated ? service.limits.pop3Idle : service.limits.idleBeforeAuth
    }

    private func flush() async throws(EventLoopError) {
        if machine.hasOutput { try await wire.write(machine.takeOutput()) }
    }

    /// Does what the machine says until `input` is used up; `false` when the session is to close.
    private func process(_ input: inout [UInt8]) async throws(EventLoopError) -> Bool {
        while true {
            switch machine.next(&input) {
            case .needInput:
                releaseShare()
                return true
            case .close: return false
            case .flush: try await flush()
            case .startTLS:
                try await flush()
                try await wire.startTLS(service.certificates?.context)
                machine.tlsEstablished()
                return true
            case .checkPassword(let name): await checkPassword(of: name)
            case .checkDigest(let name, let timestamp, let digest):
                let inbox = service.maildrop(of: name, timestamp: timestamp, digest: digest)
                await open(inbox)
            case .retrieve(let index): if await isStillAdmitted() { await retrieve(index) }
            case .delete(let indices): if await isStillAdmitted() { await delete(indices) }
            }
        }
    }

    // MARK: Login

    private func checkPassword(of name: String) async {
        let password: SecretBytes
        do {
            password = try machine.withPassword { (span) throws(SodiumError) in
                try SecretBytes(copying: span)
            }
        } catch {
            return machine.loginRefused(.unavailable)
        }
        let admission = await service.maildrop(
            for: SASLCredentials(username: name, password: password), from: peer)
        isStillValid = admission?.isValid
        await open(admission?.access)
    }

    private func open(_ access: SandboxMaildropAccess?) async {
        guard let access else { return machine.loginRefused(.credentials) }
        do throws(SandboxError) {
            let opened = try await service.store.maildrop(of: try await inbox(access))
            maildrop = opened
            machine.loginAccepted(
                opened.entries.map { POP3Message(size: $0.size, uniqueID: "\($0.id)") },
                mayDelete: access.mayDelete)
        } catch .noSuchInbox {
            machine.loginRefused(.credentials)
        } catch {
            machine.loginRefused(.unavailable)
        }
    }

    private func inbox(_ access: SandboxMaildropAccess) async throws(SandboxError) -> SandboxPlace {
        switch access.place {
        case .inbox(let inbox): inbox
        case .deliveries(let name): try await service.store.deliveredInbox(for: name)
        }
    }

    /// Whether the session may go on; it is ended when the credentials have become invalid.
    private func isStillAdmitted() async -> Bool {
        guard let isStillValid, await !isStillValid() else { return true }
        machine.end(because: "The credentials are no longer valid")
        return false
    }

    // MARK: Mail

    private func retrieve(_ index: Int) async {
        releaseShare()
        guard let maildrop, maildrop.entries.indices.contains(index) else {
            return machine.retrieveFailed()
        }
        let entry = maildrop.entries[index]
        guard service.budget.take(entry.size) else { return machine.retrieveFailed() }
        share = entry.size
        do {
            machine.retrieved(
                try await service.store.raw(
                    .id(entry.id), in: maildrop.inbox.name, of: maildrop.inbox.space))
        } catch {
            machine.retrieveFailed()
        }
    }

    private func releaseShare() {
        service.budget.give(share)
        share = 0
    }

    private func delete(_ indices: [Int]) async {
        guard let maildrop else { return machine.deleted(isDone: false) }
        do {
            _ = try await service.store.delete(
                indices.map { maildrop.entries[$0].id }, in: maildrop.inbox.name,
                of: maildrop.inbox.space)
            machine.deleted(isDone: true)
        } catch {
            machine.deleted(isDone: false)
        }
    }
}
