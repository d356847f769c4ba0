import SQLite
import Sealing
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("What a stolen file tells")
struct ReadabilityTests {
    private static let canaries = [
        "canarysecretname", "canaryconnection", "canarycertificate", "canarylabel",
        "canaryhost.example.org", "canaryuser", "canarypassword", "canarysender@example.org",
        "canarytitle", "canarydescription", "canaryactor", "canarydetail", "canaryobject",
        "canarypem", "canarymessage", "canaryrecipient@example.org", "canarydomain.example.org",
        "canaryinbox", "canaryperson", "canaryrole", "canaryglob", "canaryreason", "canaryissuer",
        "canarysetting", "canaryvalue", "canaryauthor",
    ]

    init() throws { try startSodium() }

    /// Every spelling of a text that might give it away.
    private func spellings(of text: String) -> [[UInt8]] {
        let bytes = Array(text.utf8)
        let hex = Hex.encode(bytes)
        // In base64 of a longer text, the first and last characters depend on the neighbours.
        let base64 = (0..<3).map { shift in
            let padded = [UInt8](repeating: 0, count: shift) + bytes
            let encoded = Base64.encode(padded.span)
            return Array(encoded[(shift == 0 ? 0 : shift + 1)..<(padded.count / 3 * 4)])
        }
        return [
            bytes, Array(text.uppercased().utf8), Array(hex.utf8), Array(hex.uppercased().utf8),
        ]
            + base64 + [bytes.reversed(), bytes.flatMap { [$0, 0] }]
    }

    private func contains(_ haystack: [UInt8], _ needle: [UInt8]) -> Bool {
        guard let first = needle.first else { return false }
        var index = 0
        while index + needle.count <= haystack.count {
            if haystack[index] == first,
                haystack[index..<index + needle.count].elementsEqual(needle)
            {
                return true
            }
            index += 1
        }
        return false
    }

    @Test("Every spelling that is looked for is found where it is")
    func spellingsAreFound() {
        for shift in 0..<3 {
            let text = Array((String(repeating: "x", count: shift) + "canaryname tail").utf8)
            let encoded = Array(Base64.encode(text.span))
            #expect(spellings(of: "canaryname").contains { contains(encoded, $0) }, "\(shift)")
        }
    }

