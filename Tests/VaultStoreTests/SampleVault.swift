import SQLite
import Sealing
import Sodium
import VaultModel
import VaultStore

/// A vault with some rows in every table, two tenants, and the key that opens it.
struct SampleVault {
    let folder: TemporaryFolder
    let key: SlotKey
    /// The tenant that every vault has.
    let tenant: TenantID
    /// A tenant beside it.
    let other: TenantID
    /// The file as it was before the last changes.
    let before: [UInt8]
    /// The file as it is.
    let file: [UInt8]

    /// Makes the vault, changes it, and closes it.
    static func make() async throws -> SampleVault {
        let folder = TemporaryFolder()
        let vault = VaultID()
        let ring = try KeyRing(creating: vault)
        let key = try KeyFile.create(at: folder.file("root.key"), vault: vault)
        // A second way in, which the tests never take.
        let code = try RecoveryCode.create()
        let slots = [try ring.wrapRoot(for: key), try ring.wrapRoot(for: code.key)]
        let store = try VaultStore.create(at: folder.file(), keys: ring, slots: slots)
        let tenant = try await store.defaultTenant()
        let other = TenantID()
        let wrapped = try ring.makeScopeKey(for: other, generation: 1)
        try await store.transaction { transaction in
            try transaction.fill(tenant, number: 1)
            try transaction.fill(tenant, number: 2)
            try transaction.fill(other, number: 3)
            // The product makes one tenant; this is how another would be.
            try transaction.insertScopeKey(wrapped, of: other)
            let name = try ResourceName("second")
            try transaction.insert(
                TenantRecord(
                    id: other, name: name,
                    nameIndex: try transaction.nameIndex(name, "tenant.name", in: .system)))
        }
        // A second generation of each kind of key, with what is kept of the first.
        try await store.beginKey(of: other)
        try await store.finishKey(of: other)
        _ = try await store.replaceRootKey(keepsOld: true) { _, _ in }
        await store.close()
        let sample = SampleVault(
            folder: folder, key: key, tenant: tenant, other: other, before: [], file: [])
        return try await sample.changed()
    }

    /// Changes every record once, keeping the file before and after.
    private func changed() async throws -> SampleVault {
        let path = folder.file()
        let store = try open()
        try await store.truncateLog()
        await store.close()
        let before = contents(of: path)
        let again = try open()
        try await again.transaction { try $0.changeEverything() }
        await again.close()
        return SampleVault(
            folder: folder, key: key, tenant: tenant, other: other, before: before,
            file: contents(of: path))
    }

    /// Opens the vault, or another file with its key.
    func open(_ path: String? = nil) throws -> VaultStore {
        try VaultStore.open(at: path ?? folder.file()) { vault, slots in
            guard let slot = slots.first(where: { $0.kind == .keyFile }) else {
                throw SealingError.wrongKey
            }
            return try KeyRing(unsealing: vault, slot: slot, key: key)
        }
    }

    /// What an opening with a look at everything finds, or `nil` when all is accepted.
    func finding(in path: String) async -> String? {
        do {
            let store = try open(path)
            let result: String?
            do {
                try await store.checkEverything()
                let verdict = try await store.read { try $0.verifyAudit() }
                result = verdict.ok ? nil : "audit entry \(verdict.firstBad ?? -1)"
            } catch {
                result = "\(error)"
            }
            await store.close()
            return result
        } catch {
            return "\(error)"
        }
    }
}

extension VaultStore {
    /// The identity of the tenant `default`.
    func defaultTenant() async throws -> TenantID {
        try await read { transaction in
            guard let tenant = try transaction.tenant(named: ResourceName("default")) else {
                throw StoreError.tampered(what: "the default tenant")
            }
            return tenant.id
        }
    }
}

