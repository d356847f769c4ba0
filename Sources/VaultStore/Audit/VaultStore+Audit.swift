internal import SQLite
internal import Sealing
package import Sodium
internal import VaultModel

// Proving the audit log, and what is told of it outside of the database.
extension VaultStore {
    /// Entries that a walk takes at a time: whoever wants to write waits for one part.
    private static let walkEntries: Int64 = 10_000

    /// Walks the whole chain and names the first entry that is not as it was written.
    ///
    /// - Parameters:
    ///   - auditor: Opens the chain's first key; without it, the codes of earlier epochs are not
    ///     proven when there is an auditor.
    ///   - checkpoints: What was signed earlier, to compare with.
    /// - Throws: `StoreError.wrongAuditor`, and what the database reports.
    package func verifyAudit(
        auditor: BoxKeyPair? = nil, checkpoints: [Checkpoint] = []
    ) async throws -> AuditVerdict {
        var walk = try await read { try $0.auditWalk(auditor, checkpoints) }
        while true {
            let step = try await read { [walk] transaction in
                try transaction.step(walk, limit: Self.walkEntries)
            }
            if let verdict = step.verdict { return verdict }
            walk = step.walk
        }
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

    /// Begins the next epoch of the chain when the open one is over, and empties the write-ahead
    /// log when a key of an earlier one may be in it; blocks the thread.
    package func keepAuditKeysNow() throws {
        if head.epoch.isOver(after: durableSequence, at: .now) {
            try transactionNow { try $0.evolveAuditKeyIfOver() }
        }
        if head.takeOldKeyInLog() { try truncateLogNow() }
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
        let step = try step(try auditWalk(nil, []), limit: .max)
        return step.verdict ?? AuditVerdict(ok: false, entries: step.walk.sound)
    }

    fileprivate func auditWalk(
        _ auditor: BoxKeyPair?, _ checkpoints: [Checkpoint]
    ) throws -> AuditWalk {
        AuditWalk(
            first: try firstAuditKey(opening: auditor), open: head.epoch,
            isForwardSecure: try self.auditor() != nil, checkpoints: checkpoints)
    }

    /// Takes up to `limit` more entries; the verdict is there when they were the last.
    fileprivate func step(
        _ walk: AuditWalk, limit: Int64
    ) throws -> (walk: AuditWalk, verdict: AuditVerdict?) {
        var walk = walk
        var taken: Int64 = 0
        var isBroken = false
        try connection.forEach(
            AuditWalk.query, [.integer(walk.start), .integer(limit)]
        ) { row throws(SQLiteError) in
            taken += 1
            isBroken = try !walk.take(row)
            return !isBroken
        }
        if taken == limit, !isBroken { return (walk, nil) }
        let verdict = walk.verdict(at: head.current)
        return (walk, verdict)
    }
}
