private import Sealing
package import Sodium
private import VaultModel

extension VaultStore {
    /// Opens the value of a version, into locked memory.
    ///
    /// When the tenant's key was replaced since the version was read, it is read again: the sweep has
    /// sealed it under the new one. It must still be for the same destinations then.
    /// - Throws: `SealingError`; `StoreError.stale` when the version is gone, or destroyed, or
    ///   for other destinations meanwhile.
    package func open(_ version: SecretVersionRecord) async throws -> SecretBytes {
        var current = version
        for _ in 1..<StoreLimits.openings {
            do {
                return try openNow(current)
            } catch let error as SealingError {
                guard case .unknownKey = error else { throw error }
            }
            let found = try await glance {
                try $0.find(SecretVersionRecord.self, version.id, in: version.tenant)
            }
            guard let found, found.content.destinations == version.content.destinations else {
                throw StoreError.stale(what: "the secret")
            }
            current = found
        }
        return try openNow(current)
    }

    private func openNow(_ version: SecretVersionRecord) throws -> SecretBytes {
        guard let sealed = version.sealed else { throw StoreError.stale(what: "the secret") }
        return try keys.open(sealed, at: version.place)
    }
}
