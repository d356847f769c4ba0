package import Access
private import Sandbox
private import Sealing
package import VaultModel
package import VaultStore

/// A backup that holds a shredded tenant's keys, for whoever has a slot's key of its time.
package struct ShredRemainder: Sendable, Codable {
    /// The backup.
    package var id: BackupID
    /// Where it was written.
    package var path: String
    /// When.
    package var created: Timestamp
    /// The generation of the root key that it is sealed under.
    package var rootGeneration: UInt32
}

/// What shredding a tenant came to.
package struct ShredReport: Sendable, Codable {
    /// The tenant that is gone.
    package var tenant: TenantID
    /// Its name, which is free again.
    package var name: ResourceName
    /// How many rows were removed, by table.
    package var removed: [SweepCount]
    /// How many generations of its key were destroyed.
    package var destroyedKeys: Int
    /// How many copies of them the vault's files hold: none.
    package var keyCopies: Int
    /// The generation of the root key that replaced the one which had wrapped them.
    package var rootGeneration: UInt32
    /// The backups that can still open what the tenant had.
    package var backups: [ShredRemainder]
}

/// `vault tenant shred NAME`: destroys a tenant's keys and all that it has.
package struct ShredTenant: OperationRequest {
    package typealias Response = ShredReport
    package static let operation = OperationName.tenantShred

    /// The tenant.
    package var name: ResourceName
    /// The name once more, typed by whoever means it.
    package var confirmation: String

    /// Asks to shred a tenant.
    package init(name: ResourceName, confirmation: String) {
        self.name = name
        self.confirmation = confirmation
    }

    package var auditObject: String { "tenant/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ShredReport> {
        let principal = context.principal
        let record = try await context.vault.store.read { transaction in
            try transaction.requireTenant(name, for: principal)
        }
        // It replaces the root key, which is everybody's.
        try context.requireOversight()
        guard confirmation == record.content.name.text else {
            throw VaultError.invalid(
                "the name to confirm is not '\(record.content.name)'",
                "give it once more with --confirm \(record.content.name)")
        }
        try context.vault.keyWork.enter()
        defer { context.vault.keyWork.leave() }
        return OperationReply(try await KeyWork(context).shred(record))
    }
}

extension KeyWork {
    /// Removes a tenant for good, or goes on with doing so.
    func shred(_ record: TenantRecord) async throws -> ShredReport {
        let store = vault.store
        let tenant = record.id
        let (action, object) = ("tenant.shred", "tenant/\(record.content.name)")
        if record.state != .shredding {
            let marked = try await commit(action + ".begin", object, ["tenant": "\(tenant)"]) {
                transaction in
                guard
                    var current = try transaction.find(TenantRecord.self, tenant, in: .system)
                else { throw VaultError.notFound("tenant", record.content.name.text) }
                current.state = .shredding
                return try transaction.update(current)
            }
            vault.tenants.put(marked)
        }
        try await vault.sandbox.store().deleteAll(of: vault.tenants.space(of: tenant))
        var removed = try await store.removeRows(of: tenant)
        let wrapped = try await destroyKeys(of: tenant, object: object, &removed)
        // The key that had wrapped them goes too, so that no older copy of the file is of use to
        // whoever gets this vault's keys later.
        let root = try await rotateRootKey(keepsOld: false)
        let backups = try await store.read { try $0.backups() }
            .filter { $0.created >= record.content.created }
        try await commit(
            action, object,
            [
                "tenant": "\(tenant)", "keys": "\(wrapped.count)", "backups": "\(backups.count)",
            ]
        ) { transaction in
            guard let current = try transaction.find(TenantRecord.self, tenant, in: .system) else {
                throw VaultError.notFound("tenant", record.content.name.text)
            }
            try transaction.delete(current)
        }
        vault.tenants.remove(tenant)
        let copies = try await store.copies(of: wrapped, besides: vault.home.backupRemains)
        guard copies == 0 else {
            throw VaultError(
                .integrity, "key-residue",
                "\(copies) copies of the keys of \(object) are still in the vault's files",
                "restore the vault into another folder and remove this one")
        }
        return ShredReport(
            tenant: tenant, name: record.content.name, removed: removed,
            destroyedKeys: wrapped.count, keyCopies: copies, rootGeneration: root.generation,
            backups: backups.map {
                ShredRemainder(
                    id: $0.id, path: $0.content.path, created: $0.created,
                    rootGeneration: $0.rootGeneration)
            })
    }

    /// Destroys the keys once no row is left; requests that were under way may have added some.
    private func destroyKeys(
        of tenant: TenantID, object: String, _ removed: inout [SweepCount]
    ) async throws -> [[UInt8]] {
        let entry = entry("tenant.shred.keys", object, ["tenant": "\(tenant)"])
        var passes = 1
        while true {
            do {
                return try await vault.store.destroyKeys(of: tenant) { try $0.audit(entry) }
            } catch StoreError.stale where passes < RekeyingLimits.passes {
                let more = try await vault.store.removeRows(of: tenant)
                for index in removed.indices { removed[index].rows += more[index].rows }
                passes += 1
            }
        }
    }
}
