private import Sodium
package import VaultModel

// Replacing keys: what was wrapped under an earlier generation, wrapped under the next.
extension KeyRing {
    /// A data key as it is stored, wrapped under the newest key of its tenant; unchanged if it is
    /// so already.
    ///
    /// - Throws: `.unknownKey` when it is wrapped under a key that is no longer held.
    package func rewrapDataKey(
        _ wrapped: [UInt8], of secret: SecretID, version: Int64, tenant: TenantID
    ) throws(SealingError) -> [UInt8] {
        let what = "version \(version) of a secret"
        let newest = try keys(for: tenant)
        let generation = try SealedValue.generation(of: wrapped, what: what)
        guard generation != newest.generation else { return wrapped }
        let data = dataKeyData(tenant: tenant, secret: secret, version: version)
        let older = try keys(for: tenant, generation: generation, what: what)
        let key = try SealedValue.openSecret(
            wrapped, to: data, key: older.dataKeyWrap, what: what)
        return key.withSpan {
            SealedValue.seal($0, to: data, key: newest.dataKeyWrap, generation: newest.generation)
        }
    }

    /// A ring with the next root key of this vault, random, and no scope key.
    package func successor() throws(SealingError) -> KeyRing {
        do {
            return try KeyRing(
                vault: vault, generation: rootGeneration + 1, root: SecretKey(random: ()))
        } catch {
            throw .sodium(error)
        }
    }

    /// A stored scope key, or what is left of one, as it is stored under another root key.
    package func rewrapScopeKey(
        _ wrapped: [UInt8], of scope: TenantID, generation: UInt32, isAuditKey: Bool,
        under next: KeyRing
    ) throws(SealingError) -> [UInt8] {
        let data = scopeData(isAuditKey ? "ta" : "tk", scope, generation)
        return next.wrap(try unwrap(wrapped, data: data, "a key of tenant \(scope)"), data: data)
    }

    /// The root key of this ring, for safe keeping under the next one.
    package func archiveRoot(under next: KeyRing) -> [UInt8] {
        next.archive(root, generation: rootGeneration)
    }

    /// An earlier root key that was kept, as it is kept under the next one.
    package func rewrapArchivedRoot(
        _ wrapped: [UInt8], generation: UInt32, under next: KeyRing
    ) throws(SealingError) -> [UInt8] {
        next.archive(try archivedRoot(wrapped, generation: generation), generation: generation)
    }

    /// The ring of an earlier root key that was kept: it opens backups of its time.
    package func earlierRing(
        _ wrapped: [UInt8], generation: UInt32
    ) throws(SealingError) -> KeyRing {
        let root = try archivedRoot(wrapped, generation: generation)
        do {
            return try KeyRing(vault: vault, generation: generation, root: root)
        } catch {
            throw .sodium(error)
        }
    }

    private func archivedRoot(
        _ wrapped: [UInt8], generation: UInt32
    ) throws(SealingError) -> SecretKey {
        let bytes = try SealedValue.openSecret(
            wrapped, to: archiveData(generation), key: wrapping.archive,
            what: "root key \(generation)")
        do {
            return try SecretKey(bytes)
        } catch {
            throw .sodium(error)
        }
    }

    private func archive(_ root: SecretKey, generation: UInt32) -> [UInt8] {
        let own = wrapping
        return root.withSpan {
            SealedValue.seal(
                $0, to: archiveData(generation), key: own.archive, generation: own.generation)
        }
    }

    private func archiveData(_ generation: UInt32) -> AssociatedData {
        AssociatedData([.text("sg1"), .text("ra"), .id(vault), .number(Int64(generation))])
    }
}
