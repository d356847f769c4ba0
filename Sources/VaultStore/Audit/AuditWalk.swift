internal import SQLite
internal import Sealing
internal import Sodium
internal import VaultModel

/// A walk along the chain, which ends at the first entry that does not fit.
struct AuditWalk: Sendable {
    private let open: AuditEpoch
    private var key: SecretKey?
    private let isForwardSecure: Bool
    private var epoch: Int64 = 0
    private var code = ChainCode()
    private var leaves: [UInt8] = []
    private var provenFrom: Int64?
    private var failure: (firstBad: Int64, problem: String)?

    /// Whether the tree is needed: codes alone prove every entry when the first key is there.
    private let hasTree: Bool
    /// How many entries are sound, from the first.
    private(set) var sound: Int64 = 0
    /// Whether an entry did not fit.
    var isOver: Bool { failure != nil }

    /// Begins before the first entry.
    ///
    /// - Parameters:
    ///   - first: The key of epoch 0; without it, codes are proven from the open epoch on.
    ///   - open: The epoch that was open when the walk began.
    ///   - hasCheckpoints: Whether there is something signed to compare with.
    init(first: SecretKey?, open: AuditEpoch, isForwardSecure: Bool, hasCheckpoints: Bool) {
        key = first
        self.open = open
        self.isForwardSecure = isForwardSecure
        hasTree = first == nil || hasCheckpoints
    }

    /// Walks over the next entries, up to the first that does not fit.
    mutating func take(_ page: AuditPage) throws(SQLiteError) {
        if hasTree { leaves.reserveCapacity(page.rows.count * AuditTree.leafBytes) }
        let bytes = page.bytes.span
        for row in page.rows {
            guard try take(row, bytes) else { return }
        }
    }

    /// What the tree has of the entries that were taken since it was asked for before.
    mutating func takeLeaves() -> [UInt8] {
        defer { leaves = [] }
        return leaves
    }

    /// Takes the next entry; whether it fits.
    private mutating func take(
        _ row: AuditPage.Row, _ bytes: Span<UInt8>
    ) throws(SQLiteError) -> Bool {
        let expected = sound + 1
        guard row.sequence == expected else {
            return fail(
                at: min(row.sequence, expected),
                row.sequence > expected ? "is missing" : "was put in")
        }
        guard try enter(epoch: row.epoch, at: expected) else {
            return fail(at: expected, "was changed")
        }
        code.take(bytes.extracting(row.start..<row.code))
        let stored = bytes.extracting(row.code..<row.end)
        let fits: Bool
        if let key {
            code.advance(with: key)
            fits = ConstantTime.equal(code.mac.span, stored)
        } else {
            code.skip(to: stored)
            fits = stored.count == SecretKey.byteCount
        }
        guard fits else { return fail(at: expected, "was changed") }
        if hasTree { code.appendLeaf(to: &leaves) }
        sound = expected
        return true
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

    // MARK: Verdict

    /// What the walk and the tree of its entries found, given what the head row says of the chain's
    /// end.
    func verdict(at head: ChainState, _ tree: AuditTree) -> AuditVerdict {
        let from = (tree.agreed?.size ?? 0) + 1
        if let signed = tree.disagreed {
            var verdict = verdict(
                tree, entries: from - 1, firstBad: from,
                problem: "or a later one, up to \(signed.size), is not what the checkpoint of "
                    + "\(signed.size) entries was signed for")
            verdict.provenFrom = min(verdict.provenFrom, tree.tree.size + 1)
            return verdict
        }
        if let failure {
            return verdict(tree, firstBad: failure.firstBad, problem: failure.problem)
        }
        if sound < head.sequence || !tree.open.isEmpty {
            return verdict(tree, firstBad: sound + 1, problem: "is missing")
        }
        if sound > head.sequence || (key != nil && code.mac != head.auditMAC) {
            return verdict(
                tree, entries: head.sequence, firstBad: head.sequence + 1, problem: "was put in")
        }
        guard !hasTree || tree.tree == head.tree, code.mac == head.auditMAC else {
            return verdict(
                tree, entries: from - 1, firstBad: from,
                problem: "or a later one was changed; the auditor's key tells which")
        }
        return verdict(tree, firstBad: nil)
    }

    private mutating func fail(at sequence: Int64, _ problem: String) -> Bool {
        failure = (sequence, problem)
        return false
    }

    private func verdict(
        _ tree: AuditTree, entries: Int64? = nil, firstBad: Int64?, problem: String? = nil
    ) -> AuditVerdict {
        AuditVerdict(
            ok: firstBad == nil, entries: entries ?? sound, firstBad: firstBad, problem: problem,
            checkpoint: tree.agreed, forwardSecure: isForwardSecure,
            provenFrom: provenFrom ?? sound + 1)
    }
}
