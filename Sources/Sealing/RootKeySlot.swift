internal import Sodium
package import VaultModel

/// A stored slot: the root key wrapped for one protector; any one slot opens the vault.
package struct RootKeySlot: Sendable, Hashable {
    /// The slot's identity.
    package let id: SlotID
    /// What protects it, and what the protector needs besides its secret.
    package let parameters: SlotParameters
    /// Commits to the slot's key, so that a wrong one is refused before decryption.
    package let check: [UInt8]
    /// The root key, sealed under the slot's key.
    package let wrapped: [UInt8]
    /// The slot's key, sealed under a key of the root key: whoever has the vault open can wrap
    /// another root key for the slot without its secret.
    package let wrappedKey: [UInt8]

    /// What protects it.
    package var kind: SlotKind { parameters.kind }

    /// A slot as it was stored.
    package init(
        id: SlotID, parameters: SlotParameters, check: [UInt8], wrapped: [UInt8],
        wrappedKey: [UInt8]
    ) {
        self.id = id
        self.parameters = parameters
        self.check = check
        self.wrapped = wrapped
        self.wrappedKey = wrappedKey
    }
}

/// The key that a protector yields for its slot.
package struct SlotKey: Sendable {
    /// The slot's identity.
    package let id: SlotID
    /// What the protector needs besides its secret.
    package let parameters: SlotParameters
    let key: SecretKey

    /// What protects the slot.
    package var kind: SlotKind { parameters.kind }

    /// The value that commits to the key: BLAKE2b of `sgCommit`, the slot and its parameters under
    /// it.
    var check: [UInt8] {
        let data = AssociatedData(
            [.text("sgCommit"), .id(id), .text(kind.rawValue), .bytes(parameters.encoded)])
        return Blake2b.hash(data.bytes.span, key: key)
    }

    init(id: SlotID, parameters: SlotParameters, key: SecretKey) {
        self.id = id
        self.parameters = parameters
        self.key = key
    }
}
