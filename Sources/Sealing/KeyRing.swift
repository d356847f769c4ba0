private import Locking
internal import Sodium
package import VaultModel

/// The unsealed keys of a vault: the root key, which only wraps, and the scope keys it wraps.
///
/// Root key → key of the vault's own scope and of each tenant → one data key for each secret
/// version (`docs/formats/keys.md`).
package final class KeyRing: Sendable {
    /// The vault that the keys belong to.
    package let vault: VaultID
    /// Which generation the root key is.
    package let rootGeneration: UInt32
    private let root: SecretKey
    private let wrap: SecretKey
    private let scopes = Locked<[TenantID: [UInt32: ScopeKeys]]>([:])

    /// A new vault's keys, random.
    package convenience init(creating vault: VaultID) throws(SealingError) {
        do {
            try self.init(vault: vault, generation: 1, root: SecretKey(random: ()))
        } catch {
            throw .sodium(error)
        }
    }

    private init(vault: VaultID, generation: UInt32, root: SecretKey) throws(SodiumError) {
        self.vault = vault
        rootGeneration = generation
        self.root = root
        wrap = try root.derive(id: 1, context: "sgWrapKy")
    }

    // MARK: Slots

    /// Wraps the root key for a slot.
    package func wrapRoot(for slot: SlotKey) -> RootKeySlot {
        RootKeySlot(
            id: slot.id, kind: slot.kind, check: slot.check,
            wrapped: root.withSpan {
                SealedValue.seal(
                    $0, to: Self.slotData(vault, slot.id, slot.kind), key: slot.key,
                    generation: rootGeneration)
            })
    }

    /// Opens the root key of `vault` with a slot's key.
    ///
    /// - Throws: `.wrongKey` before anything is decrypted when the key is another (the check value
    /// commits
    ///   to it; Poly1305 alone does not), `.notAuthentic` when the slot was altered.
    package convenience init(
        unsealing vault: VaultID, slot: RootKeySlot, key: SlotKey
    ) throws(SealingError) {
        guard slot.id == key.id, slot.kind == key.kind,
            ConstantTime.equal(slot.check.span, key.check.span)
        else { throw .wrongKey }
        let bytes = try SealedValue.openSecret(
            slot.wrapped, to: Self.slotData(vault, slot.id, slot.kind), key: key.key,
            what: "the wrapped root key")
        let generation = try SealedValue.generation(of: slot.wrapped, what: "the wrapped root key")
        do {
            try self.init(vault: vault, generation: generation, root: SecretKey(bytes))
        } catch {
            throw .sodium(error)
        }
    }

    private static func slotData(_ vault: VaultID, _ slot: SlotID, _ kind: SlotKind)
        -> AssociatedData
    {
        AssociatedData([.text("sg1"), .text("rk"), .id(vault), .id(slot), .text(kind.rawValue)])
    }

    // MARK: Scope keys

    /// Makes the key of a scope, holds it, and returns it wrapped for storage.
    package func makeScopeKey(for scope: TenantID, generation: UInt32) throws(SealingError)
        -> [UInt8]
    {
        do {
            let key = try SecretKey(random: ())
            try hold(key, for: scope, generation: generation)
            return key.withSpan {
                SealedValue.seal(
                    $0, to: scopeData(scope, generation), key: wrap, generation: rootGeneration)
            }
        } catch {
            throw .sodium(error)
        }
    }

    /// Opens a stored scope key and holds it.
    package func addScopeKey(
        _ wrapped: [UInt8], for scope: TenantID, generation: UInt32
    ) throws(SealingError) {
        let what = scope == .system ? "the vault's own key" : "the key of tenant \(scope)"
        let bytes = try SealedValue.openSecret(
            wrapped, to: scopeData(scope, generation), key: wrap, what: what)
        do {
            try hold(SecretKey(bytes), for: scope, generation: generation)
        } catch {
            throw .sodium(error)
        }
    }

    private func hold(_ key: SecretKey, for scope: TenantID, generation: UInt32) throws(SodiumError)
    {
        let keys = try ScopeKeys(master: key, generation: generation)
        scopes.withLock { $0[scope, default: [:]][generation] = keys }
    }

    /// The keys that a scope seals with now: its newest generation.
    package func keys(for scope: TenantID) throws(SealingError) -> ScopeKeys {
        guard let keys = scopes.withLock({ $0[scope]?.max { $0.key < $1.key }?.value }) else {
            throw .unknownKey(what: "tenant \(scope)", generation: 0)
        }
        return keys
    }

    /// The keys of one generation of a scope.
    package func keys(
        for scope: TenantID, generation: UInt32, what: String
    ) throws(SealingError) -> ScopeKeys {
        guard let keys = scopes.withLock({ $0[scope]?[generation] }) else {
            throw .unknownKey(what: what, generation: generation)
        }
        return keys
    }

    private func scopeData(_ scope: TenantID, _ generation: UInt32) -> AssociatedData {
        AssociatedData([
            .text("sg1"), .text(scope == .system ? "sk" : "tk"), .id(vault), .id(scope),
            .number(Int64(generation)),
        ])
    }
}
