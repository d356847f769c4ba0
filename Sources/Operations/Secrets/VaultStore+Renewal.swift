internal import Access
internal import Sealing
internal import Sodium
internal import VaultModel
internal import VaultStore

extension VaultStore {
    /// Seals `value` in the place of a version's, with its audit entry: a server has replaced the
    /// refresh token that is in it, and the old one may be worth nothing any more.
    ///
    /// - Throws: `StoreError` when the version is gone: then somebody has set another value;
    ///   `VaultError` when the value is kept elsewhere, where nothing is stored.
    func replaceValue(
        of version: SecretVersionRecord, by value: borrowing SecretBytes
    ) async throws {
        guard version.content.reference == nil else {
            throw VaultError(
                .conflict, "kept-elsewhere",
                "the token endpoint has replaced the refresh token, and the secret is kept "
                    + "elsewhere, where it cannot be stored",
                "store the OAuth2 client in the vault with vault secret set")
        }
        let value = SecretParcel(try value.copy())
        try await transaction { transaction in
            guard
                var current = try transaction.find(
                    SecretVersionRecord.self, version.id, in: version.tenant),
                current.sealed != nil, let value = value.take()
            else { throw StoreError.stale(what: "the secret") }
            // Its destinations may have changed while the endpoint was asked.
            current.sealed = try transaction.keys.seal(value, at: current.place)
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
