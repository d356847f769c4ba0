package import Sodium
private import VaultModel

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
    private let blindIndexes: SecretKey
    private let master: SecretKey

    init(master: SecretKey, generation: UInt32) throws(SodiumError) {
        self.master = master
        self.generation = generation
        dataKeyWrap = try master.derive(id: 1, context: "sgDEKwrp")
        rowMAC = try master.derive(id: 1, context: "sgRowMac")
        columns = try master.derive(id: 1, context: "sgColEnc")
        auditDetail = try master.derive(id: 1, context: "sgAudEnc")
        blindIndexes = try master.derive(id: 1, context: "sgBlindX")
    }

    /// The key of the token hashes; only the vault's own scope has one in use.
    package func tokenPepper() throws(SodiumError) -> SecretKey {
        try master.derive(id: 1, context: "sgTokHsh")
    }

    /// The key of the head row.
    package func headMAC() throws(SodiumError) -> SecretKey {
        try master.derive(id: 1, context: "sgHeadMc")
    }

    /// The key of the audit chain, and the state digest under another number.
    package func auditChain() throws(SodiumError) -> SecretKey {
        try master.derive(id: 1, context: "sgAudMac")
    }

    /// The key of the state digest.
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
