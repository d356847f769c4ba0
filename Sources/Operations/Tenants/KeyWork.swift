internal import Access
private import Locking
internal import VaultModel
internal import VaultStore

/// Lets one replacement or destruction of keys be under way at a time.
final class KeyWorkGate: Sendable {
    private let isBusy = Locked(false)

    init() {}

    /// Begins work.
    ///
    /// - Throws: exit 5 while other work is under way.
    func enter() throws(VaultError) {
        let entered = isBusy.withLock { busy in
            defer { busy = true }
            return !busy
        }
        guard entered else {
            throw VaultError(
                .conflict, "rotation-running", "keys of this vault are being replaced already",
                "wait until that is done, then run the command again if it is still needed")
        }
    }

    /// Ends it.
    func leave() { isBusy.withLock { $0 = false } }
}

/// What replaces and destroys keys, in the name of whoever asked or of the vault itself.
///
/// Each step is a transaction with its audit entry; a crash between two of them leaves a state that
/// the same work, run again, goes on from.
struct KeyWork: Sendable {
    let vault: VaultService
    /// An entry of an action on an object, with details.
    let entry: @Sendable (_ action: String, _ object: String, [String: String]) -> AuditEntry

    /// Work that a request asks for.
    init(_ context: OperationContext) {
        vault = context.vault
        entry = { action, object, detail in
            var entry = context.entry(action, .allowed, detail: detail)
            entry.object = object
            return entry
        }
    }

    /// Work that an interruption left undone.
    init(resumingIn vault: VaultService) {
        self.vault = vault
        entry = { action, object, detail in
            AuditEntry(
                tenant: .system, actor: "system", action: action, object: object,
                outcome: .allowed, detail: detail, request: RequestID())
        }
    }

    /// Runs `body` and appends its entry, in one transaction.
    func commit<R: Sendable>(
        _ action: String, _ object: String, _ detail: [String: String] = [:],
        _ body: @escaping @Sendable (StoreTransaction) throws -> R
    ) async throws -> R {
        let entry = entry(action, object, detail)
        return try await vault.store.transaction { transaction in
            let result = try body(transaction)
            try transaction.audit(entry)
            return result
        }
    }
}
