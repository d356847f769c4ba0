private import Sealing
internal import VaultModel
internal import VaultStore

// What an interruption left undone.
extension VaultService {
    /// Finishes replacements and destructions of keys that were interrupted, and drops root keys
    /// whose time is over; ends early when its task is cancelled.
    ///
    /// What fails is recorded and left for the command that was interrupted.
    package func resumeKeyWork() async {
        guard (try? keyWork.enter()) != nil else { return }
        defer { keyWork.leave() }
        let work = KeyWork(resumingIn: self)
        do {
            for record in try await store.read({ try $0.tenants() }) {
                if record.state == .shredding {
                    _ = try await work.shred(record)
                } else if store.keys.generations(of: record.id).count > 1 {
                    _ = try await work.rotateKey(of: record)
                }
            }
            try await store.dropExpiredRoots { transaction, generations in
                let numbers = generations.map { "\($0)" }.joined(separator: " ")
                try transaction.audit(
                    work.entry("vault.drop-root-key", "vault", ["generations": numbers]))
            }
        } catch is CancellationError {
        } catch {
            let reason = VaultError(wrapping: error).code
            try? await record(
                AuditEntry(
                    tenant: .system, actor: "system", action: "vault.resume-key-work",
                    outcome: .failed, reason: reason, request: RequestID()))
        }
    }
}
