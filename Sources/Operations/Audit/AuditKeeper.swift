private import Glibc
private import Locking
internal import VaultModel
internal import VaultStore

/// Looks after what is told of the audit log outside of the database while a vault is open: the
/// anchor, at most a second behind, and the checkpoints in the sinks.
///
/// A sink that is gone, full or hung closes the store to further writes until it is back, and so does
/// an anchor that cannot be written: what cannot be recorded is not done.
final class AuditKeeper: Sendable {
    private struct State: Sendable {
        var isUrgent = false
        var isClosing = false
        var isServed = false
        var isDone = false
    }

    private let store: VaultStore
    private let anchor: AnchorKeeper
    private let sinks: AuditSinks
    private let state = Monitor(State())

    private init(store: VaultStore, anchor: AnchorKeeper, sinks: AuditSinks) {
        self.store = store
        self.anchor = anchor
        self.sinks = sinks
    }

    // MARK: Opening

    /// Compares the database with its anchor and the sinks, catches up with them, and begins.
    ///
    /// - Throws: what ``VaultStore/compare(with:)`` throws; `audit-unavailable` when a sink does not
    ///   take checkpoints.
    static func begin(_ store: VaultStore, home: VaultHome) async throws -> AuditKeeper {
        try await store.compare(
            with: try AnchorFile.read(home.anchor, database: store.durableSequence))
        let keeper = AuditKeeper(
            store: store, anchor: AnchorKeeper(store, at: home.anchor),
            sinks: try AuditSinks(try declared(home, store), store: store))
        try await keeper.adoptSinks()
        if !store.isAnchored {
            try AnchorFile.write(try store.anchor(), to: home.anchor)
            try await store.markAnchored()
        }
        keeper.start()
        return keeper
    }

    /// The sinks that the settings name; a vault that has some is not opened without them.
    private static func declared(
        _ home: VaultHome, _ store: VaultStore
    ) throws -> [CheckpointPlace] {
        if let sinks = home.sinks { return sinks }
        guard store.sinkMarks.isEmpty else {
            throw StoreError.auditUnavailable(
                cause: "checkpoints of this vault go to \(store.sinkMarks.count) sinks, and "
                    + "SIGNET_AUDIT_SINKS is not set",
                remedy: "set it as it was; set it empty to give the sinks up, which is recorded")
        }
        return []
    }

    /// Records sinks that came or went, and brings all of them up to date.
    private func adoptSinks() async throws {
        let known = store.sinkMarks
        let places = sinks.places
        let added = places.filter { known[$0.key] == nil }
        let removed = known.filter { places[$0.key] == nil }
        if !sinks.isEmpty, let problem = sinks.inspect(durable: store.durableSequence) {
            throw Self.error(problem, database: store.durableSequence)
        }
        if !added.isEmpty || !removed.isEmpty {
            let tenant = try await Self.tenant(of: store)
            let entries =
                added.map { Self.entry("sink/\($0.value.setting)", "added", tenant) }
                + removed.map { Self.entry("sink/\(Hex.encode($0.key))", "removed", tenant) }
            try await store.markSinks(removed.mapValues { _ in nil }, entries: entries)
        }
        guard !sinks.isEmpty, sinks.served < store.durableSequence else { return }
        let signed = store.signCheckpoint()
        let marks = try sinks.write(signed.note, size: signed.checkpoint.size)
            .mapError { Self.error($0, database: store.durableSequence) }.get()
        try await store.markSinks(marks)
    }

    /// Whose log the operator's own acts are in.
    static func tenant(of store: VaultStore) async throws -> TenantID {
        try await store.read { transaction in
            try transaction.tenant(named: ResourceName(TenantRecord.defaultName))?.id ?? .system
        }
    }

    private static func entry(
        _ object: String, _ change: String, _ tenant: TenantID
    ) -> AuditEntry {
        AuditEntry(
            tenant: tenant, actor: "operator:\(geteuid())", action: "audit.sink", object: object,
            outcome: .allowed, detail: ["change": change], request: RequestID())
    }

    private static func error(_ problem: SinkFailure, database: Int64) -> StoreError {
        if let ahead = problem.aheadBy { return .rolledBack(database: database, anchor: ahead) }
        return .auditUnavailable(cause: problem.cause, remedy: problem.remedy)
    }

    // MARK: While the vault is open

    private func start() {
        store.setGate { [anchor, sinks, store] in
            try anchor.requireKept()
            if let problem = sinks.problem {
                throw Self.error(problem, database: store.durableSequence)
            }
        }
        store.setWatcher { [weak self] sequence, hasKeyEvent in
            self?.notice(sequence, hasKeyEvent)
        }
        let started = WorkerThread.start(named: "audit-keeper") { [self] in work() }
        if !started { state.withLock { $0.isDone = true } }
    }

    private func notice(_ sequence: Int64, _ hasKeyEvent: Bool) {
        guard !sinks.isEmpty,
            hasKeyEvent || sequence - sinks.served >= AuditLimits.checkpointEntries
        else { return }
        state.withLock { $0.isUrgent = true }
        state.wakeAll()
    }

    private func work() {
        var checkpointed = ContinuousClock.now
        var isClosing = false
        while !isClosing {
            let isUrgent = state.wait(atMost: AuditLimits.tick) { state -> Bool? in
                isClosing = state.isClosing
                defer { state.isUrgent = false }
                return state.isClosing || state.isUrgent ? state.isUrgent : nil
            }
            if !isClosing {
                try? store.keepAuditKeysNow()
                try? store.emptyLogIfDueNow()
            }
            let isDue = ContinuousClock.now - checkpointed >= AuditLimits.checkpointInterval
            if serveSinks(isDue: isClosing || isUrgent == true || isDue) {
                checkpointed = ContinuousClock.now
            }
            if isClosing { finishServing() }
            anchor.keep()
        }
        state.withLock { $0.isDone = true }
        state.wakeAll()
    }

    /// Looks at the sinks and, when it is time, gives them a checkpoint; whether they took it.
    private func serveSinks(isDue: Bool) -> Bool {
        let durable = store.durableSequence
        guard !sinks.isEmpty, sinks.inspect(durable: durable) == nil, isDue,
            sinks.served < durable
        else { return false }
        let signed = store.signCheckpoint()
        guard case .success(let marks) = sinks.write(signed.note, size: signed.checkpoint.size)
        else { return false }
        try? store.markSinksNow(marks)
        return true
    }

    private func finishServing() {
        state.withLock { $0.isServed = true }
        state.wakeAll()
    }

    // MARK: Closing

    /// Gives the sinks a last checkpoint, after which the store may be closed.
    func finish() async {
        state.withLock { $0.isClosing = true }
        state.wakeAll()
        await until { $0.isServed || $0.isDone }
    }

    /// Waits for the last anchor, after which another process may have the vault.
    func ended() async {
        await until(\.isDone)
        store.setWatcher(nil)
        store.setGate(nil)
        sinks.close()
    }

    private func until(_ isReached: @escaping @Sendable (State) -> Bool) async {
        if state.withLock({ isReached($0) }) { return }
        await withCheckedContinuation { continuation in
            let started = WorkerThread.start(named: "audit-wait") { [state] in
                state.wait { isReached($0) ? () : nil }
                continuation.resume()
            }
            if !started { continuation.resume() }
        }
    }
}