extension StoreTransaction {
    /// Adds one of everything.
    fileprivate func fill(_ tenant: TenantID, number: Int) throws {
        let name = try ResourceName("name-\(number)")
        let secret = SecretRecord(
            tenant: tenant, name: name, nameIndex: try nameIndex(name, "secret.name", in: tenant),
            kind: .password, description: "number \(number)")
        try insert(secret)
        var settings = ConnectionSettings(host: "mail\(number).example.org", from: "a@example.org")
        settings.auth.username = "user\(number)"
        let connection = ConnectionRecord(
            tenant: tenant, name: name,
            nameIndex: try nameIndex(name, "connection.name", in: tenant),
            environment: .production, enabled: true,
            secrets: ConnectionSecrets(login: secret.id), settings: settings)
        try insert(connection)
        try insert(
            ConnectionRevisionRecord(
                of: connection,
                content: ConnectionRevisionRecord.Content(
                    settings: settings, isDeployed: true, author: "operator:0", action: "create",
                    reason: "number \(number)")))
        try insert(
            VariableRecord(
                tenant: tenant, name: name,
                nameIndex: try nameIndex(name, "variable.name", in: tenant),
                environment: number == 1 ? nil : .test, value: "value \(number)"))
        var facts = ServerFactsRecord(
            tenant: tenant,
            endpointIndex: try endpointIndex(host: settings.host, port: 587, in: tenant),
            host: settings.host, port: 587)
        facts.content.starttlsSince = .now
        facts.content.certificate = ServerFactsRecord.Certificate(
            subject: "CN=\(number)", issuer: "CN=x", sha256: "ab", expires: .now)
        try insert(facts)
        let states: [SecretVersionState] = [.retired, .previous, .current, .pending]
        for (index, state) in states.enumerated() {
            try add(Int64(index + 1), of: secret, state, to: connection)
        }
        try insert(
            CertificateRecord(
                tenant: tenant, name: name,
                nameIndex: try nameIndex(name, "certificate.name", in: tenant),
                expires: .now.adding(seconds: 1_000_000), pem: "PEM \(number)", subject: "CN=x",
                sha256: "ab"))
        try insert(
            TokenRecord(
                tenant: tenant, accessor: "accessor000\(number)", hash: Random.bytes(32),
                expires: number == 1 ? nil : .now.adding(seconds: 1_000_000),
                content: TokenRecord.Content(
                    scopes: [try TokenScope(parsing: "audit:read")], label: "l", issuer: "i")))
        try insert(
            MessageRecord(
                tenant: tenant, connection: connection.id,
                content: MessageRecord.Content(
                    connectionName: name, environment: .production, connectionVersion: 1,
                    target: "primary", messageId: "<\(number)@x>", actor: "operator:0", size: 1,
                    recipients: [], attempts: [])))
        try insert(
            BackupRecord(
                id: BackupID(), created: .now, rootGeneration: UInt32(number),
                content: BackupRecord.Content(
                    path: "/backups/\(number)", sequence: 1, recipients: 0)))
        var rotation = RotationRecord(
            tenant: tenant, secret: secret.id,
            content: RotationRecord.Content(
                strategy: .single, hook: nil, fromVersion: 1, newVersion: 2, actor: "operator:0"))
        rotation.due = .now
        try insert(rotation)
        try fillAccess(tenant, name)
        try audit(entry("fill.\(number)", in: tenant))
    }

    private func fillAccess(_ tenant: TenantID, _ name: ResourceName) throws {
        let principal = PrincipalRecord(
            tenant: tenant, name: name,
            nameIndex: try nameIndex(name, "principal.name", in: tenant), kind: .person,
            description: "d")
        try insert(principal)
        try insert(
            RoleRecord(
                tenant: tenant, name: name, nameIndex: try nameIndex(name, "role.name", in: tenant),
                description: "d", permissions: [.connectionRead]))
        try insert(
            RoleBindingRecord(
                tenant: tenant, principal: principal.id, expires: .now,
                content: RoleBindingRecord.Content(
                    role: "viewer", environments: [.test], connections: ["*"], reason: "r",
                    issuer: "i")))
        try setSetting(
            VaultSettingRecord.Content(name: name.text, value: "on", author: "a"), in: tenant)
    }

    private func add(
        _ number: Int64, of secret: SecretRecord, _ state: SecretVersionState,
        to connection: ConnectionRecord
    ) throws {
        let destinations = DestinationList([try destination(of: connection)])
        let place = SecretPlace(
            tenant: secret.tenant, secret: secret.id, version: number, destinations: destinations)
        var version = SecretVersionRecord(
            tenant: secret.tenant, secret: secret.id, number: number, state: state,
            sealed: try keys.seal(try VaultStoreTests.secret("value \(number)"), at: place),
            destinations: destinations)
        if state == .retired { version.sealed = nil }
        try insert(version)
    }

    /// Writes every record once more, in its next revision, with an audit entry for each kind.
    fileprivate func changeEverything() throws {
        try rewrite(TenantRecord.self)
        try rewrite(SecretRecord.self)
        try rewrite(SecretVersionRecord.self)
        try rewrite(ConnectionRecord.self)
        try rewrite(ConnectionRevisionRecord.self)
        try rewrite(VariableRecord.self)
        try rewrite(ServerFactsRecord.self)
        try rewrite(CertificateRecord.self)
        try rewrite(TokenRecord.self)
        try rewrite(MessageRecord.self)
        try rewrite(BackupRecord.self)
        try rewrite(RotationRecord.self)
        try rewrite(PrincipalRecord.self)
        try rewrite(RoleRecord.self)
        try rewrite(RoleBindingRecord.self)
        try rewrite(VaultSettingRecord.self)
    }

    private func rewrite<R: Record>(_ type: R.Type) throws {
        let records = try select(R.self, where: "", [])
        for record in records { try update(record) }
        try audit(entry("rewrite.\(R.noun)", in: .system))
    }
}
