internal import SQLite
internal import Sealing
package import Sodium
internal import VaultModel

// Proving the audit log, and what is told of it outside of the database.
extension VaultStore {
    /// Walks the whole chain and names the first entry that is not as it was written.
    ///
    /// While one page is walked, the next is read and the tree of the one before is built, each on
    /// a thread of its own as far as there are any; all three take the entries in their order.
    /// - Parameters:
    ///   - auditor: Opens the chain's first key; without it, the codes of earlier epochs are not
    ///     proven when there is an auditor.
    ///   - checkpoints: What was signed earlier, to compare with.
    ///   - pageEntries: How many entries are read at a time, 1 at least.
    /// - Throws: `StoreError.wrongAuditor`, and what the database reports.
    @concurrent
    package func verifyAudit(
        auditor: BoxKeyPair? = nil, checkpoints: [Checkpoint] = [],
        pageEntries: Int = StoreLimits.auditPageEntries
    ) async throws -> AuditVerdict {
        var (walk, page) = try await read { transaction in
            (
                try transaction.auditWalk(auditor, hasCheckpoints: !checkpoints.isEmpty),
                try transaction.auditPage(from: .min, limit: pageEntries)
            )
        }
        var tree = AuditTree(checkpoints)
        while true {
            let (leaves, before, read) = (walk.takeLeaves(), tree, page)
            async let following = auditPage(after: read, limit: pageEntries)
            async let grown = before.taking(leaves)
            try walk.take(read)
            tree = await grown
            let next = try await following
            guard let next, !walk.isOver, tree.disagreed == nil else { break }
            page = next
        }
        tree.take(walk.takeLeaves())
        return walk.verdict(at: page.head, tree)
    }

    /// The entries behind a page; `nil` when there are none.
    private func auditPage(after page: AuditPage, limit: Int) async throws -> AuditPage? {
        guard let next = page.next else { return nil }
        return try await read { try $0.auditPage(from: next, limit: limit) }
    }

    // MARK: Checkpoints

    /// The key by which the vault's checkpoints are known.
    package var checkpointKey: NoteKey { signer.key }

    /// Signs the entries that are durable now.
    package func signCheckpoint() -> (note: SignedNote, checkpoint: Checkpoint) {
        let state = head.durable
        let checkpoint = Checkpoint(
            origin: signer.key.name, size: state.sequence, root: state.tree.root)
        return (signer.sign(checkpoint.text), checkpoint)
    }

    /// The number of the last entry that is durable.
    package var durableSequence: Int64 { head.durable.sequence }

    // MARK: Watching

    /// Has `gate` asked before each group of transactions; what it throws, they all throw.
    package func setGate(_ gate: (@Sendable () throws -> Void)?) { head.setGate(gate) }

    /// Has `watcher` told, after each commit and on the writer's thread, the number of the last
    /// entry and whether one tells of a key.
    package func setWatcher(_ watcher: (@Sendable (Int64, Bool) -> Void)?) {
        guard let watcher else { return head.setWatcher(nil) }
        head.setWatcher { watcher($0.sequence, $0.hasKeyEvent) }
    }

    /// Begins the next epoch of the chain when the open one is over, and has the write-ahead log
    /// emptied when a key of an earlier one may be in it; blocks the thread.
    package func keepAuditKeysNow() throws {
        if head.epoch.isOver(after: durableSequence, at: .now) {
            try transactionNow { try $0.evolveAuditKeyIfOver() }
        }
        if head.takeOldKeyInLog() { noteLogIsDue() }
    }

    // MARK: Sinks

    /// The id under which the head row remembers a sink.
    package func sinkID(of setting: String) throws -> [UInt8] {
        let data = AssociatedData([.text("sink"), .text(setting)])
        let key = try keys.keys(for: .system).sinkIndex()
        return Blake2b.hash(data.bytes.span, key: key, count: SinkMarks.idBytes)
    }

    /// How far each sink was served, by id.
    package var sinkMarks: [[UInt8]: Int64] {
        let marks = head.durable.sinks
        return Dictionary(uniqueKeysWithValues: marks.ids.map { ($0, marks[$0] ?? 0) })
    }

    /// Remembers how far sinks were served; `nil` forgets one.
    package func markSinks(_ marks: [[UInt8]: Int64?], entries: [AuditEntry] = []) async throws {
        try await transaction { try $0.markSinks(marks, entries) }
    }

    /// The same for a thread that may block.
    package func markSinksNow(_ marks: [[UInt8]: Int64?]) throws {
        try transactionNow { try $0.markSinks(marks, []) }
    }
}

extension StoreTransaction {
    fileprivate func markSinks(_ marks: [[UInt8]: Int64?], _ entries: [AuditEntry]) throws {
        for entry in entries { try audit(entry) }
        head.change { state in
            for (id, size) in marks { state.sinks[id] = size }
        }
    }

    /// Walks the whole chain at once, with the keys that the vault has.
    package func verifyAudit() throws -> AuditVerdict {
        var walk = try auditWalk(nil, hasCheckpoints: false)
        var tree = AuditTree([])
        var page = try auditPage(from: .min)
        while true {
            try walk.take(page)
            tree.take(walk.takeLeaves())
            guard !walk.isOver, let next = page.next else { break }
            page = try auditPage(from: next)
        }
        return walk.verdict(at: page.head, tree)
    }

    fileprivate func auditWalk(
        _ auditor: BoxKeyPair?, hasCheckpoints: Bool
    ) throws -> AuditWalk {
        AuditWalk(
            first: try firstAuditKey(opening: auditor), open: head.epoch,
            isForwardSecure: try self.auditor() != nil, hasCheckpoints: hasCheckpoints)
    }

    fileprivate func auditPage(
        from first: Int64, limit: Int = StoreLimits.auditPageEntries
    ) throws -> AuditPage {
        try AuditPage(from: first, limit: limit, of: connection, head: head.current)
    }
}
