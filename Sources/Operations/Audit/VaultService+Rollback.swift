private import Glibc
private import Sealing
private import VaultModel
package import VaultStore

// Going on with a database that is not the newest, on purpose.
extension VaultService {
    /// Accepts the database of `home` although its anchor says that it is not the newest, and
    /// records that.
    ///
    /// - Parameter sequence: The number of its last entry, as the refusal named it.
    /// - Throws: exit 5 when the database is the newest, 2 when it ends with another entry.
    package static func acceptRollback(
        home: VaultHome, sources: UnsealSources, sequence: Int64
    ) async throws(VaultError) {
        do {
            let lock = try takeLock(home)
            defer { lock.release() }
            let store = try VaultStore.open(at: home.database) { vault, slots in
                try Unsealer(vault: vault, slots: slots, home: home).open(sources).keys
            }
            do {
                try await accept(store, home: home, sequence: sequence)
                await store.close()
            } catch {
                await store.close()
                throw error
            }
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    private static func accept(
        _ store: VaultStore, home: VaultHome, sequence: Int64
    ) async throws {
        let database = store.durableSequence
        var found = "missing"
        do {
            try await store.compare(with: try AnchorFile.read(home.anchor, database: database))
            throw VaultError(
                .conflict, "not-rolled-back", "the database is the one that was used last",
                "leave --accept-rollback out")
        } catch let error as StoreError {
            switch error {
            case .rolledBack(_, let anchor): found = "\(anchor)"
            case .anchorMissing: break
            case .anchorAltered: found = "altered"
            case .anchorForeign: found = "foreign"
            default: throw error
            }
        }
        guard sequence == database else {
            throw VaultError.invalid(
                "the database ends with audit entry \(database), not \(sequence)",
                "give the number that the refusal names")
        }
        let tenant = try await AuditKeeper.tenant(of: store)
        // What the later database wrote must not count in this one.
        try await store.markAnchored(
            [
                AuditEntry(
                    tenant: tenant, actor: "operator:\(geteuid())",
                    action: "audit.accept-rollback", outcome: .allowed,
                    detail: ["database": "\(database)", "anchor": found], request: RequestID())
            ], inNewLife: true)
        try AnchorFile.write(try store.anchor(), to: home.anchor)
    }

    /// Writes the anchor of a database that was just put into `home` on purpose, as a restore does.
    ///
    /// The store stays open; its owner holds the lock of `home`.
    package static func startAnchor(of store: VaultStore, home: VaultHome) throws(VaultError) {
        do {
            try AnchorFile.write(try store.anchor(), to: home.anchor)
        } catch {
            throw VaultError(wrapping: error)
        }
    }
}