    @Test("No name, host, user, secret or audit text can be read in the vault's files")
    func canaries() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let tenant = sample.tenant
        try await store.transaction { try Self.fill($0, tenant) }
        let open = sample.folder.names.filter { $0.hasPrefix("vault.db") }
        #expect(open.contains("vault.db-wal"))
        for name in open {
            let path = sample.folder.file(name)
            #expect(copyElsewhere(path, sample.folder.file("copy-" + name)))
        }
        await store.close()
        var total = 0
        for name in sample.folder.names where name.contains("vault.db") {
            let bytes = contents(of: sample.folder.file(name))
            total += bytes.count
            for canary in Self.canaries {
                for spelling in spellings(of: canary) {
                    #expect(!contains(bytes, spelling), "\(canary) in \(name)")
                }
            }
        }
        #expect(total > 100_000)
        let again = try sample.open()
        let found = try await again.read { transaction in
            try transaction.connections(in: tenant).map(\.content.name.text)
        }
        #expect(found.contains("canaryconnection"))
        await again.close()
    }

    private static func fill(_ transaction: StoreTransaction, _ tenant: TenantID) throws {
        let secretName = try ResourceName("canarysecretname")
        let secret = SecretRecord(
            tenant: tenant, name: secretName,
            nameIndex: try transaction.nameIndex(secretName, "secret.name", in: tenant),
            kind: .password, description: "canarydescription")
        try transaction.insert(secret)
        let name = try ResourceName("canaryconnection")
        var settings = ConnectionSettings(
            host: "canaryhost.example.org", from: "canarysender@example.org")
        settings.title = "canarytitle"
        settings.auth.mode = .smtp
        settings.auth.username = "canaryuser"
        settings.auth.secretRef = SecretReference(name: secretName)
        settings.localDomain = "canarydomain.example.org"
        let connection = ConnectionRecord(
            tenant: tenant, name: name,
            nameIndex: try transaction.nameIndex(name, "connection.name", in: tenant),
            environment: .production, enabled: true,
            secrets: ConnectionSecrets(login: secret.id), settings: settings)
        try transaction.insert(connection)
        let destinations = DestinationList([try transaction.destination(of: connection)])
        let place = SecretPlace(
            tenant: tenant, secret: secret.id, version: 1, destinations: destinations)
        let sealed = try transaction.keys.seal(
            try VaultStoreTests.secret("canarypassword"), at: place)
        try transaction.insert(
            SecretVersionRecord(
                tenant: tenant, secret: secret.id, number: 1, state: .current, sealed: sealed,
                destinations: destinations))
        try transaction.insert(
            ConnectionRevisionRecord(
                of: connection,
                content: ConnectionRevisionRecord.Content(
                    settings: settings, isDeployed: true, author: "canaryauthor",
                    action: "canaryaction", reason: "canaryreason")))
        let variable = try ResourceName("canaryvariable")
        try transaction.insert(
            VariableRecord(
                tenant: tenant, name: variable,
                nameIndex: try transaction.nameIndex(variable, "variable.name", in: tenant),
                environment: .production, value: "canaryvalue"))
        var facts = ServerFactsRecord(
            tenant: tenant,
            endpointIndex: try transaction.endpointIndex(
                host: "canaryserver.example.org", port: 587, in: tenant),
            host: "canaryserver.example.org", port: 587)
        facts.content.certificate = ServerFactsRecord.Certificate(
            subject: "CN=canaryleaf", issuer: "CN=canaryissuer", sha256: "canarypin", expires: .now)
        try transaction.insert(facts)
        let certificate = try ResourceName("canarycertificate")
        try transaction.insert(
            CertificateRecord(
                tenant: tenant, name: certificate,
                nameIndex: try transaction.nameIndex(certificate, "certificate.name", in: tenant),
                expires: .now, pem: "canarypem", subject: "CN=canarysubject", sha256: "canarysha"))
        try transaction.insert(
            TokenRecord(
                tenant: tenant, accessor: "publicpart00", hash: Random.bytes(32), expires: nil,
                content: TokenRecord.Content(
                    scopes: [try TokenScope(parsing: "sandbox:read@canaryinbox")],
                    label: "canarylabel", issuer: "canaryactor")))
        try transaction.insert(
            MessageRecord(
                tenant: tenant, connection: connection.id,
                content: MessageRecord.Content(
                    connectionName: name, environment: .production, connectionVersion: 1,
                    target: "primary", messageId: "<canarymessage@x>", actor: "canaryactor",
                    size: 1,
                    recipients: [
                        RecipientResult(
                            address: "canaryrecipient@example.org", status: "unknown", code: 0,
                            enhanced: nil, text: "")
                    ], attempts: [])))
        let person = try ResourceName("canaryperson")
        let principal = PrincipalRecord(
            tenant: tenant, name: person,
            nameIndex: try transaction.nameIndex(person, "principal.name", in: tenant),
            kind: .person, description: "canarydescription")
        try transaction.insert(principal)
        let role = try ResourceName("canaryrole")
        try transaction.insert(
            RoleRecord(
                tenant: tenant, name: role,
                nameIndex: try transaction.nameIndex(role, "role.name", in: tenant),
                description: "canarydescription", permissions: [.connectionRead]))
        try transaction.insert(
            RoleBindingRecord(
                tenant: tenant, principal: principal.id, expires: nil,
                content: RoleBindingRecord.Content(
                    role: "canaryrole", environments: [], connections: ["canaryglob*"],
                    reason: "canaryreason", issuer: "canaryissuer")))
        try transaction.setSetting(
            VaultSettingRecord.Content(
                name: "canarysetting", value: "canaryvalue", author: "canaryauthor"), in: tenant)
        var one = entry(in: tenant, detail: ["host": "canarydetail"])
        one.actor = "canaryactor"
        one.object = "secret/canaryobject"
        try transaction.audit(one)
    }
}
