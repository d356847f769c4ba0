package import Access
package import Delivery
private import Locking
package import Operations

/// Answers for a vault that can be sealed and unsealed while its server runs.
///
/// Sealed, it tells its status, takes what unseals it, and refuses the rest with exit 6.
package final class SealableGateway: Gateway {
    private enum Phase: Sendable {
        case open(VaultService)
        case sealed(SealedVault)
        /// Between the two, and after the end.
        case closed
    }

    /// A request that the open vault is performing.
    private struct Running: Sendable {
        /// Whether it may be broken off at once, since it only waits.
        let isWaiting: Bool
        var cancel: @Sendable () -> Void
    }

    private struct State: Sendable {
        var phase: Phase
        var next = 0
        var running: [Int: Running] = [:]
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// What goes on beside requests while the vault is open.
        var background: Task<Void, Never>?
    }

    private let background: @Sendable (VaultService) async -> Void
    private let owned: OwnedHome
    private let settings: DeliverySettings
    private let patience: Duration
    private let state: Locked<State>

    /// Begins with the vault of `owned` sealed, or opens it with what this process can reach.
    ///
    /// - Parameters:
    ///   - patience: How long requests under way may take when the vault is to be sealed.
    ///   - background: Goes on while the vault is open; cancelled when it is sealed.
    /// - Throws: exit 6 when it is to be open and nothing opens it, 8 when it was changed.
    package init(
        owned: OwnedHome, isSealed: Bool, settings: DeliverySettings,
        patience: Duration = .seconds(UnsealLimits.sealSeconds),
        background: @escaping @Sendable (VaultService) async -> Void = { _ in }
    ) async throws(VaultError) {
        self.owned = owned
        self.settings = settings
        self.patience = patience
        self.background = background
        if isSealed {
            state = Locked(State(phase: .sealed(SealedVault(owned: owned, settings: settings))))
        } else {
            let vault = try await VaultService.open(owned: owned, settings: settings)
            state = Locked(
                State(phase: .open(vault), background: Task { await background(vault) }))
        }
    }

    package func perform<Request: OperationRequest>(
        _ request: Request, from caller: Caller, secret: SecretParcel?
    ) async throws(VaultError) -> OperationReply<Request.Response> {
        if request is SealVault { return try await seal(request, from: caller) }
        if let request = request as? UnsealVault, let sealed {
            return try Self.reply(
                try await unseal(sealed, request, from: caller, secret: secret))
        }
        if request is ShowStatus, let sealed {
            return try Self.reply(try sealed.status(for: caller))
        }
        return try await withVault(isWaiting: request is any SandboxRequest) { vault in
            try await vault.perform(request, from: caller, secret: secret)
        }
    }

    /// Lends the open vault, which is not closed meanwhile.
    ///
    /// - Parameter isWaiting: Whether sealing may break `body` off at once.
    /// - Throws: exit 6 while it is sealed.
    package func withVault<R: Sendable>(
        isWaiting: Bool = false, _ body: @escaping @Sendable (VaultService) async throws -> R
    ) async throws(VaultError) -> R {
        let (vault, number) = try enter(isWaiting: isWaiting)
        let task = Task { try await body(vault) }
        let isLate = state.withLock { state in
            state.running[number]?.cancel = { task.cancel() }
            if case .open = state.phase { return false }
            return isWaiting
        }
        if isLate { task.cancel() }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        leave(number)
        do {
            return try result.get()
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    /// Waits for what is under way, closes the vault, and lets the folder go.
    package func close() async {
        if let vault = leaveOpen() { await end(vault) }
        await owned.close()
    }

    // MARK: Sealing

    private var sealed: SealedVault? {
        state.withLock { if case .sealed(let sealed) = $0.phase { sealed } else { nil } }
    }

    private func seal<Request: OperationRequest>(
        _ request: Request, from caller: Caller
    ) async throws(VaultError) -> OperationReply<Request.Response> {
        if let sealed {
            _ = try sealed.status(for: caller)
            return try Self.reply(SealAnswer.sealed)
        }
        let reply = try await withVault { vault in
            try await vault.perform(request, from: caller)
        }
        if let vault = leaveOpen() {
            await end(vault)
            settle(.sealed(SealedVault(owned: owned, settings: settings)))
        }
        return reply
    }

    /// Stops lending the open vault, which is returned the one time.
    private func leaveOpen() -> VaultService? {
        state.withLock { state in
            guard case .open(let vault) = state.phase else { return nil }
            state.phase = .closed
            return vault
        }
    }

    /// Lets what is under way come to its end, breaks off what only waits or takes too long, and
    /// closes the vault.
    private func end(_ vault: VaultService) async {
        let background = state.withLock { $0.background.take() }
        background?.cancel()
        cancelRunning { $0.isWaiting }
        let patience = patience
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                // Cancelled as soon as nothing is under way any more.
                guard (try? await Task.sleep(for: patience)) != nil else { return }
                cancelRunning { _ in true }
                guard (try? await Task.sleep(for: patience)) != nil else { return }
                await vault.delivery.close()
            }
            await idle()
            await background?.value
            group.cancelAll()
        }
        await vault.seal()
    }

    private func cancelRunning(_ which: @Sendable (Running) -> Bool) {
        let running = state.withLock { $0.running.values.filter(which) }
        for request in running { request.cancel() }
    }

    /// Returns once no request is under way.
    private func idle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if !state.running.isEmpty { state.waiting.append(continuation) }
                return state.running.isEmpty
            }
            if isIdle { continuation.resume() }
        }
    }

    // MARK: Unsealing

    private func unseal(
        _ sealed: SealedVault, _ request: UnsealVault, from caller: Caller, secret: SecretParcel?
    ) async throws(VaultError) -> SealAnswer {
        let unlocked = try await sealed.unlock(request, from: caller, secret: secret)
        guard unlocked.isComplete else { return unlocked.answer }
        // Of two who unseal at once, one opens the vault.
        guard leaveSealed() else {
            throw VaultError(
                .conflict, "not-sealed", "somebody else unsealed the vault just now",
                "go on with it")
        }
        do throws(VaultError) {
            let vault = try await sealed.open(unlocked)
            let background = background
            state.withLock { state in
                state.phase = .open(vault)
                state.background = Task { await background(vault) }
            }
        } catch {
            settle(.sealed(sealed))
            throw error
        }
        return unlocked.answer
    }

    private func leaveSealed() -> Bool {
        state.withLock { state in
            guard case .sealed = state.phase else { return false }
            state.phase = .closed
            return true
        }
    }

    private func settle(_ phase: Phase) { state.withLock { $0.phase = phase } }

    // MARK: Requests under way

    private func enter(isWaiting: Bool) throws(VaultError) -> (VaultService, number: Int) {
        let (phase, number) = state.withLock { state in
            if case .open = state.phase {
                state.next += 1
                state.running[state.next] = Running(isWaiting: isWaiting, cancel: {})
            }
            return (state.phase, state.next)
        }
        switch phase {
        case .open(let vault): return (vault, number)
        case .sealed(let sealed): throw sealed.refusal()
        case .closed:
            throw VaultError(
                .sealed, "sealed", "the vault is being sealed", "unseal it then: vault unseal")
        }
    }

    private func leave(_ number: Int) {
        let woken = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.running[number] = nil
            guard state.running.isEmpty else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in woken { continuation.resume() }
    }

    private static func reply<Answer: Codable & Sendable, Response>(
        _ answer: Answer
    ) throws(VaultError) -> OperationReply<Response> {
        guard let reply = OperationReply(answer) as? OperationReply<Response> else {
            throw VaultError(.failed, "internal", "the answer has another type", "report it")
        }
        return reply
    }
}
