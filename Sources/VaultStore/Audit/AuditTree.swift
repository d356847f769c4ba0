/// Builds the tree of the entries that a walk found sound, and compares it with what was signed.
struct AuditTree: Sendable {
    /// The size of a leaf, in bytes.
    static let leafBytes = 64

    /// The tree of the entries so far.
    private(set) var tree = MerkleFrontier()
    /// The newest checkpoint that agrees; `nil` before the first.
    private(set) var agreed: AuditVerdict.AgreedCheckpoint?
    /// The first checkpoint that does not agree.
    private(set) var disagreed: Checkpoint?
    /// What was signed and is not compared yet, the smallest first.
    private(set) var open: ArraySlice<Checkpoint>

    /// Begins before the first entry.
    init(_ checkpoints: [Checkpoint]) {
        open = checkpoints.sorted { $0.size < $1.size }[...]
    }

    /// The tree with more entries, given as `ChainCode` appends their leaves; it stays as it is
    /// once a checkpoint does not agree.
    func taking(_ leaves: [UInt8]) -> AuditTree {
        var grown = self
        grown.take(leaves)
        return grown
    }

    /// Adds entries; see ``taking(_:)``.
    mutating func take(_ leaves: [UInt8]) {
        var start = 0
        while compare(), start < leaves.count {
            let left = (leaves.count - start) / Self.leafBytes
            let count = open.first.map { Int(min($0.size - tree.size, Int64(left))) } ?? left
            let end = start + count * Self.leafBytes
            tree.append(leaves.span.extracting(start..<end), leafBytes: Self.leafBytes)
            start = end
        }
    }

    /// Compares what was signed of as many entries as there are; whether all agree so far.
    private mutating func compare() -> Bool {
        guard disagreed == nil else { return false }
        while let next = open.first, next.size <= tree.size {
            guard next.size == tree.size, next.root == tree.root else {
                disagreed = next
                return false
            }
            agreed = AuditVerdict.AgreedCheckpoint(
                size: tree.size, root: next.rootText, compared: (agreed?.compared ?? 0) + 1)
            open.removeFirst()
        }
        return true
    }
}
