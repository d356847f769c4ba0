import Glibc
import JSONCoding
import Sealing
import Sodium
import Testing
import VaultModel

/// Values that format 1 sealed once, with what they open to; `golden.key` is their key file.
struct GoldenSealing: Codable {
    /// A slot as a vault stores it, in hexadecimal.
    struct Slot: Codable {
        var id: SlotID
        var kind: SlotKind
        var parameters: String
        var check: String
        var wrapped: String
        var wrappedKey: String

        init(_ slot: RootKeySlot) {
            id = slot.id
            kind = slot.kind
            parameters = Hex.encode(slot.parameters.encoded)
            check = Hex.encode(slot.check)
            wrapped = Hex.encode(slot.wrapped)
            wrappedKey = Hex.encode(slot.wrappedKey)
        }

        var slot: RootKeySlot {
            get throws {
                RootKeySlot(
                    id: id,
                    parameters: try SlotParameters(
                        kind: kind, encoded: Hex.decode(parameters) ?? []),
                    check: Hex.decode(check) ?? [], wrapped: Hex.decode(wrapped) ?? [],
                    wrappedKey: Hex.decode(wrappedKey) ?? [])
            }
        }
    }

    /// A wrapped scope key.
    struct Scope: Codable {
        var tenant: TenantID
        var generation: UInt32
        var wrapped: String
    }

    /// A sealed secret and what it opens to.
    struct Secret: Codable {
        var tenant: TenantID
        var secret: SecretID
        var version: Int64
        var hosts: [String]
        var wrappedKey: String
        var payload: String
        var value: String

        var place: SecretPlace {
            SecretPlace(
                tenant: tenant, secret: secret, version: version,
                destinations: DestinationList(
                    hosts.map { host in
                        Destination(
                            connection: .system,
                            settings: ConnectionSettings(host: host, from: "a@example.org"))
                    }))
        }
    }

    var vault: VaultID
    var keyFileSlot: Slot
    var recoverySlot: Slot
    var recoveryCode: String
    var scopes: [Scope]
    var secrets: [Secret]
    var blindIndex: String

    static let path = goldenFolder + "/sealing.json"
    static let keyFile = goldenFolder + "/sealing.key"

    static func read() -> GoldenSealing? {
        try? JSONCoding.decode(from: contents(of: path))
    }
}

@Suite("Values of earlier versions")
struct GoldenTests {
    init() throws { try startSodium() }

    private func ring(_ golden: GoldenSealing, _ slot: RootKeySlot, _ key: SlotKey) throws
        -> KeyRing
    {
        let ring = try KeyRing(unsealing: golden.vault, slot: slot, key: key)
        for scope in golden.scopes {
            let wrapped = try #require(Hex.decode(scope.wrapped))
            try ring.addScopeKey(wrapped, for: scope.tenant, generation: scope.generation)
        }
        return ring
    }

    private func check(_ golden: GoldenSealing, _ ring: KeyRing) throws {
        for secret in golden.secrets {
            let sealed = SealedSecret(
                wrappedKey: try #require(Hex.decode(secret.wrappedKey)),
                payload: try #require(Hex.decode(secret.payload)))
            #expect(text(try ring.open(sealed, at: secret.place)) == secret.value)
        }
        let tenant = try #require(golden.scopes.last?.tenant)
        let index = try ring.keys(for: tenant, generation: 1, what: "it")
            .blindIndex("alerts", column: "secret.name")
        #expect(Hex.encode(index) == golden.blindIndex)
    }

    @Test("Secrets that format 1 sealed open with their key file")
    func keyFile() throws {
        let golden = try #require(GoldenSealing.read())
        let folder = TemporaryFolder()
        // Version control keeps no mode 0600.
        write(contents(of: GoldenSealing.keyFile), to: folder.file())
        let key = try KeyFile.read(at: folder.file(), vault: golden.vault)
        try check(golden, ring(golden, try golden.keyFileSlot.slot, key))
    }

    @Test("Secrets that format 1 sealed open with their recovery code")
    func recoveryCode() throws {
        let golden = try #require(GoldenSealing.read())
        let slot = try golden.recoverySlot.slot
        let key = try RecoveryCode.read(try secret(golden.recoveryCode), slot: slot.id)
        try check(golden, ring(golden, slot, key))
    }

    @Test(
        "The golden values are made anew",
        .enabled(if: unsafe getenv("SIGNET_WRITE_GOLDEN") != nil, "only to begin a new format"))
    func generate() throws {
        unsafe unlink(GoldenSealing.keyFile)
        let vault = VaultID()
        let ring = try KeyRing(creating: vault)
        let keyFile = try ring.wrapRoot(
            for: try KeyFile.create(at: GoldenSealing.keyFile, vault: vault))
        // A code with both of the digits that letters stand for.
        var code = try newRecoveryCode()
        while !code.text.contains("0") || !code.text.contains("1") {
            code = try newRecoveryCode()
        }
        let tenant = TenantID()
        let scopes = try [(TenantID.system, 1), (tenant, 1), (tenant, 2)].map { scope, generation in
            GoldenSealing.Scope(
                tenant: scope, generation: generation,
                wrapped: Hex.encode(try ring.makeScopeKey(for: scope, generation: generation)))
        }
        let values = ["", "s3cret", String(repeating: "long ", count: 100), "pässwörd 🔑"]
        let secrets = try values.enumerated().map { index, value in
            var golden = GoldenSealing.Secret(
                tenant: tenant, secret: SecretID(), version: Int64(index + 1),
                hosts: Array(["a.example.org", "b.example.org", "c.example.org"].prefix(index)),
                wrappedKey: "", payload: "", value: value)
            let sealed = try ring.seal(try secret(value), at: golden.place)
            golden.wrappedKey = Hex.encode(sealed.wrappedKey)
            golden.payload = Hex.encode(sealed.payload)
            return golden
        }
        let golden = GoldenSealing(
            vault: vault, keyFileSlot: .init(keyFile),
            recoverySlot: .init(try ring.wrapRoot(for: code.key)), recoveryCode: code.text,
            scopes: scopes, secrets: secrets,
            blindIndex: Hex.encode(
                try ring.keys(for: tenant, generation: 1, what: "it")
                    .blindIndex("alerts", column: "secret.name")))
        write(try JSONCoding.encode(golden, pretty: true), to: GoldenSealing.path)
    }
}
