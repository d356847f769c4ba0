private import Locking
internal import SQLite
internal import Sodium
internal import VaultModel

/// Keeps ``ChainState`` and the open epoch in step with the database through group commits, and
/// writes the head row.
final class HeadKeeper: SQLiteGroupObserver {
    /// What a commit can bring for whoever watches the audit log.
    struct Notice: Sendable {
        /// The number of the last entry that is durable.
        let sequence: Int64
        /// Whether an entry tells of a key.
        let hasKeyEvent: Bool
    }

    private struct Moment: Sendable {
        var state: ChainState
        var epoch: AuditEpoch
        /// Counts changes of what plans may read.
        var changes: UInt64 = 0
        /// Rows that came and went in the open job since its last entry.
        var events: [RowEvent] = []
        var hasKeyEvent = false
    }

    private struct Moments: Sendable {
        var current: Moment
        var jobStart: Moment
        var groupStart: Moment
        var durable: ChainState
        var durableChanges: UInt64 = 0
        var hasOldKeyInLog = false
        var gate: (@Sendable () throws -> Void)?
        var watcher: (@Sendable (Notice) -> Void)?
    }

    private let moments: Locked<Moments>
    private let revisions: Locked<TrackedRevisions>
    private let key: SecretKey
    private let vault: VaultID

    init(
        _ state: ChainState, epoch: AuditEpoch, key: SecretKey, vault: VaultID,
        revisions: RevisionMap = RevisionMap()
    ) {
        self.revisions = Locked(TrackedRevisions(revisions))
        let moment = Moment(state: state, epoch: epoch)
        moments = Locked(
            Moments(current: moment, jobStart: moment, groupStart: moment, durable: state))
        self.key = key
        self.vault = vault
    }

    // MARK: State

    /// The state as the open job sees it.
    var current: ChainState { moments.withLock { $0.current.state } }

    /// The state that is on the disk.
    var durable: ChainState { moments.withLock { $0.durable } }

    /// The open epoch as the open job sees it.
    var epoch: AuditEpoch { moments.withLock { $0.current.epoch } }

    /// How often anything but messages and the audit log has changed since the vault was opened, as
    /// the open job sees it.
    var changes: UInt64 { moments.withLock { $0.current.changes } }

    /// The same as it is on the disk: whoever begins to read after asking sees this state or a later.
    var durableChanges: UInt64 { moments.withLock { $0.durableChanges } }

    /// Counts a change, as part of the open job.
    func noteChange() { moments.withLock { $0.current.changes += 1 } }

    /// Changes the state, as part of the open job.
    func change<Result>(_ body: (inout ChainState) -> Result) -> Result {
        moments.withLock { body(&$0.current.state) }
    }

    /// Begins an epoch, as part of the open job; the key before is wiped once this is durable.
    func enter(_ epoch: AuditEpoch) {
        moments.withLock {
            $0.current.epoch = epoch
            $0.hasOldKeyInLog = true
        }
    }

    /// Notes that the open job tells of a key.
    func noteKeyEvent() { moments.withLock { $0.current.hasKeyEvent = true } }

    /// Whether the write-ahead log may hold a key of an earlier epoch; asking resets it.
    func takeOldKeyInLog() -> Bool {
        moments.withLock { moments in
            defer { moments.hasOldKeyInLog = false }
            return moments.hasOldKeyInLog
        }
    }

    /// Has `gate` asked before each group; what it throws fails the group.
    func setGate(_ gate: (@Sendable () throws -> Void)?) { moments.withLock { $0.gate = gate } }

    /// Has `watcher` told of each commit, on the writer's thread.
    func setWatcher(_ watcher: (@Sendable (Notice) -> Void)?) {
        moments.withLock { $0.watcher = watcher }
    }

    // MARK: Rows

    /// Counts a row in.
    func insert(_ mark: [UInt8], _ table: RecordTable) {
        toggle(mark, table)
        revisions.withLock { $0.insert(Self.short(mark)) }
    }

    /// Counts a row out.
    func remove(_ mark: [UInt8], _ table: RecordTable) {
        toggle(mark, table)
        revisions.withLock { $0.remove(Self.short(mark)) }
    }

    private func toggle(_ mark: [UInt8], _ table: RecordTable) {
        moments.withLock {
            $0.current.state.toggle(mark)
            if table.role != .traffic { $0.current.changes += 1 }
        }
    }

    /// Notes that a row came or went, for the next entry of the open job.
    func note(_ event: RowEvent) { moments.withLock { $0.current.events.append(event) } }

    /// What came and went in the open job since its last entry.
    func takeEvents() -> [RowEvent] {
        moments.withLock { moments in
            defer { moments.current.events = [] }
            return moments.current.events
        }
    }

    /// Whether a row is there in the revision that its mark stands for.
    func holds(_ mark: UInt64) -> Bool { revisions.withLock { $0.map.contains(mark) } }

    /// The part of a mark that is held in memory.
    static func short(_ mark: [UInt8]) -> UInt64 {
        mark[..<8].reduce(0) { $0 << 8 | UInt64($1) }
    }

    // MARK: SQLiteGroupObserver

    func groupWillBegin(_ connection: SQLiteConnection) throws {
        let gate = moments.withLock {
            $0.groupStart = $0.current
            return $0.gate
        }
        revisions.withLock { $0.groupWillBegin() }
        try gate?()
    }

    func jobWillBegin() {
        moments.withLock {
            // What no entry of its own job tells of, none does.
            $0.current.events = []
            $0.jobStart = $0.current
        }
        revisions.withLock { $0.jobWillBegin() }
    }

    func jobSucceeded(_ connection: SQLiteConnection) {}

    func jobFailed() {
        moments.withLock { $0.current = $0.jobStart }
        revisions.withLock { $0.jobFailed() }
    }

    func groupWillCommit(_ connection: SQLiteConnection) throws {
        let (start, end) = moments.withLock { ($0.groupStart.state, $0.current.state) }
        guard start != end else { return }
        try end.write(key: key, vault: vault, to: connection)
    }

    func groupCommitted() {
        let (watcher, notice) = moments.withLock {
            let notice = Notice(
                sequence: $0.current.state.sequence, hasKeyEvent: $0.current.hasKeyEvent)
            $0.current.hasKeyEvent = false
            $0.durable = $0.current.state
            $0.durableChanges = $0.current.changes
            // Nothing else may keep the key of an epoch that is over.
            $0.jobStart = $0.current
            $0.groupStart = $0.current
            return ($0.watcher, notice)
        }
        revisions.withLock { $0.groupCommitted() }
        watcher?(notice)
    }

    func groupFailed() {
        moments.withLock { $0.current = $0.groupStart }
        revisions.withLock { $0.groupFailed() }
    }
}
