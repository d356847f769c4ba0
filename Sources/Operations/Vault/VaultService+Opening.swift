package import Delivery
internal import Sandbox
internal import Sealing
private import VaultModel
internal import VaultStore

// Opening a vault.
extension VaultService {
    /// Opens the vault of `home` with a key file of its own or the one named.
    ///
    /// - Throws: as ``open(home:sources:settings:)``.
    package static func open(
        home: VaultHome, keyFile: String?, settings: DeliverySettings
    ) async throws(VaultError) -> VaultService {
        try await open(home: home, sources: UnsealSources(keyFile: keyFile), settings: settings)
    }

    /// Opens the vault of `home` with whatever of `sources` opens it.
    ///
    /// - Throws: exit 3 without a vault, 5 while another process owns it, 6 without the right key,
    ///   8 when its files were changed.
    package static func open(
        home: VaultHome, sources: UnsealSources, settings: DeliverySettings
    ) async throws(VaultError) -> VaultService {
        try await open(owned: OwnedHome(ofVaultIn: home, sources: sources), settings: settings)
    }

    /// Opens the vault of a folder that this process owns.
    package static func open(
        owned: OwnedHome, settings: DeliverySettings
    ) async throws(VaultError) -> VaultService {
        do {
            let store = try VaultStore.open(at: owned.home.database) { vault, slots in
                try Unsealer(vault: vault, slots: slots, home: owned.home).open(owned.sources)
                    .keys
            }
            let service = try await ready(owned, store, settings)
            try await service.settleUnfinished()
            try await service.retireDue(runsHooks: false)
            return service
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    /// Opens the vault of a folder that this process owns with keys that a slot gave; the first
    /// entry that it writes tells of the time when it was sealed.
    static func open(
        owned: OwnedHome, keys: KeyRing, settings: DeliverySettings, sealedTime: SealedTime
    ) async throws -> VaultService {
        let store = try VaultStore.open(at: owned.home.database) { _, _ in keys }
        let service = try await ready(owned, store, settings)
        var detail = [
            "kind": sealedTime.kind, "slot": sealedTime.slot,
            "failed_attempts": "\(sealedTime.failures)",
            "refused_requests": "\(sealedTime.refusals)",
        ]
        detail["last_failure"] = sealedTime.lastFailure.map { "\($0)" }
        try await service.record(
            AuditEntry(
                tenant: .system, actor: sealedTime.actor, action: "vault.unseal",
                object: "vault", outcome: .allowed, detail: detail, request: RequestID()))
        try await service.settleUnfinished()
        try await service.retireDue(runsHooks: false)
        return service
    }

    /// Takes the lock that says which process owns a vault, and removes what a process that was
    /// killed has left of a backup.
    ///
    /// - Throws: exit 5 while another process has it.
    static func takeLock(_ home: VaultHome) throws(VaultError) -> ProcessLock {
        if let lock = try ProcessLock(path: home.lock) {
            home.removeBackupRemains()
            return lock
        }
        let owner = ProcessLock.holder(of: home.lock).map { "process \($0)" } ?? "another process"
        throw VaultError(
            .conflict, "vault-busy", "\(owner) has the vault \(home.path) open",
            "wait for it to end, or send requests to it while it serves")
    }

    /// A service of an open store.
    static func ready(
        _ owned: OwnedHome, _ store: VaultStore, _ settings: DeliverySettings
    ) async throws -> VaultService {
        let auditKeeper = try await AuditKeeper.begin(store, home: owned.home)
        let tenants = TenantDirectory(try await store.read { try $0.tenants() })
        let sandbox = owned.sandbox
        let delivery = try Delivery(
            settings: settings,
            sink: { tenant, domain in
                SandboxSink(
                    path: try await sandbox.sink(),
                    localDomain: tenants.space(of: tenant).greeting(domain))
            },
            replace: { version, value in try await store.replaceValue(of: version, by: value) })
        return VaultService(
            owned: owned, store: store, delivery: delivery, tenants: tenants,
            auditKeeper: auditKeeper)
    }

    /// Gives an outcome to the messages that a crash left without one: `failed` before the final
    /// dot, `ambiguous` after it.
    private func settleUnfinished() async throws {
        let pending = try await store.read { try $0.unfinishedMessages() }
        guard !pending.isEmpty else { return }
        try await store.transaction { transaction in
            for var message in try transaction.unfinishedMessages() {
                let ambiguous = message.state == .dotSent
                message.state = ambiguous ? .ambiguous : .failed
                message.updated = .now
                try transaction.update(message)
                try transaction.audit(
                    AuditEntry(
                        tenant: message.tenant, actor: "system", action: "message.settle",
                        object: "message/\(message.id)", outcome: .failed,
                        reason: ambiguous ? "interrupted-after-dot" : "interrupted-before-dot",
                        request: RequestID()))
            }
        }
    }
}
