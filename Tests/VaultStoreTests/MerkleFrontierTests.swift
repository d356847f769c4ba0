import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("The Merkle tree")
struct MerkleFrontierTests {
    /// The leaves and roots of the reference implementation of RFC 6962 (certificate-transparency,
    /// `merkletree/merkle_tree_test.cc`).
    private static let leaves = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    private static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test("The roots of growing trees are those of the reference implementation")
    func vectors() throws {
        var tree = MerkleFrontier()
        #expect(Hex.encode(tree.root) == Self.roots[0])
        for (leaf, root) in zip(Self.leaves, Self.roots.dropFirst()) {
            let bytes = try #require(Hex.decode(leaf))
            tree.append(bytes)
            #expect(Hex.encode(tree.root) == root)
        }
    }

    @Test("The root is that of the definition, and the subtrees alone go on where they were left")
    func definition() throws {
        var tree = MerkleFrontier()
        var leaves: [[UInt8]] = []
        for number in 0..<130 {
            #expect(tree.root == Self.root(of: leaves[...]))
            let leaf = [UInt8(number), 7]
            leaves.append(leaf)
            tree = try #require(MerkleFrontier(size: tree.size, nodes: tree.nodes))
            tree.append(leaf)
        }
        #expect(tree.size == 130)
    }

    @Test("Leaves that are added together make the tree that they make one by one")
    func together() {
        let leaves = (0..<40).flatMap { [UInt8](repeating: UInt8($0), count: 64) }
        for first in 0...40 {
            var single = MerkleFrontier()
            for start in stride(from: 0, to: leaves.count, by: 64) {
                single.append(Array(leaves[start..<(start + 64)]))
            }
            var joint = MerkleFrontier()
            joint.append(leaves.span.extracting(..<(first * 64)), leafBytes: 64)
            joint.append(leaves.span.extracting((first * 64)...), leafBytes: 64)
            #expect(joint == single)
        }
    }

    /// `MTH` as RFC 6962 §2.1 defines it.
    private static func root(of leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        guard let first = leaves.first else {
            let nothing: [UInt8] = []
            return SHA256.hash(nothing.span)
        }
        guard leaves.count > 1 else {
            let input = [0] + first
            return SHA256.hash(input.span)
        }
        var half = 1
        while half * 2 < leaves.count { half *= 2 }
        let input = [1] + root(of: leaves.prefix(half)) + root(of: leaves.dropFirst(half))
        return SHA256.hash(input.span)
    }

    @Test("Subtrees that do not fit the size are refused", arguments: [0, 1, 3, 4] as [Int])
    func refusesOthers(nodes: Int) {
        let bytes = [UInt8](repeating: 1, count: 32 * nodes)
        #expect(MerkleFrontier(size: 5, nodes: bytes) == nil)
        #expect(MerkleFrontier(size: -1, nodes: bytes) == nil)
        #expect(MerkleFrontier(size: 5, nodes: [UInt8](repeating: 1, count: 63)) == nil)
    }
}
