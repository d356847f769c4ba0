import Sealing
import Sodium
import Testing
import VaultModel

@Suite("Sealed secrets")
struct SecretSealerTests {
    private let tenant = TenantID()
    private let other = TenantID()
    private let id = SecretID()
    private let ring: KeyRing

    init() throws {
        try startSodium()
        ring = try SealingTests.ring(tenants: [tenant, other])
    }

    private func place(
        tenant: TenantID? = nil, secret: SecretID? = nil, version: Int64 = 1,
        destinations: [String] = ["a.example.org"]
    ) -> SecretPlace {
        SecretPlace(
            tenant: tenant ?? self.tenant, secret: secret ?? id, version: version,
            destinations: DestinationList(destinations.map(destination)))
    }

    private func destination(_ host: String) -> Destination {
        Destination(
            connection: .system, settings: ConnectionSettings(host: host, from: "a@example.org"))
    }

    @Test("A secret of any size opens where it belongs", arguments: [0, 1, 127, 128, 129, 16_384])
    func opens(size: Int) throws {
        let value = String(repeating: "x", count: size)
        let sealed = try ring.seal(try secret(value), at: place())
        #expect(text(try ring.open(sealed, at: place())) == value)
    }

    @Test("The size of a short secret does not show")
    func hidesSize() throws {
        let sizes = try [0, 1, 8, 64, 127].map { size in
            try ring.seal(try secret(String(repeating: "x", count: size)), at: place()).payload
                .count
        }
        #expect(Set(sizes).count == 1)
        #expect(
            try ring.seal(try secret(String(repeating: "x", count: 128)), at: place())
                .payload.count == sizes[0] + 128)
    }

    @Test("Sealing the same secret again shares no byte string with the first time")
    func fresh() throws {
        let first = try ring.seal(try secret("s"), at: place())
        let second = try ring.seal(try secret("s"), at: place())
        #expect(first.wrappedKey != second.wrappedKey)
        #expect(first.payload != second.payload)
    }

    @Test("A secret moved to another version, secret, tenant or destination list does not open")
    func moved() throws {
        let sealed = try ring.seal(try secret("s"), at: place())
        let elsewhere = [
            place(version: 2), place(version: 0), place(version: -1), place(secret: SecretID()),
            place(tenant: other), place(destinations: []), place(destinations: ["b.example.org"]),
            place(destinations: ["a.example.org", "b.example.org"]),
        ]
        for place in elsewhere {
            #expect(failure { _ = try ring.open(sealed, at: place) }?.isNotAuthentic == true)
        }
    }

    @Test("A secret does not open in a vault of another identity")
    func otherVault() throws {
        let vault = VaultID()
        let folder = TemporaryFolder()
        let key = try KeyFile.create(at: folder.file(), vault: vault)
        let ring = try KeyRing(creating: vault)
        let wrapped = try ring.makeScopeKey(for: tenant, generation: 1)
        let sealed = try ring.seal(try secret("s"), at: place())
        // The same keys under another identity cannot even be had: the root key is bound to it.
        let slot = try ring.wrapRoot(for: key)
        let found = failure { _ = try KeyRing(unsealing: VaultID(), slot: slot, key: key) }
        #expect(found?.isNotAuthentic == true)
        let stranger = try KeyRing(creating: VaultID())
        #expect(failure { try stranger.addScopeKey(wrapped, for: tenant, generation: 1) } != nil)
        _ = try stranger.makeScopeKey(for: tenant, generation: 1)
        #expect(failure { _ = try stranger.open(sealed, at: place()) }?.isNotAuthentic == true)
    }

    @Test("A tenant whose key is not held opens nothing")
    func unknownTenant() throws {
        let sealed = try ring.seal(try secret("s"), at: place())
        let found = failure { _ = try ring.open(sealed, at: place(tenant: TenantID())) }
        #expect(found?.isUnknownKey == true)
    }

    @Test("Data key and payload of two versions cannot be exchanged")
    func exchanged() throws {
        let first = try ring.seal(try secret("one"), at: place())
        let second = try ring.seal(try secret("two"), at: place(version: 2))
        let again = try ring.seal(try secret("three"), at: place())
        let mixtures = [
            SealedSecret(wrappedKey: first.wrappedKey, payload: second.payload),
            SealedSecret(wrappedKey: second.wrappedKey, payload: first.payload),
            SealedSecret(wrappedKey: first.wrappedKey, payload: again.payload),
            SealedSecret(wrappedKey: first.payload, payload: first.wrappedKey),
        ]
        for mixture in mixtures {
            #expect(failure { _ = try ring.open(mixture, at: place()) }?.isNotAuthentic == true)
        }
    }

    @Test("Every change of any one byte of data key or payload is refused")
    func changedByte() throws {
        let sealed = try ring.seal(try secret("s"), at: place())
        for index in sealed.wrappedKey.indices {
            var changed = sealed.wrappedKey
            changed[index] ^= 1
            let value = SealedSecret(wrappedKey: changed, payload: sealed.payload)
            #expect(failure { _ = try ring.open(value, at: place()) } != nil, "key \(index)")
        }
        for index in sealed.payload.indices {
            var changed = sealed.payload
            changed[index] ^= 1
            let value = SealedSecret(wrappedKey: sealed.wrappedKey, payload: changed)
            #expect(failure { _ = try ring.open(value, at: place()) } != nil, "payload \(index)")
        }
    }
}
