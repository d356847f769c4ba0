private import Locking
internal import VaultStore

/// Writes the anchor while a vault is open; an anchor that cannot be written closes the store until
/// it can.
///
/// Without that, whoever keeps the anchor from being written could put an older database back later.
final class AnchorKeeper: Sendable {
    private struct State: Sendable {
        /// The last entry that an anchor tells of.
        var written: Int64 = -1
        /// Why the next one could not be written.
        var problem: VaultError?
    }

    private let store: VaultStore
    private let path: String
    /// Locked while an anchor is written, which two threads do.
    private let state = Locked(State())

    init(_ store: VaultStore, at path: String) {
        self.store = store
        self.path = path
    }

    /// Writes an anchor if the log has grown since the last one.
    func keep() { state.withLock { write(&$0) } }

    /// Refuses when the last anchor could not be written and cannot be now.
    ///
    /// - Throws: `StoreError.auditUnavailable`.
    func requireKept() throws(StoreError) {
        let problem = state.withLock { state in
            if state.problem != nil { write(&state) }
            return state.problem
        }
        if let problem {
            throw .auditUnavailable(cause: problem.cause, remedy: problem.remedy)
        }
    }

    private func write(_ state: inout State) {
        do {
            let anchor = try store.anchor()
            guard anchor.sequence != state.written || state.problem != nil else { return }
            try AnchorFile.write(anchor, to: path)
            state = State(written: anchor.sequence)
        } catch {
            state.problem = VaultError(wrapping: error)
        }
    }
}
