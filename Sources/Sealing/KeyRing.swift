private import Locking
package import Sodium
package import VaultModel

/// The unsealed keys of a vault: the root key, which only wraps, and the scope keys it wraps.
///
/// Root key → key of the vault's own scope and of each tenant → one data key for each secret
/// version (`docs/formats/keys.md`).
package final class KeyRing: Sendable {
    /// The vault that the keys belong to.
    package let vault: VaultID
    private let rootKey: Locked<RootKey>
    private let scopes = Locked<[TenantID: ScopeRing]>([:])

    /// Which generation the root key is.
    package var rootGeneration: UInt32 { rootKey.withLock { $0.generation } }

    var root: SecretKey { rootKey.withLock { $0.key } }

    /// A new vault's keys, random.
    package convenience init(creating vault: VaultID) throws(SealingError) {
        do {
            try self.init(vault: vault, generation: 1, root: SecretKey(random: ()))
        } catch {
            throw .sodium(error)
        }
    }

    init(vault: VaultID, generation: UInt32, root: SecretKey) throws(SodiumError) {
        self.vault = vault
        rootKey = Locked(try RootKey(root, generation: generation))
    }

    // MARK: Slots

    /// Wraps the root key for a slot, and the slot's key under the root key.
    package func wrapRoot(for slot: SlotKey) throws(SealingError) -> RootKeySlot {
        let slotWrap: SecretKey
        do {
            slotWrap = try root.derive(id: 1, context: "sgSlotKy")
        } catch {
            throw .sodium(error)
        }
        return RootKeySlot(
            id: slot.id, parameters: slot.parameters, check: slot.check,
            wrapped: root.withSpan {
                SealedValue.seal(
                    $0, to: Self.slotData("rk", vault, slot.id, slot.parameters), key: slot.key,
                    generation: rootGeneration)
            },
            wrappedKey: slot.key.withSpan {
                SealedValue.seal(
                    $0, to: Self.slotData("slot", vault, slot.id, slot.parameters), key: slotWrap,
                    generation: rootGeneration)
            })
    }

    /// The key of a slot whose secret is not at hand, so that another root key can be wrapped for
    /// it.
    ///
    /// - Throws: `.notAuthentic` when the slot was altered, or wrapped another root key.
    package func slotKey(of slot: RootKeySlot) throws(SealingError) -> SlotKey {
        let what = "the key of slot \(slot.id)"
        do {
            let bytes = try SealedValue.openSecret(
                slot.wrappedKey, to: Self.slotData("slot", vault, slot.id, slot.parameters),
                key: try root.derive(id: 1, context: "sgSlotKy"), what: what)
            let key = SlotKey(
                id: slot.id, parameters: slot.parameters, key: try SecretKey(bytes))
            guard ConstantTime.equal(slot.check.span, key.check.span) else {
                throw SealingError.notAuthentic(what: what)
            }
            return key
        } catch let error as SodiumError {
            throw .sodium(error)
        } catch let error as SealingError {
            throw error
        } catch {
            throw .notAuthentic(what: what)
        }
    }

    /// Opens the root key of `vault` with a slot's key.
    ///
    /// - Throws: `.wrongKey` before anything is decrypted when the key is another (the check value
    /// commits
    ///   to it; Poly1305 alone does not), `.notAuthentic` when the slot was altered.
    package convenience init(
        unsealing vault: VaultID, slot: RootKeySlot, key: SlotKey
    ) throws(SealingError) {
        guard slot.id == key.id, slot.parameters == key.parameters,
            ConstantTime.equal(slot.check.span, key.check.span)
        else { throw .wrongKey }
        let bytes = try SealedValue.openSecret(
            slot.wrapped, to: Self.slotData("rk", vault, slot.id, slot.parameters), key: key.key,
            what: "the wrapped root key")
        let generation = try SealedValue.generation(of: slot.wrapped, what: "the wrapped root key")
        do {
            try self.init(vault: vault, generation: generation, root: SecretKey(bytes))
        } catch {
            throw .sodium(error)
        }
    }

    private static func slotData(
        _ purpose: String, _ vault: VaultID, _ slot: SlotID, _ parameters: SlotParameters
    ) -> AssociatedData {
        AssociatedData([
            .text("sg1"), .text(purpose), .id(vault), .id(slot), .text(parameters.kind.rawValue),
            .bytes(parameters.encoded),
        ])
    }

    // MARK: Backups

    /// The key that the file keys of backups are sealed under.
    package func backupKey() throws(SealingError) -> SecretKey {
        do {
            return try root.derive(id: 1, context: "sgBackup")
        } catch {
            throw .sodium(error)
        }
    }

    /// Seals `fileKey` and the root key to somebody outside, who can then open all of a backup.
    package func escrow(
        _ fileKey: SecretKey, to recipient: BoxPublicKey
    ) throws(SealingError) -> [UInt8] {
        do {
            return try fileKey.withSpan { (first) throws(SodiumError) in
                let both = try root.withSpan { (second) throws(SodiumError) in
                    try SecretBytes(copying: first).appending(second)
                }
                return try both.withSpan { (span) throws(SodiumError) in
                    try SealedBox.seal(span, to: recipient)
                }
            }
        } catch {
            throw .sodium(error)
        }
    }

    /// Opens what ``escrow(_:to:)`` sealed: the file key, and the keys of `vault`.
    ///
    /// - Throws: `.wrongKey` when the box is not for `recipient`.
    package static func openEscrow(
        _ box: [UInt8], of vault: VaultID, rootGeneration: UInt32, with recipient: BoxKeyPair
    ) throws(SealingError) -> (ring: KeyRing, fileKey: SecretKey) {
        do throws(SodiumError) {
            let both = try SealedBox.openSecret(box.span, with: recipient)
            guard both.count == 2 * SecretKey.byteCount else { throw SodiumError.notAuthentic }
            return try both.withSpan { (span) throws(SodiumError) -> (KeyRing, SecretKey) in
                let fileKey = try SecretKey(copying: span.extracting(first: SecretKey.byteCount))
                let root = try SecretKey(copying: span.extracting(last: SecretKey.byteCount))
                return (try KeyRing(vault: vault, generation: rootGeneration, root: root), fileKey)
            }
        } catch .notAuthentic {
            throw .wrongKey
        } catch {
            throw .sodium(error)
        }
    }

    // MARK: Scope keys

    /// Makes the first key of a scope, or its next one, holds it, and returns it wrapped for storage.
    ///
    /// Only for a scope that nobody seals in yet: see ``prepareScopeKey(for:)`` for others.
    package func makeScopeKey(for scope: TenantID, generation: UInt32) throws(SealingError)
        -> [UInt8]
    {
        let made = try newScopeKey(for: scope, generation: generation)
        adopt(made)
        return made.wrapped
    }

    /// Makes the next key of a scope without holding it: nothing is sealed under a key that is not
    /// stored yet.
    package func prepareScopeKey(for scope: TenantID) throws(SealingError) -> NewScopeKey {
        try newScopeKey(for: scope, generation: try keys(for: scope).generation + 1)
    }

    /// Holds a key that was prepared and is stored by now: it seals from here on.
    package func adopt(_ made: NewScopeKey) {
        scopes.withLock { $0[made.scope, default: ScopeRing()].hold(made.keys) }
    }

    private func newScopeKey(
        for scope: TenantID, generation: UInt32
    ) throws(SealingError) -> NewScopeKey {
        do {
            let index = scopes.withLock { $0[scope]?.newest?.index }
            let keys = try ScopeKeys(
                master: SecretKey(random: ()), index: index ?? SecretKey(random: ()),
                generation: generation)
            return NewScopeKey(
                scope: scope, keys: keys,
                wrapped: try wrap(keys.bytes(), data: scopeData("tk", scope, generation)))
        } catch let error as SealingError {
            throw error
        } catch let error as SodiumError {
            throw .sodium(error)
        } catch {
            throw .notAuthentic(what: "a key")
        }
    }

    /// Opens a stored scope key and holds it.
    package func addScopeKey(
        _ wrapped: [UInt8], for scope: TenantID, generation: UInt32
    ) throws(SealingError) {
        let what = scope == .system ? "the vault's own key" : "the key of tenant \(scope)"
        let bytes = try unwrap(wrapped, data: scopeData("tk", scope, generation), what)
        do {
            let keys = try ScopeKeys(bytes, generation: generation)
            scopes.withLock { $0[scope, default: ScopeRing()].hold(keys) }
        } catch {
            throw .sodium(error)
        }
    }

    /// Opens what is stored of a generation that no row is sealed under any more, and holds it.
    package func addAuditKey(
        _ wrapped: [UInt8], for scope: TenantID, generation: UInt32
    ) throws(SealingError) {
        let bytes = try unwrap(
            wrapped, data: scopeData("ta", scope, generation), "an audit key of tenant \(scope)")
        do {
            let key = try SecretKey(bytes)
            scopes.withLock {
                $0[scope, default: ScopeRing()].hold(auditKey: key, generation: generation)
            }
        } catch {
            throw .sodium(error)
        }
    }

    /// What is to be stored of a generation that no row is sealed under any more: the key of its
    /// audit entries, wrapped.
    package func wrapAuditKey(
        for scope: TenantID, generation: UInt32
    ) throws(SealingError) -> [UInt8] {
        let key = try auditKey(for: scope, generation: generation, what: "a key")
        return key.withSpan {
            SealedValue.seal(
                $0, to: scopeData("ta", scope, generation), key: wrapping.wrap,
                generation: rootGeneration)
        }
    }

    /// Keeps of a generation what its audit entries need.
    package func retire(_ generation: UInt32, of scope: TenantID) throws(SealingError) {
        let key = try auditKey(for: scope, generation: generation, what: "a key")
        scopes.withLock { $0[scope]?.hold(auditKey: key, generation: generation) }
    }

    /// Lets every key of a scope go.
    package func forget(_ scope: TenantID) { scopes.withLock { $0[scope] = nil } }

    /// Whether any key of a scope is held.
    package func holds(_ scope: TenantID) -> Bool { scopes.withLock { $0[scope] != nil } }

    /// The generations that rows of a scope may be sealed under, of which the last seals.
    package func generations(of scope: TenantID) -> [UInt32] {
        scopes.withLock { $0[scope]?.generations ?? [] }
    }

    /// The scopes that an interrupted sweep left with more than one such generation.
    package var scopesBetweenGenerations: [TenantID] {
        scopes.withLock { scopes in scopes.filter { $0.value.open.count > 1 }.map(\.key) }
    }

    /// The keys that a scope seals with now: its newest generation.
    package func keys(for scope: TenantID) throws(SealingError) -> ScopeKeys {
        guard let keys = scopes.withLock({ $0[scope]?.newest }) else {
            throw .unknownKey(what: "tenant \(scope)", generation: 0)
        }
        return keys
    }

    /// The keys of one generation of a scope.
    package func keys(
        for scope: TenantID, generation: UInt32, what: String
    ) throws(SealingError) -> ScopeKeys {
        guard let keys = scopes.withLock({ $0[scope]?.open[generation] }) else {
            throw .unknownKey(what: what, generation: generation)
        }
        return keys
    }

    /// The key of the audit entries of one generation of a scope, which is kept longer.
    package func auditKey(
        for scope: TenantID, generation: UInt32, what: String
    ) throws(SealingError) -> SecretKey {
        guard let key = scopes.withLock({ $0[scope]?.auditKey(generation) }) else {
            throw .unknownKey(what: what, generation: generation)
        }
        return key
    }

    /// Lets every key of a scope go, and returns them in case its destruction fails.
    package func release(_ scope: TenantID) -> ReleasedScope? {
        scopes.withLock { $0.removeValue(forKey: scope) }.map {
            ReleasedScope(scope: scope, ring: $0)
        }
    }

    /// Holds the keys of a scope again.
    package func takeBack(_ released: ReleasedScope) {
        scopes.withLock { $0[released.scope] = released.ring }
    }

    // MARK: Wrapping

    /// Uses the root key of `next` from here on; everything is stored wrapped under it by now.
    package func adoptRoot(of next: KeyRing) {
        let root = next.wrapping
        rootKey.withLock { $0 = root }
    }

    var wrapping: RootKey { rootKey.withLock { $0 } }

    func wrap(_ bytes: borrowing SecretBytes, data: AssociatedData) -> [UInt8] {
        let root = wrapping
        return bytes.withSpan {
            SealedValue.seal($0, to: data, key: root.wrap, generation: root.generation)
        }
    }

    func unwrap(
        _ wrapped: [UInt8], data: AssociatedData, _ what: String
    ) throws(SealingError) -> SecretBytes {
        try SealedValue.openSecret(wrapped, to: data, key: wrapping.wrap, what: what)
    }

    func scopeData(
        _ purpose: String, _ scope: TenantID, _ generation: UInt32
    ) -> AssociatedData {
        AssociatedData([
            .text("sg1"), .text(scope == .system ? "sk" : purpose), .id(vault), .id(scope),
            .number(Int64(generation)),
        ])
    }
}

/// The keys of a scope that a ring has let go.
package struct ReleasedScope: Sendable {
    let scope: TenantID
    let ring: ScopeRing
}

/// A key of a scope that was made and is not stored yet.
package struct NewScopeKey: Sendable {
    /// Whose it is.
    package let scope: TenantID
    /// What is to be stored.
    package let wrapped: [UInt8]
    /// Its generation.
    package var generation: UInt32 { keys.generation }
    let keys: ScopeKeys

    fileprivate init(scope: TenantID, keys: ScopeKeys, wrapped: [UInt8]) {
        self.scope = scope
        self.keys = keys
        self.wrapped = wrapped
    }
}
