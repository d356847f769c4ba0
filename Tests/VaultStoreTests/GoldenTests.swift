import Glibc
import JSONCoding
import Sealing
import Testing
import VaultModel
import VaultStore

@Suite("Vaults of earlier versions")
struct GoldenTests {
    private static let folder =
        #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
        + "/Fixtures/Golden"

    init() throws { try startSodium() }

    private func open(_ folder: TemporaryFolder) throws -> VaultStore {
        try VaultStore.open(at: folder.file()) { vault, slots in
            let key = try KeyFile.read(at: folder.file("vault.key"), vault: vault)
            return try KeyRing(unsealing: vault, slot: try #require(slots.first), key: key)
        }
    }

    @Test("A vault of format 1 opens, and everything in it reads")
    func format1() async throws {
        let folder = TemporaryFolder()
        // Version control keeps no mode 0600.
        write(contents(of: Self.folder + "/vault.key"), to: folder.file("vault.key"))
        write(contents(of: Self.folder + "/vault.db"), to: folder.file())
        let store = try open(folder)
        try await store.checkEverything()
        let tenant = try await store.defaultTenant()
        let verdict = try await store.read { try $0.verifyAudit() }
        #expect(verdict == AuditVerdict(ok: true, entries: 3))
        let replay = try await store.replayRows()
        #expect(replay.told > 0 && replay.untold == 0)
        let value = try await store.read { transaction in
            let secret = try #require(
                try transaction.secret(named: ResourceName("smtp-pass"), in: tenant))
            let version = try #require(
                try transaction.versions(of: secret).first { $0.state == .current })
            let connection = try #require(
                try transaction.connection(named: ResourceName("alerts"), .production, in: tenant))
            #expect(connection.content.settings.host == "mail.example.org")
            #expect(
                version.content.destinations.contains(try transaction.destination(of: connection)))
            #expect(version.number == 2)
            let sealed = try #require(version.sealed)
            return text(try transaction.keys.open(sealed, at: version.place))
        }
        #expect(value == "pässword 2")
        try await store.transaction { try $0.audit(entry(in: tenant)) }
        await store.close()
        let again = try open(folder)
        #expect(try await again.read { $0.lastAuditSequence } == 4)
        await again.close()
    }

    @Test("The defaults of settings, which are not stored, are those of the format")
    func defaults() throws {
        let path = Self.folder + "/connection-defaults.json"
        let now = try JSONCoding.encode(ConnectionSettings.standard, pretty: true) + [0x0A]
        if unsafe getenv("SIGNET_WRITE_GOLDEN") != nil { write(now, to: path) }
        #expect(
            now == contents(of: path),
            "connections that are stored would change: begin a new format (docs/formats)")
    }

    @Test(
        "The golden vault is made anew",
        .enabled(if: unsafe getenv("SIGNET_WRITE_GOLDEN") != nil, "only to begin a new format"))
    func generate() async throws {
        for name in ["vault.db", "vault.key"] { unsafe unlink(Self.folder + "/" + name) }
        let vault = VaultID()
        let ring = try KeyRing(creating: vault)
        let key = try KeyFile.create(at: Self.folder + "/vault.key", vault: vault)
        let store = try VaultStore.create(
            at: Self.folder + "/vault.db", keys: ring, slots: [try ring.wrapRoot(for: key)])
        let tenant = try await store.defaultTenant()
        try await store.transaction { transaction in
            let name = try ResourceName("smtp-pass")
            let secret = SecretRecord(
                tenant: tenant, name: name,
                nameIndex: try transaction.nameIndex(name, "secret.name", in: tenant),
                kind: .password, description: "the password")
            try transaction.insert(secret)
            let connectionName = try ResourceName("alerts")
            var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
            settings.auth.mode = .smtp
            settings.auth.username = "u"
            settings.auth.secretRef = SecretReference(name: name)
            let connection = ConnectionRecord(
                tenant: tenant, name: connectionName,
                nameIndex: try transaction.nameIndex(connectionName, "connection.name", in: tenant),
                environment: .production, enabled: true,
                secrets: ConnectionSecrets(login: secret.id), settings: settings)
            try transaction.insert(connection)
            let destinations = DestinationList([try transaction.destination(of: connection)])
            for (number, state) in [(Int64(1), SecretVersionState.previous), (2, .current)] {
                let place = SecretPlace(
                    tenant: tenant, secret: secret.id, version: number, destinations: destinations)
                let value = try VaultStoreTests.secret("pässword \(number)")
                try transaction.insert(
                    SecretVersionRecord(
                        tenant: tenant, secret: secret.id, number: number, state: state,
                        sealed: try transaction.keys.seal(value, at: place),
                        destinations: destinations))
            }
            let certificate = try ResourceName("our-ca")
            try transaction.insert(
                CertificateRecord(
                    tenant: tenant, name: certificate,
                    nameIndex: try transaction.nameIndex(
                        certificate, "certificate.name", in: tenant),
                    expires: .now, pem: "PEM", subject: "CN=x", sha256: "ab"))
            try transaction.insert(
                TokenRecord(
                    tenant: tenant, accessor: "abcdefghijkl",
                    hash: [UInt8](repeating: 7, count: 32), expires: nil,
                    content: TokenRecord.Content(
                        scopes: [try TokenScope(parsing: "send:alerts@production")], label: "l",
                        issuer: "operator:0")))
            try transaction.insert(
                MessageRecord(
                    tenant: tenant, connection: connection.id,
                    content: MessageRecord.Content(
                        connectionName: connectionName, environment: .production,
                        connectionVersion: 1, target: "primary", messageId: "<m@x>",
                        actor: "operator:0", size: 1, recipients: [], attempts: [])))
            for number in 1...3 { try transaction.audit(entry("made.\(number)", in: tenant)) }
        }
        await store.close()
    }
}
