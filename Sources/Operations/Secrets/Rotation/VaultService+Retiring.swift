internal import Explained
package import VaultModel
internal import VaultStore

// The end of grace periods.
extension VaultService {
    /// Destroys the values whose grace period is over, and truncates the log behind them.
    ///
    /// Where a provider keeps several passwords and there is a hook, it is told to revoke the old
    /// one first; when it fails, the value stays and is tried again the next time.
    ///
    /// - Parameters:
    ///   - runsHooks: Whether those rotations that need a hook are ended too.
    ///   - tenant: Whose rotations; `nil` for everybody's.
    /// - Returns: The secrets whose old value is gone, and those whose hook failed.
    @discardableResult
    package func retireDue(
        runsHooks: Bool, in tenant: TenantID? = nil
    ) async throws -> (retired: [ResourceName], failed: [ResourceName]) {
        let due = try await store.read { try $0.rotations(dueAt: .now) }
        var retired: [ResourceName] = []
        var failed: [ResourceName] = []
        for rotation in due {
            guard tenant ?? rotation.tenant == rotation.tenant,
                runsHooks || !rotation.revokes,
                let lease = rotations.takeIfFree(rotation.secret)
            else { continue }
            defer { _ = lease }
            guard let (secret, isDone) = try await retire(rotation) else { continue }
            if isDone { retired.append(secret) } else { failed.append(secret) }
        }
        if !retired.isEmpty { try await store.truncateLog() }
        return (retired, failed)
    }

    /// When ``retireDue(runsHooks:)`` has something to do next.
    package func nextRetirement() async throws -> Timestamp? {
        try await store.read { try $0.nextRotationDue() }
    }

    /// Ends one rotation; `nil` when another change came first.
    private func retire(
        _ rotation: RotationRecord
    ) async throws -> (secret: ResourceName, isDone: Bool)? {
        let found = try await store.read { transaction in
            (
                try transaction.find(SecretRecord.self, rotation.secret, in: rotation.tenant),
                try rotation.content.fromVersion.flatMap {
                    try transaction.version($0, of: rotation)
                },
                try transaction.version(rotation.content.newVersion, of: rotation)
            )
        }
        guard let secret = found.0 else { return nil }
        let name = secret.content.name
        let entry = AuditEntry(
            tenant: rotation.tenant, actor: "system", action: "rotation.retire",
            object: "secret/\(name)", outcome: .allowed, detail: ["rotation": "\(rotation.id)"],
            request: RequestID())
        if rotation.revokes, let hook = rotation.content.hook, let old = found.1, let new = found.2,
            old.state == .previous, new.state == .current
        {
            let outcome = try await runHook(
                hook, seconds: rotation.content.hookSeconds, step: .retire, rotation, of: secret,
                old: old, new: new)
            // The server ends; the next one begins again.
            if outcome.ending == "interrupted" { return nil }
            guard outcome.isSuccess else {
                try await postpone(rotation, outcome, entry)
                return (name, false)
            }
        }
        do {
            try await store.transaction { transaction in
                guard var current = try transaction.rotation(rotation.id, in: rotation.tenant)
                else { throw VaultError.superseded }
                try transaction.retire(&current)
                try transaction.update(current)
                try transaction.audit(entry)
            }
        } catch let error as VaultError where error == .superseded {
            return nil
        }
        return (name, true)
    }

    /// Tries again later: the provider still has the value, so it is kept.
    private func postpone(
        _ rotation: RotationRecord, _ outcome: HookOutcome, _ entry: AuditEntry
    ) async throws {
        try await store.transaction { transaction in
            guard var current = try transaction.rotation(rotation.id, in: rotation.tenant),
                current.state == .grace
            else { return }
            current.content.unrevoked = current.content.unrevoked ?? .now
            current.content.note = "the old value could not be revoked: the hook \(outcome.ending)"
            current.due = .now.adding(seconds: Self.retirementPause)
            try transaction.update(current)
            var failure = entry
            failure.outcome = .failed
            failure.reason = "hook-failed"
            try transaction.audit(failure)
        }
    }

    /// How long after a hook that failed the next attempt comes, in seconds.
    private static let retirementPause: Int64 = 3_600
}

extension RotationRecord {
    /// Whether a hook revokes the old value at the end: where two are valid at a time.
    fileprivate var revokes: Bool {
        content.hook != nil && content.strategy == .multi && content.fromVersion != nil
    }
}
