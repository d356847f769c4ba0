package import Sodium

/// The working keys of one tenant, or of the vault itself, all derived from one wrapped key.
package final class ScopeKeys: Sendable {
    /// Which generation of the scope's key these come from.
    package let generation: UInt32
    /// Wraps the data key of each secret version.
    package let dataKeyWrap: SecretKey
    /// Authenticates whole rows.
    package let rowMAC: SecretKey
    /// Seals columns.
    package let columns: SecretKey
    /// Seals audit detail.
    package let auditDetail: SecretKey
    /// The key of the blind indexes, which stays when the generation changes: names are found and
    /// kept apart by their indexes while rows of two generations stand side by side.
    let index: SecretKey
    private let blindIndexes: SecretKey
    private let master: SecretKey

    init(master: SecretKey, index: SecretKey, generation: UInt32) throws(SodiumError) {
        self.master = master
        self.index = index
        self.generation = generation
        dataKeyWrap = try master.derive(id: 1, context: "sgDEKwrp")
        rowMAC = try master.derive(id: 1, context: "sgRowMac")
        columns = try master.derive(id: 1, context: "sgColEnc")
        auditDetail = try master.derive(id: 1, context: "sgAudEnc")
        blindIndexes = try index.derive(id: 1, context: "sgBlindX")
    }

    /// Keys that were wrapped: the scope's key and behind it that of its blind indexes.
    convenience init(_ bytes: borrowing SecretBytes, generation: UInt32) throws(SodiumError) {
        guard bytes.count == 2 * SecretKey.byteCount else {
            throw .wrongLength(expected: 2 * SecretKey.byteCount, actual: bytes.count)
        }
        let master = try bytes.withSpan { (span) throws(SodiumError) in
            try SecretKey(copying: span.extracting(0..<SecretKey.byteCount))
        }
        let index = try bytes.withSpan { (span) throws(SodiumError) in
            try SecretKey(copying: span.extracting(SecretKey.byteCount...))
        }
        try self.init(master: master, index: index, generation: generation)
    }

    /// What is wrapped.
    func bytes() throws(SodiumError) -> SecretBytes {
        try SecretBytes(count: 2 * SecretKey.byteCount) { target in
            master.withSpan { for place in $0.indices { target[place] = $0[place] } }
            index.withSpan {
                for place in $0.indices { target[SecretKey.byteCount + place] = $0[place] }
            }
        }
    }

    /// The key of the token hashes; only the vault's own scope has one in use.
    package func tokenPepper() throws(SodiumError) -> SecretKey {
        try master.derive(id: 1, context: "sgTokHsh")
    }

    /// The key of the head row.
    package func headMAC() throws(SodiumError) -> SecretKey {
        try master.derive(id: 1, context: "sgHeadMc")
    }

    /// The key of the anchor beside the database.
    package func anchorMAC() throws(SodiumError) -> SecretKey {
        try master.derive(id: 1, context: "sgAnchor")
    }

    /// The key of the ids under which the head row remembers sinks.
    package func sinkIndex() throws(SodiumError) -> SecretKey {
        try master.derive(id: 2, context: "sgAnchor")
    }

    /// The key of the state digest, under another number than that of the head row.
    package func stateDigest() throws(SodiumError) -> SecretKey {
        try master.derive(id: 2, context: "sgHeadMc")
    }

    /// The blind index of a value: equal values of one column and tenant are equal, and nothing
    /// else shows (`docs/formats/vault-database.md`).
    package func blindIndex(_ value: String, column: String) -> [UInt8] {
        let data = AssociatedData([.text(column), .text(value.lowercased())])
        return Blake2b.hash(data.bytes.span, key: blindIndexes, count: 16)
    }
}
