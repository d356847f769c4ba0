import Delivery
import Glibc
import Sealing
import Sodium
import VaultModel
import VaultStore

/// Measures audited resolutions in this process: a connection and its secret are read, the intent is
/// durable in the audit log, and the secret is opened.
///
/// Arguments: a folder for the vault, how many connections, how many tasks at once, for how many
/// seconds. Prints one JSON object.
@main
struct ResolutionBench {
    /// The counts of connections are checked and written one by one in groups of this size.
    private static let batch = 500

    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 5, let connections = Int(words[2]), connections > 0,
            let tasks = Int(words[3]), tasks > 0, let seconds = Int(words[4]), seconds > 0
        else {
            print("usage: resolution-bench FOLDER CONNECTIONS TASKS SECONDS")
            exit(2)
        }
        try SodiumRuntime.start(slabBytes: 4_194_304, allowSwap: true)
        let path = words[1] + "/vault.db"
        let keyPath = words[1] + "/vault.key"
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
        let opening = clock.now
        let store = try VaultStore.open(at: path) { vault, slots in
            let key = try KeyFile.read(at: keyPath, vault: vault)
            guard let slot = slots.first else { throw SealingError.wrongKey }
            return try KeyRing(unsealing: vault, slot: slot, key: key)
        }
        let openTime = clock.now - opening
        let result = try await run(store, connections, tasks, .seconds(seconds))
        await store.close()
        func milliseconds(_ duration: Duration) -> String {
            "\(duration / .microseconds(1) / 1000)"
        }
        print(
            """
            {"connections":\(connections),"tasks":\(tasks),"per_second":\(result.perSecond),\
            "p50_ms":\(milliseconds(result.p50)),"p99_ms":\(milliseconds(result.p99)),\
            "open_ms":\(milliseconds(openTime)),"fill_ms":\(milliseconds(fillTime)),\
            "peak_kib":\(peakKiB())}
            """)
    }

    private static func name(_ number: Int) throws -> ResourceName {
        try ResourceName("connection-\(number)")
    }

    private static func defaultTenant(_ transaction: StoreTransaction) throws -> TenantID {
        guard let tenant = try transaction.tenant(named: ResourceName("default")) else {
            throw StoreError.tampered(what: "the default tenant")
        }
        return tenant.id
    }

    // MARK: Filling

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
                destinations: destinations))
    }

    // MARK: Measuring

    private struct Measured {
        var perSecond: Int
        var p50: Duration
        var p99: Duration
    }

    private static func run(
        _ store: VaultStore, _ connections: Int, _ tasks: Int, _ time: Duration
    ) async throws -> Measured {
        let clock = ContinuousClock()
        let tenant = try await store.read { try defaultTenant($0) }
        let start = clock.now
        let end = start + time
        var times: [Duration] = []
        try await withThrowingTaskGroup(of: [Duration].self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    var own: [Duration] = []
                    var now = clock.now
                    while now < end {
                        try await resolve(.random(in: 0..<connections), in: tenant, of: store)
                        let after = clock.now
                        own.append(after - now)
                        now = after
                    }
                    return own
                }
            }
            for try await own in group { times += own }
        }
        let elapsed = clock.now - start
        times.sort()
        return Measured(
            perSecond: Int(Double(times.count) / (elapsed / .seconds(1))),
            p50: times[times.count / 2], p99: times[times.count * 99 / 100])
    }

    /// What a send does before it opens a session.
    private static func resolve(
        _ number: Int, in tenant: TenantID, of store: VaultStore
    ) async throws {
        let name = try name(number)
        let entry = AuditEntry(
            tenant: tenant, actor: "token:benchmarkxyz", action: "message.intent",
            object: "connection/\(name)@production", outcome: .allowed, request: RequestID())
        let resolved = try await store.transaction { transaction in
            guard
                let connection = try transaction.connection(named: name, .production, in: tenant)
            else { throw StoreError.tampered(what: "the sample") }
            let resolved = try transaction.resolve(connection)
            try transaction.audit(entry)
            return resolved
        }
        guard let version = resolved.candidates.first, let sealed = version.sealed else {
            throw StoreError.tampered(what: "the sample")
        }
        _ = try store.keys.open(sealed, at: version.place)
    }

    /// The most memory that this process ever had, in KiB.
    private static func peakKiB() -> Int {
        var usage = rusage()
        _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }
}
