internal import Sodium

/// A Merkle tree (RFC 6962 §2.1) that only grows, as the roots of its complete subtrees.
///
/// Appending costs as many hashes as the size ends with ones, O(log n) at most; the root O(log n).
package struct MerkleFrontier: Sendable, Hashable {
    /// How many leaves the tree has.
    package private(set) var size: Int64 = 0
    /// 32 bytes for each bit that is set in `size`, the largest subtree first.
    package private(set) var nodes: [UInt8] = []

    /// An empty tree.
    package init() {}

    /// The tree of `size` leaves with those roots, or `nil` when their number does not fit.
    package init?(size: Int64, nodes: [UInt8]) {
        guard size >= 0, nodes.count == size.nonzeroBitCount * SHA256.byteCount else { return nil }
        self.size = size
        self.nodes = nodes
    }

    /// Adds a leaf with the data `leaf`.
    package mutating func append(_ leaf: [UInt8]) {
        var node = Self.emptyNode
        append(leaf.span, through: &node)
    }

    /// Adds leaves whose data have the same size and lie one behind the other.
    ///
    /// - Parameter leafBytes: The size of each, more than 0.
    package mutating func append(_ leaves: Span<UInt8>, leafBytes: Int) {
        precondition(leafBytes > 0 && leaves.count % leafBytes == 0, "leaves have one size")
        var node = Self.emptyNode
        for start in stride(from: 0, to: leaves.count, by: leafBytes) {
            append(leaves.extracting(start..<(start + leafBytes)), through: &node)
        }
    }

    /// Adds a leaf; `node` is a place for 32 bytes.
    private mutating func append(_ leaf: Span<UInt8>, through node: inout [UInt8]) {
        let nothing: [UInt8] = []
        SHA256.hash(0, leaf, nothing.span, into: &node)
        var rest = size
        while rest & 1 == 1 {
            Self.join(nodes, at: nodes.count - SHA256.byteCount, with: &node)
            nodes.removeLast(SHA256.byteCount)
            rest >>= 1
        }
        nodes.append(copying: node.span)
        size += 1
    }

    /// The root of the whole tree, 32 bytes.
    package var root: [UInt8] {
        guard size > 0 else {
            let nothing: [UInt8] = []
            return SHA256.hash(nothing.span)
        }
        var start = nodes.count - SHA256.byteCount
        var node = Array(nodes[start...])
        while start > 0 {
            start -= SHA256.byteCount
            Self.join(nodes, at: start, with: &node)
        }
        return node
    }

    private static let emptyNode = [UInt8](repeating: 0, count: SHA256.byteCount)

    /// Makes of `right` the node above the one that begins at `start` and itself.
    private static func join(_ nodes: [UInt8], at start: Int, with right: inout [UInt8]) {
        SHA256.join(
            1, nodes.span.extracting(start..<(start + SHA256.byteCount)), with: &right)
    }
}
