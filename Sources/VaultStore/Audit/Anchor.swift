internal import Sealing
internal import Sodium
package import VaultModel

/// What lies beside the database to tell whether that is an earlier copy: which entry of the audit
/// log was the last, and its code.
package struct Anchor: Sendable, Hashable {
    /// More than any anchor has, in bytes.
    package static let byteLimit = 512
    private static let title = "signet-anchor-1"

    /// The vault that it belongs to.
    package let vault: VaultID
    /// The number of the last entry.
    package let sequence: Int64
    /// The chain's code after that entry, 32 bytes.
    package let chain: [UInt8]
    /// The generation of the root key.
    package let rootGeneration: UInt32
    /// The code over all of it, 32 bytes.
    private let mac: [UInt8]

    init(
        vault: VaultID, sequence: Int64, chain: [UInt8], rootGeneration: UInt32, key: SecretKey
    ) {
        self.vault = vault
        self.sequence = sequence
        self.chain = chain
        self.rootGeneration = rootGeneration
        mac = Self.mac(vault, sequence, chain, rootGeneration, key)
    }

    /// Reads what ``document`` writes, or returns `nil` when it is something else.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.byteLimit else { return nil }
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.count == 7, lines[0] == Self.title, lines[6].isEmpty else { return nil }
        func value(_ index: Int, _ name: String) -> Substring? {
            lines[index].hasPrefix(name + " ") ? lines[index].dropFirst(name.count + 1) : nil
        }
        guard let vault = value(1, "vault").flatMap({ VaultID($0) }),
            let sequence = value(2, "sequence").flatMap({ Int64($0) }), sequence >= 0,
            let chain = value(3, "chain").flatMap({ Hex.decode($0) }), chain.count == 32,
            let root = value(4, "root").flatMap({ UInt32($0) }),
            let mac = value(5, "mac").flatMap({ Hex.decode($0) }), mac.count == 32
        else { return nil }
        self.vault = vault
        self.sequence = sequence
        self.chain = chain
        rootGeneration = root
        self.mac = mac
        // One anchor has one text.
        guard document == bytes else { return nil }
    }

    /// The anchor as it is written.
    package var document: [UInt8] {
        Array(
            """
            \(Self.title)
            vault \(vault)
            sequence \(sequence)
            chain \(Hex.encode(chain))
            root \(rootGeneration)
            mac \(Hex.encode(mac))

            """.utf8)
    }

    /// Whether the code is the one that `key` gives.
    func isAuthentic(_ key: SecretKey) -> Bool {
        let expected = Self.mac(vault, sequence, chain, rootGeneration, key)
        return ConstantTime.equal(expected.span, mac.span)
    }

    private static func mac(
        _ vault: VaultID, _ sequence: Int64, _ chain: [UInt8], _ rootGeneration: UInt32,
        _ key: SecretKey
    ) -> [UInt8] {
        let data = AssociatedData([
            .text("sg1"), .text("anchor"), .id(vault), .number(sequence), .bytes(chain),
            .number(Int64(rootGeneration)),
        ])
        return Blake2b.hash(data.bytes.span, key: key)
    }
}
