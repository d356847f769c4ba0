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
        let nothing: [UInt8] = []
        var node = [UInt8](repeating: 0, count: SHA256.byteCount)
        SHA256.hash(0, leaf.span, nothing.span, into: &node)
        var rest = size
        while rest & 1 == 1 {
            let last = nodes.count - SHA256.byteCount
            node = Self.parent(of: nodes, at: last, and: node)
            nodes.removeLast(SHA256.byteCount)
            rest >>= 1
        }
        nodes += node
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
            node = Self.parent(of: nodes, at: start, and: node)
        }
        return node
    }

    /// The node above the one that begins at `start` and `right`.
    private static func parent(
        of nodes: [UInt8], at start: Int, and right: [UInt8]
    ) -> [UInt8] {
        var node = [UInt8](repeating: 0, count: SHA256.byteCount)
        let left = nodes.span.extracting(start..<(start + SHA256.byteCount))
        SHA256.hash(1, left, right.span, into: &node)
        return node
    }
}
