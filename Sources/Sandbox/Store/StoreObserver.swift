internal import SQLite

/// Passes on each COMMIT of this process.
// Safe: `givesWork` is used on the writer's thread alone: by jobs, and by these calls.
final class StoreObserver: SQLiteGroupObserver, @unchecked Sendable {
    private let changes: ChangeWatch
    private let signal: IndexSignal
    private var givesWork = false

    init(changes: ChangeWatch, signal: IndexSignal) {
        self.changes = changes
        self.signal = signal
    }

    /// Said by a job that leaves something for the indexer to do.
    func noteWork() { givesWork = true }

    func groupWillBegin(_ connection: SQLiteConnection) throws {}
    func jobWillBegin() {}
    func jobSucceeded(_ connection: SQLiteConnection) throws {}
    func jobFailed() {}
    func groupWillCommit(_ connection: SQLiteConnection) throws {}
    func groupFailed() {}

    func groupCommitted() {
        if givesWork {
            givesWork = false
            signal.committed()
        }
        changes.advance()
    }
}
