package import Access
private import Sealing
package import VaultModel
internal import VaultStore

/// `vault rotate --tenant-key [TENANT]`: a new key for a tenant, and all that it has sealed under it.
///
/// Everything goes on meanwhile. What an interruption leaves undone is done by the next server, or
/// by the same command.
package struct RotateTenantKey: OperationRequest {
    package typealias Response = KeyRotationReport
    package static let operation = OperationName.tenantRotateKey

    /// The tenant; `nil` for the one that is acted in.
    package var name: ResourceName?

    /// Asks for a new key.
    package init(name: ResourceName?) { self.name = name }

    package var auditObject: String { name.map { "tenant/\($0)" } ?? "tenant" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<KeyRotationReport> {
        let principal = context.principal
        let record = try await context.vault.store.read { transaction in
            if let name { return try transaction.requireTenant(name, for: principal) }
            guard let own = try transaction.find(TenantRecord.self, principal.tenant, in: .system)
            else { throw VaultError.notFound("tenant", TenantRecord.defaultName) }
            return own
        }
        try context.vault.keyWork.enter()
        defer { context.vault.keyWork.leave() }
        return OperationReply(try await KeyWork(context).rotateKey(of: record))
    }
}

extension KeyWork {
    /// Gives a tenant another key, or goes on with doing so.
    func rotateKey(of record: TenantRecord) async throws -> KeyRotationReport {
        let store = vault.store
        let tenant = record.id
        let (action, object) = ("tenant.rotate-key", "tenant/\(record.content.name)")
        guard record.state != .shredding else {
            throw VaultError(
                .conflict, "tenant-disabled", "\(object) is being shredded",
                "run vault tenant shred \(record.content.name) again to finish it")
        }
        let resumed = store.keys.generations(of: tenant).count > 1
        if !resumed {
            let made = try store.keys.prepareScopeKey(for: tenant)
            try await commit(
                action + ".begin", object, ["generation": "\(made.generation)"]
            ) { try $0.insertScopeKey(made.wrapped, of: tenant, generation: made.generation) }
            // Stored by now: what is sealed from here on is sealed under it.
            store.keys.adopt(made)
        }
        // Jobs that took the key before are over once this one is.
        try await store.transaction { _ in }
        var swept = try await store.sweep(tenant)
        var remaining = try await store.countOlder(tenant)
        var passes = 1
        while remaining.contains(where: { $0.rows > 0 }), passes < RekeyingLimits.passes {
            let more = try await store.sweep(tenant)
            for index in swept.indices { swept[index].rows += more[index].rows }
            remaining = try await store.countOlder(tenant)
            passes += 1
        }
        guard remaining.allSatisfy({ $0.rows == 0 }) else {
            throw VaultError(
                .conflict, "sweep-incomplete",
                "rows of \(object) are still sealed under an earlier key",
                "run vault rotate --tenant-key \(record.content.name) again")
        }
        let generation = try store.keys.keys(for: tenant).generation
        let rows = swept.reduce(0) { $0 + $1.rows }
        let retired = try await commit(
            action, object, ["generation": "\(generation)", "values": "\(rows)"]
        ) { try $0.retireOlderScopeKeys(of: tenant) }
        for older in retired { try store.keys.retire(older, of: tenant) }
        // No copy of the wrapped key that is over stays in the log.
        try await store.truncateLog()
        return KeyRotationReport(
            key: "tenant-key", tenant: record.content.name, generation: generation,
            resumed: resumed, swept: swept, remaining: remaining, retired: retired)
    }
}
