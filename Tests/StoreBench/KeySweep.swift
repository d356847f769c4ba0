import Sealing
import VaultModel
import VaultStore

/// What `vault rotate --tenant-key` does in the store: a new key, and everything sealed under it.
enum KeySweep {
    /// Gives the default tenant a new key; returns how many values were sealed again.
    static func run(on store: VaultStore) async throws -> Int {
        let tenant = try await store.read { try Sample.defaultTenant($0) }
        let made = try store.keys.prepareScopeKey(for: tenant)
        try await store.transaction {
            try $0.insertScopeKey(made.wrapped, of: tenant, generation: made.generation)
        }
        store.keys.adopt(made)
        try await store.transaction { _ in }
        let swept = try await store.sweep(tenant)
        guard try await store.countOlder(tenant).allSatisfy({ $0.rows == 0 }) else {
            throw StoreError.stale(what: "a row")
        }
        let retired = try await store.transaction { try $0.retireOlderScopeKeys(of: tenant) }
        for older in retired { try store.keys.retire(older, of: tenant) }
        try await store.truncateLog()
        return swept.reduce(0) { $0 + $1.rows }
    }
}
