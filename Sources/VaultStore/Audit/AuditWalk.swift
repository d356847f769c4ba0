internal import SQLite
internal import Sealing
internal import Sodium
internal import VaultModel

/// A walk along the chain, which ends at the first entry that does not fit.
struct AuditWalk: Sendable {
    /// Reads on from an entry, a part at a time, so that nobody waits for a long walk.
    static let query: SQL = """
        SELECT sequence, time, tenant, epoch, sealed, mac FROM audit WHERE sequence >= ? \
        ORDER BY sequence LIMIT ?
        """

    private let open: AuditEpoch
    private var key: SecretKey?
    private let isForwardSecure: Bool
    private var epoch: Int64 = 0
    private var code = ChainCode()
    private var tree = MerkleFrontier()
    private var provenFrom: Int64?
    private var checkpoints: ArraySlice<Checkpoint>
    private var agreed: AuditVerdict.AgreedCheckpoint?
    private var finding: AuditVerdict?

    /// Whether the tree is needed: codes alone prove every entry when the first key is there.
    private let hasTree: Bool
    /// How many entries are sound, from the first.
    private(set) var sound: Int64 = 0
    /// Where the next part begins; nothing may stand before the first entry.
    var start: Int64 { sound == 0 ? .min : sound + 1 }

    /// Begins before the first entry.
    ///
    /// - Parameters:
    ///   - first: The key of epoch 0; without it, codes are proven from the open epoch on.
    ///   - open: The epoch that was open when the walk began.
    ///   - checkpoints: What was signed, to compare with.
    init(
        first: SecretKey?, open: AuditEpoch, isForwardSecure: Bool, checkpoints: [Checkpoint] = []
    ) {
        key = first
        self.open = open
        self.isForwardSecure = isForwardSecure
        hasTree = first == nil || !checkpoints.isEmpty
        self.checkpoints = checkpoints.sorted { $0.size < $1.size }[...]
    }

    /// Takes the next row; whether to go on.
    mutating func take(_ row: borrowing SQLiteRowView) throws(SQLiteError) -> Bool {
        let sequence = try row.integer(0)
        let expected = sound + 1
        guard sequence == expected else {
            return fail(
                at: min(sequence, expected), sequence > expected ? "is missing" : "was put in")
        }
        guard compareCheckpoints(ending: sound) else { return false }
        guard try enter(epoch: try row.integer(3), at: sequence) else {
            return fail(at: expected, "was changed")
        }
        guard try hash(row, sequence) else { return fail(at: expected, "was changed") }
        if hasTree { tree.append(code.leaf) }
        sound = expected
        return true
    }

    /// Hashes a row and compares its code where the key is known.
    private mutating func hash(
        _ row: borrowing SQLiteRowView, _ sequence: Int64
    ) throws(SQLiteError) -> Bool {
        let time = try row.integer(1)
        let epoch = epoch
        try row.withBytes(2) { tenant throws(SQLiteError) in
            try row.withBytes(4) { sealed throws(SQLiteError) in
                code.take(sequence, time, tenant, epoch, sealed)
            }
        }
        let isKnown = key != nil
        if let key { code.advance(with: key) }
        return try row.withBytes(5) { stored throws(SQLiteError) in
            if isKnown { return ConstantTime.equal(code.mac.span, stored) }
            code.skip(to: stored)
            return stored.count == SecretKey.byteCount
        }
    }

    /// Goes to the key of `wanted`: the one there is, or the next.
    private mutating func enter(epoch wanted: Int64, at sequence: Int64) throws(SQLiteError) -> Bool
    {
        if wanted != epoch {
            guard wanted == epoch + 1, sequence > 1 else { return false }
            epoch = wanted
            if let old = key {
                do {
                    key = try AuditEpoch.evolve(old)
                } catch {
                    throw .outOfResources
                }
            }
        }
        if key == nil, epoch == open.number {
            guard sequence == open.first else { return false }
            key = open.key
        }
        if key != nil, provenFrom == nil { provenFrom = sequence }
        return true
    }

    /// Compares what was signed of the first `size` entries; whether it agrees.
    private mutating func compareCheckpoints(ending size: Int64) -> Bool {
        while let next = checkpoints.first, next.size <= size {
            guard next.size == size, next.root == tree.root else {
                let from = (agreed?.size ?? 0) + 1
                finding = verdict(
                    ok: false, entries: from - 1, firstBad: from,
                    problem: "or a later one, up to \(next.size), is not what the checkpoint of "
                        + "\(next.size) entries was signed for")
                return false
            }
            agreed = AuditVerdict.AgreedCheckpoint(
                size: size, root: next.rootText, compared: (agreed?.compared ?? 0) + 1)
            checkpoints.removeFirst()
        }
        return true
    }

    /// What the walk found, given what the head row says of the chain's end.
    mutating func verdict(at head: ChainState) -> AuditVerdict {
        if let finding { return finding }
        guard compareCheckpoints(ending: sound) else { return finding ?? verdict(ok: false) }
        if sound < head.sequence || checkpoints.first != nil {
            return verdict(ok: false, firstBad: sound + 1, problem: "is missing")
        }
        if sound > head.sequence || (key != nil && code.mac != head.auditMAC) {
            return verdict(
                ok: false, entries: head.sequence, firstBad: head.sequence + 1,
                problem: "was put in")
        }
        guard !hasTree || tree == head.tree, code.mac == head.auditMAC else {
            let from = (agreed?.size ?? 0) + 1
            return verdict(
                ok: false, entries: from - 1, firstBad: from,
                problem: "or a later one was changed; the auditor's key tells which")
        }
        return verdict(ok: true)
    }

    private mutating func fail(at sequence: Int64, _ problem: String) -> Bool {
        finding = verdict(ok: false, firstBad: sequence, problem: problem)
        return false
    }

    private func verdict(
        ok: Bool, entries: Int64? = nil, firstBad: Int64? = nil, problem: String? = nil
    ) -> AuditVerdict {
        AuditVerdict(
            ok: ok, entries: entries ?? sound, firstBad: firstBad, problem: problem,
            checkpoint: agreed, forwardSecure: isForwardSecure, provenFrom: provenFrom ?? sound + 1)
    }
}
