package import Access
package import Delivery
private import Glibc
private import Sealing
private import Sodium
private import VaultModel
private import VaultStore

/// A vault that was just made.
package struct CreatedVault: Sendable {
    /// The vault, open.
    package let service: VaultService
    /// Where its key file is.
    package let keyFile: String
    /// Its recovery code, shown once.
    package let recoveryCode: SecretParcel?
}

// Making and opening a vault.
extension VaultService {
    /// Makes a new vault with a key file and, unless told otherwise, a recovery code, which is
    /// returned.
    package static func create(
        home: VaultHome, keyFile: String?, withRecoveryCode: Bool, settings: DeliverySettings
    ) async throws(VaultError) -> CreatedVault {
        do {
            try home.prepare()
            let lock = try takeLock(home)
            guard unsafe access(home.database, F_OK) != 0 else {
                throw StoreError.exists(path: home.path)
            }
            let vault = VaultID()
            let path = keyFile ?? home.keys + "/root-\(vault).key"
            guard !path.hasPrefix(home.data + "/") else {
                throw VaultError.invalid(
                    "the key file would lie beside the data", "choose a folder outside \(home.data)"
                )
            }
            let keys = try KeyRing(creating: vault)
            var slots = [keys.wrapRoot(for: try KeyFile.create(at: path, vault: vault))]
            var recovery: SecretParcel?
            if withRecoveryCode {
                let code = try RecoveryCode.create()
                slots.append(keys.wrapRoot(for: code.key))
                recovery = SecretParcel(try code.text.copy())
            }
            let store = try VaultStore.create(at: home.database, keys: keys, slots: slots)
            let service = try await ready(home, store, lock, settings)
            let slotCount = slots.count
            let entry = AuditEntry(
                tenant: service.defaultTenant, actor: "operator:\(geteuid())", action: "vault.init",
                outcome: .allowed, detail: ["slots": "\(slotCount)"], request: RequestID())
            try await store.transaction { try $0.audit(entry) }
            return CreatedVault(service: service, keyFile: path, recoveryCode: recovery)
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    /// Opens the vault of `home` with a key file of its own or the one named.
    ///
    /// - Throws: exit 3 without a vault, 5 while another process owns it, 6 without the right key,
    /// 8 when
    ///   its files were changed.
    package static func open(
        home: VaultHome, keyFile: String?, settings: DeliverySettings
    ) async throws(VaultError) -> VaultService {
        do {
            guard unsafe access(home.database, F_OK) == 0 else {
                throw StoreError.noVault(path: home.path)
            }
            try home.prepare()
            let lock = try takeLock(home)
            let store = try VaultStore.open(at: home.database) { vault, slots in
                try unseal(vault, slots, home: home, keyFile: keyFile)
            }
            let service = try await ready(home, store, lock, settings)
            try await service.settleUnfinished()
            return service
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    /// Opens the vault of `home` with its recovery code and gives it a new key file, whose path is
    /// returned.
    ///
    /// This is the way back after the key file is lost; the recovery code stays valid.
    package static func restoreKeyFile(
        home: VaultHome, at path: String?, recoveryCode: SecretParcel
    ) async throws(VaultError) -> String {
        do {
            guard unsafe access(home.database, F_OK) == 0 else {
                throw StoreError.noVault(path: home.path)
            }
            guard let code = recoveryCode.take() else { throw SealingError.recoveryCodeMistyped }
            try home.prepare()
            let lock = try takeLock(home)
            let store = try VaultStore.open(at: home.database) { vault, slots in
                for slot in slots where slot.kind == .recoveryCode {
                    let key = try RecoveryCode.read(code, slot: slot.id)
                    if let ring = try? KeyRing(unsealing: vault, slot: slot, key: key) {
                        return ring
                    }
                }
                throw SealingError.wrongKey
            }
            let path = path ?? home.keys + "/root-\(store.vault).key"
            let key = try KeyFile.create(at: path, vault: store.vault)
            try await store.addSlot(store.keys.wrapRoot(for: key))
            let service = try await ready(home, store, lock, DeliverySettings())
            let entry = AuditEntry(
                tenant: service.defaultTenant, actor: "operator:\(geteuid())",
                action: "protector.add", object: "protector/key-file", outcome: .allowed,
                detail: ["by": "recovery code"], request: RequestID())
            try await store.transaction { try $0.audit(entry) }
            await service.close()
            return path
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    private static func takeLock(_ home: VaultHome) throws(VaultError) -> ProcessLock {
        if let lock = try ProcessLock(path: home.lock) { return lock }
        let owner = ProcessLock.holder(of: home.lock).map { "process \($0)" } ?? "another process"
        throw VaultError(
            .conflict, "vault-busy", "\(owner) has the vault \(home.path) open",
            "wait for it to end, or send requests to it while it serves")
    }

    private static func unseal(
        _ vault: VaultID, _ slots: [RootKeySlot], home: VaultHome, keyFile: String?
    ) throws -> KeyRing {
        let files = keyFile.map { [$0] } ?? home.keyFiles()
        var failure = SealingError.keyFileMissing(path: home.keys + "/root-\(vault).key")
        for file in files {
            do {
                let key = try KeyFile.read(at: file, vault: vault)
                for slot in slots where slot.kind == .keyFile {
                    if let ring = try? KeyRing(unsealing: vault, slot: slot, key: key) {
                        return ring
                    }
                }
                failure = .wrongKey
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func ready(
        _ home: VaultHome, _ store: VaultStore, _ lock: ProcessLock, _ settings: DeliverySettings
    ) async throws -> VaultService {
        let tenant = try await store.read { transaction in
            try transaction.tenant(named: ResourceName(TenantRecord.defaultName))
        }
        guard let tenant else { throw StoreError.tampered(what: "the default tenant") }
        let sandbox = SandboxHost(home: home)
        let delivery = try Delivery(
            settings: settings, sink: { try await sandbox.sink() },
            replace: { version, value in try await store.replaceValue(of: version, by: value) })
        return VaultService(
            home: home, store: store, lock: lock, delivery: delivery, sandbox: sandbox,
            defaultTenant: tenant.id)
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
