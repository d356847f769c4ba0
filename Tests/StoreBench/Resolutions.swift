import Delivery
import Locking
import Sealing
import VaultModel
import VaultStore

/// Audited resolutions, as many at once as there are tasks: a connection and its secret are read,
/// the intent is durable in the audit log, and the secret is opened.
struct Resolutions {
    /// How long each took, shortest first.
    let times: [Duration]
    /// How long they took together.
    let elapsed: Duration

    var perSecond: Int { Int(Double(times.count) / (elapsed / .seconds(1))) }
    var p50: Duration { times[times.count / 2] }
    var p99: Duration { times[times.count * 99 / 100] }

    /// Resolves connections at random for as long as `body` runs.
    ///
    /// - Parameter rate: How many a second are begun, by all tasks together; `nil` for as many as go.
    static func measure(
        _ store: VaultStore, connections: Int, tasks: Int, rate: Int? = nil,
        during body: () async throws -> Void
    ) async throws -> Resolutions {
        let clock = ContinuousClock()
        let tenant = try await store.read { try Sample.defaultTenant($0) }
        let isOver = Locked(false)
        let start = clock.now
        var times: [Duration] = []
        try await withThrowingTaskGroup(of: [Duration].self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    var own: [Duration] = []
                    var now = clock.now
                    var due = now
                    while !isOver.withLock({ $0 }) {
                        if let rate {
                            // A random pause, so that the tasks do not march in step.
                            due += .seconds(1) * tasks / rate * Double.random(in: 0..<2)
                            try await Task.sleep(until: due, tolerance: .zero)
                            now = clock.now
                        }
                        try await resolve(.random(in: 0..<connections), in: tenant, of: store)
                        let after = clock.now
                        own.append(after - now)
                        now = after
                    }
                    return own
                }
            }
            do {
                try await body()
            } catch {
                isOver.withLock { $0 = true }
                throw error
            }
            isOver.withLock { $0 = true }
            for try await own in group { times += own }
        }
        let elapsed = clock.now - start
        times.sort()
        return Resolutions(times: times, elapsed: elapsed)
    }

    /// What a send does before it opens a session.
    private static func resolve(
        _ number: Int, in tenant: TenantID, of store: VaultStore
    ) async throws {
        let name = try Sample.name(number)
        let entry = AuditEntry(
            tenant: tenant, actor: "token:benchmarkxyz", action: "message.intent",
            object: "connection/\(name)@production", outcome: .allowed, request: RequestID())
        let plan: @Sendable (StoreTransaction) throws -> ResolvedConnection = { transaction in
            guard
                let connection = try transaction.connection(named: name, .production, in: tenant)
            else { throw StoreError.tampered(what: "the sample") }
            return try transaction.resolve(connection)
        }
        let resolved = try await store.transaction(planning: plan) { transaction, resolved in
            try transaction.audit(entry)
            return resolved
        }
        guard let version = resolved.candidates.first, let sealed = version.sealed else {
            throw StoreError.tampered(what: "the sample")
        }
        _ = try store.keys.open(sealed, at: version.place)
    }
}
