internal import Sodium
package import VaultModel

/// What protects a wrapped root key.
package enum SlotKind: String, Sendable, Hashable, Codable {
    case keyFile = "key-file"
    case recoveryCode = "recovery-code"
}

/// A stored slot: the root key wrapped for one protector; any one slot opens the vault.
package struct RootKeySlot: Sendable, Hashable {
    /// The slot's identity.
    package let id: SlotID
    /// What protects it.
    package let kind: SlotKind
    /// Commits to the slot's key, so that a wrong one is refused before decryption.
    package let check: [UInt8]
    /// The sealed root key.
    package let wrapped: [UInt8]

    /// A slot as it was stored.
    package init(id: SlotID, kind: SlotKind, check: [UInt8], wrapped: [UInt8]) {
        self.id = id
        self.kind = kind
        self.check = check
        self.wrapped = wrapped
    }
}

/// The key that a protector yields for its slot.
package struct SlotKey: Sendable {
    let id: SlotID
    let kind: SlotKind
    let key: SecretKey

    /// The value that commits to the key: BLAKE2b of `sgCommit` and the slot under it.
    var check: [UInt8] {
        let data = AssociatedData([.text("sgCommit"), .id(id), .text(kind.rawValue)])
        return Blake2b.hash(data.bytes.span, key: key)
    }

    init(id: SlotID, kind: SlotKind, key: SecretKey) {
        self.id = id
        self.kind = kind
        self.key = key
    }
}
