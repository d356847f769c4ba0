internal import Sealing
internal import Sodium
internal import VaultModel
internal import VaultStore

extension VaultStore {
    /// Seals `value` in the place of a version's, with its audit entry: a server has replaced the
    /// refresh token that is in it, and the old one may be worth nothing any more.
    ///
    /// - Throws: `StoreError` when the version is gone: then somebody has set another value.
    func replaceValue(
        of version: SecretVersionRecord, by value: borrowing SecretBytes
    ) async throws {
        let sealed = try keys.seal(value, at: version.place)
        try await transaction { transaction in
            guard
                var current = try transaction.find(
                    SecretVersionRecord.self, version.id, in: version.tenant),
                current.sealed != nil
            else { throw StoreError.stale(what: "the secret") }
            current.sealed = sealed
            try transaction.update(current)
            let name = try transaction.find(
                SecretRecord.self, version.secret, in: version.tenant)?.content.name.text
            try transaction.audit(
                AuditEntry(
                    tenant: version.tenant, actor: "system", action: "secret.renew",
                    object: "secret/\(name ?? "")", outcome: .allowed,
                    detail: ["version": "\(version.number)"], request: RequestID()))
        }
    }
}
