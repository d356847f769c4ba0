package import Access
private import VaultModel
internal import VaultStore

/// `vault rotate --root-key [--shred]`: another root key, under which every key and slot is wrapped.
package struct RotateRootKey: OperationRequest {
    package typealias Response = KeyRotationReport
    package static let operation = OperationName.vaultRotateRootKey

    /// Drops the old key, and those that were kept before, at once instead of after 35 days.
    package var shred: Bool

    /// Asks for another root key.
    package init(shred: Bool) { self.shred = shred }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<KeyRotationReport> {
        try context.requireOversight()
        try context.vault.keyWork.enter()
        defer { context.vault.keyWork.leave() }
        return OperationReply(try await KeyWork(context).rotateRootKey(keepsOld: !shred))
    }
}

extension KeyWork {
    /// Replaces the root key.
    func rotateRootKey(keepsOld: Bool) async throws -> KeyRotationReport {
        // A backup holds slots and keys of one root key.
        guard let lock = try ProcessLock(path: vault.home.backupLock) else {
            throw VaultError(
                .conflict, "backup-busy", "a backup is being written", "wait for it to end")
        }
        defer { lock.release() }
        vault.home.removeBackupRemains()
        let entry = entry
        let result = try await vault.store.replaceRootKey(keepsOld: keepsOld) {
            transaction, result in
            let count = result.rewrapped.reduce(0) { $0 + $1.rows }
            try transaction.audit(
                entry(
                    OperationName.vaultRotateRootKey.rawValue, "vault",
                    [
                        "generation": "\(result.generation)", "values": "\(count)",
                        "kept": result.kept.map { "\($0)" }.joined(separator: " "),
                    ]))
        }
        if keepsOld {
            try await vault.store.truncateLog()
        } else {
            // A key that is reported as dropped is nowhere.
            try await vault.store.requireEmptyLog()
        }
        return KeyRotationReport(
            key: "root-key", tenant: nil, generation: result.generation, resumed: false,
            swept: result.rewrapped, remaining: result.remaining, retired: result.kept)
    }
}
