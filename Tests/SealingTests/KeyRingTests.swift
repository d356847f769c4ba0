import Sealing
import Testing
import VaultModel

@Suite("Key rings")
struct KeyRingTests {
    private let folder = TemporaryFolder()
    private let vault = VaultID()
    private let tenant = TenantID()

    init() throws { try startSodium() }

    private func slotKey(_ name: String = "root.key") throws -> SlotKey {
        try KeyFile.create(at: folder.file(name), vault: vault)
    }

    @Test("Each slot opens the same root key")
    func slots() throws {
        let ring = try KeyRing(creating: vault)
        let wrapped = try ring.makeScopeKey(for: tenant, generation: 1)
        let keys = [try slotKey("a"), try slotKey("b"), try newRecoveryCode().key]
        for key in keys {
            let slot = try ring.wrapRoot(for: key)
            let opened = try KeyRing(unsealing: vault, slot: slot, key: key)
            #expect(opened.rootGeneration == 1)
            // What one ring wrapped under the root key, the other opens.
            #expect(throws: Never.self) {
                try opened.addScopeKey(wrapped, for: tenant, generation: 1)
            }
        }
    }

    @Test("What one ring sealed, a ring that was opened later opens")
    func survives() throws {
        let ring = try KeyRing(creating: vault)
        let wrapped = try ring.makeScopeKey(for: tenant, generation: 1)
        let key = try slotKey()
        let place = SecretPlace(
            tenant: tenant, secret: SecretID(), version: 1, destinations: DestinationList([]))
        let sealed = try ring.seal(try secret("s3cret"), at: place)
        let later = try KeyRing(unsealing: vault, slot: try ring.wrapRoot(for: key), key: key)
        try later.addScopeKey(wrapped, for: tenant, generation: 1)
        #expect(text(try later.open(sealed, at: place)) == "s3cret")
    }

    @Test("A wrong key is refused before anything is decrypted")
    func wrongKeyFirst() throws {
        let ring = try KeyRing(creating: vault)
        let key = try slotKey("a")
        let slot = try ring.wrapRoot(for: key)
        // Were the wrapped key looked at, it would be an unknown format.
        let nonsense = RootKeySlot(
            id: slot.id, parameters: slot.parameters, check: slot.check, wrapped: [1],
            wrappedKey: [])
        let other = RootKeySlot(
            id: slot.id, parameters: slot.parameters,
            check: try ring.wrapRoot(for: try slotKey("b")).check, wrapped: [1], wrappedKey: [])
        #expect(failure { _ = try KeyRing(unsealing: vault, slot: other, key: key) } == .wrongKey)
        #expect(
            failure { _ = try KeyRing(unsealing: vault, slot: nonsense, key: key) }
                == .unknownFormat(what: "the wrapped root key"))
    }

    @Test("A slot with any byte of its check value changed is refused as the wrong key")
    func changedCheck() throws {
        let key = try slotKey()
        let slot = try KeyRing(creating: vault).wrapRoot(for: key)
        for index in slot.check.indices {
            var check = slot.check
            check[index] ^= 1
            let changed = RootKeySlot(
                id: slot.id, parameters: slot.parameters, check: check, wrapped: slot.wrapped,
                wrappedKey: slot.wrappedKey)
            #expect(
                failure { _ = try KeyRing(unsealing: vault, slot: changed, key: key) } == .wrongKey)
        }
    }

    @Test("A slot with any byte of its wrapped key changed is refused")
    func changedWrap() throws {
        let key = try slotKey()
        let slot = try KeyRing(creating: vault).wrapRoot(for: key)
        for index in slot.wrapped.indices {
            var wrapped = slot.wrapped
            wrapped[index] ^= 1
            let changed = RootKeySlot(
                id: slot.id, parameters: slot.parameters, check: slot.check, wrapped: wrapped,
                wrappedKey: slot.wrappedKey)
            let found = failure { _ = try KeyRing(unsealing: vault, slot: changed, key: key) }
            #expect(found.map { index < 3 ? $0.isUnknownFormat : $0.isNotAuthentic } == true)
        }
    }

    @Test("A slot under another identity, kind or vault is refused")
    func movedSlot() throws {
        let key = try slotKey()
        let slot = try KeyRing(creating: vault).wrapRoot(for: key)
        let renamed = RootKeySlot(
            id: SlotID(), parameters: slot.parameters, check: slot.check, wrapped: slot.wrapped,
            wrappedKey: slot.wrappedKey)
        let retyped = RootKeySlot(
            id: slot.id, parameters: .recoveryCode, check: slot.check, wrapped: slot.wrapped,
            wrappedKey: slot.wrappedKey)
        for moved in [renamed, retyped] {
            #expect(
                failure { _ = try KeyRing(unsealing: vault, slot: moved, key: key) } == .wrongKey)
        }
        let found = failure { _ = try KeyRing(unsealing: VaultID(), slot: slot, key: key) }
        #expect(found?.isNotAuthentic == true)
    }

    @Test("The key of a slot comes back from the root key, and opens another root key's wrap")
    func rewraps() throws {
        let ring = try KeyRing(creating: vault)
        let next = try KeyRing(creating: vault)
        let key = try newRecoveryCode()
        let slot = try ring.wrapRoot(for: key.key)
        let rewrapped = try next.wrapRoot(for: try ring.slotKey(of: slot))
        #expect(rewrapped.check == slot.check)
        let typed = try RecoveryCode.read(try secret(key.text), slot: slot.id)
        let opened = try KeyRing(unsealing: vault, slot: rewrapped, key: typed)
        let wrapped = try next.makeScopeKey(for: tenant, generation: 1)
        #expect(throws: Never.self) {
            try opened.addScopeKey(wrapped, for: tenant, generation: 1)
        }
        // The slot that wraps the earlier root key does not give its key to the later one.
        #expect(failure { _ = try next.slotKey(of: slot) }?.isNotAuthentic == true)
        #expect(failure { _ = try ring.slotKey(of: rewrapped) }?.isNotAuthentic == true)
    }

    @Test("The wrapped key of a slot is bound to its slot, byte by byte")
    func changedSlotKey() throws {
        let ring = try KeyRing(creating: vault)
        let slot = try ring.wrapRoot(for: try slotKey("a"))
        let other = try ring.wrapRoot(for: try slotKey("b"))
        func with(_ wrappedKey: [UInt8], check: [UInt8]? = nil) -> RootKeySlot {
            RootKeySlot(
                id: slot.id, parameters: slot.parameters, check: check ?? slot.check,
                wrapped: slot.wrapped, wrappedKey: wrappedKey)
        }
        for index in slot.wrappedKey.indices {
            var changed = slot.wrappedKey
            changed[index] ^= 1
            #expect(failure { _ = try ring.slotKey(of: with(changed)) } != nil, "\(index)")
        }
        #expect(
            failure { _ = try ring.slotKey(of: with(other.wrappedKey)) }?.isNotAuthentic == true)
        let found = failure { _ = try ring.slotKey(of: with(slot.wrappedKey, check: other.check)) }
        #expect(found?.isNotAuthentic == true)
    }

    @Test("A scope key under another tenant, generation, vault or root key is refused")
    func movedScopeKey() throws {
        let ring = try KeyRing(creating: vault)
        let wrapped = try ring.makeScopeKey(for: tenant, generation: 1)
        let moves: [(KeyRing, TenantID, UInt32)] = [
            (ring, TenantID(), 1), (ring, .system, 1), (ring, tenant, 2), (ring, tenant, 0),
            (try KeyRing(creating: vault), tenant, 1),
            (try KeyRing(creating: VaultID()), tenant, 1),
        ]
        for (ring, tenant, generation) in moves {
            let found = failure {
                try ring.addScopeKey(wrapped, for: tenant, generation: generation)
            }
            #expect(found?.isNotAuthentic == true)
        }
    }

    @Test("A scope key with any byte changed is refused")
    func changedScopeKey() throws {
        let ring = try KeyRing(creating: vault)
        let wrapped = try ring.makeScopeKey(for: tenant, generation: 1)
        for index in wrapped.indices {
            var changed = wrapped
            changed[index] ^= 1
            #expect(
                failure { try ring.addScopeKey(changed, for: tenant, generation: 1) } != nil,
                "\(index)")
        }
    }

    @Test("A tenant without a key, and a generation that is not held, are unknown")
    func unknown() throws {
        let ring = try ring(vault, tenants: [tenant])
        #expect(failure { _ = try ring.keys(for: TenantID()) }?.isUnknownKey == true)
        #expect(throws: SealingError.unknownKey(what: "it", generation: 9)) {
            try ring.keys(for: tenant, generation: 9, what: "it")
        }
    }

    @Test("The newest generation seals, and the older ones still open")
    func generations() throws {
        let ring = try ring(vault, tenants: [tenant])
        let place = SecretPlace(
            tenant: tenant, secret: SecretID(), version: 1, destinations: DestinationList([]))
        let old = try ring.seal(try secret("old"), at: place)
        _ = try ring.makeScopeKey(for: tenant, generation: 2)
        let new = try ring.seal(try secret("new"), at: place)
        #expect(try SealedValue.generation(of: old.wrappedKey, what: "it") == 1)
        #expect(try SealedValue.generation(of: new.wrappedKey, what: "it") == 2)
        #expect(text(try ring.open(old, at: place)) == "old")
        #expect(text(try ring.open(new, at: place)) == "new")
    }

    @Test("Blind indexes differ by tenant and column, and not by case")
    func blindIndexes() throws {
        let other = TenantID()
        let ring = try ring(vault, tenants: [tenant, other])
        let keys = try ring.keys(for: tenant)
        let index = keys.blindIndex("Alerts", column: "secret.name")
        #expect(index == keys.blindIndex("alerts", column: "secret.name"))
        #expect(index != keys.blindIndex("alert", column: "secret.name"))
        #expect(index != keys.blindIndex("alerts", column: "connection.name"))
        #expect(index != (try ring.keys(for: other)).blindIndex("alerts", column: "secret.name"))
    }
}
