import Glibc
import Sealing
import Sodium
import VaultModel
import VaultStore

/// A vault with as many connections as are wanted, each with a secret of its own.
enum Sample {
    /// What is written in one transaction.
    static let batch = 500

    /// Opens the vault of a folder; makes it with `connections` when there is none.
    ///
    /// - Returns: The store, and how long filling and opening took.
    static func open(
        in folder: String, connections: Int
    ) async throws -> (store: VaultStore, fillTime: Duration, openTime: Duration) {
        let path = folder + "/vault.db"
        let keyPath = folder + "/vault.key"
        let clock = ContinuousClock()
        var fillTime = Duration.zero
        if unsafe access(path, F_OK) != 0 {
            let vault = VaultID()
            let ring = try KeyRing(creating: vault)
            let key = try KeyFile.create(at: keyPath, vault: vault)
            let store = try VaultStore.create(
                at: path, keys: ring, slots: [ring.wrapRoot(for: key)])
            fillTime = try await clock.measure { try await fill(store, connections) }
            await store.close()
        }
        let start = clock.now
        let store = try VaultStore.open(at: path) { vault, slots in
            let key = try KeyFile.read(at: keyPath, vault: vault)
            guard let slot = slots.first else { throw SealingError.wrongKey }
            return try KeyRing(unsealing: vault, slot: slot, key: key)
        }
        return (store, fillTime, clock.now - start)
    }

    static func name(_ number: Int) throws -> ResourceName {
        try ResourceName("connection-\(number)")
    }

    /// The tenant that has everything.
    static func defaultTenant(_ transaction: StoreTransaction) throws -> TenantID {
        guard let tenant = try transaction.tenant(named: ResourceName("default")) else {
            throw StoreError.tampered(what: "the default tenant")
        }
        return tenant.id
    }

    /// One secret for each connection, as one server's accounts have.
    private static func fill(_ store: VaultStore, _ connections: Int) async throws {
        for start in stride(from: 0, to: connections, by: batch) {
            try await store.transaction { transaction in
                let tenant = try defaultTenant(transaction)
                for number in start..<min(start + batch, connections) {
                    try add(number, in: tenant, to: transaction)
                }
            }
        }
    }

    private static func add(
        _ number: Int, in tenant: TenantID, to transaction: StoreTransaction
    ) throws {
        let name = try name(number)
        let secret = SecretRecord(
            tenant: tenant, name: name,
            nameIndex: try transaction.nameIndex(name, "secret.name", in: tenant),
            kind: .password, description: "")
        try transaction.insert(secret)
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        settings.auth.mode = .smtp
        settings.auth.username = "user\(number)"
        settings.auth.secretRef = try SecretReference(parsing: name.text)
        let connection = ConnectionRecord(
            tenant: tenant, name: name,
            nameIndex: try transaction.nameIndex(name, "connection.name", in: tenant),
            environment: .production, enabled: true,
            secrets: ConnectionSecrets(login: secret.id), settings: settings)
        try transaction.insert(connection)
        let destinations = DestinationList([try transaction.destination(of: connection)])
        let place = SecretPlace(
            tenant: tenant, secret: secret.id, version: 1, destinations: destinations)
        let value = Array("a password of usual length \(number)".utf8)
        try transaction.insert(
            SecretVersionRecord(
                tenant: tenant, secret: secret.id, number: 1, state: .current,
                sealed: try transaction.keys.seal(SecretBytes(copying: value.span), at: place),
                destinations: destinations, kind: secret.kind))
    }
}
