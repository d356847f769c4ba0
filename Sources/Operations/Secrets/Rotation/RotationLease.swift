private import Locking
internal import VaultModel
internal import VaultStore

/// The secrets whose rotation is being worked on in this process, which owns the vault.
final class RotationLeases: Sendable {
    private let taken = Locked<Set<SecretID>>([])

    /// Takes a secret until the lease is let go.
    ///
    /// - Throws: exit 5 while another request has it.
    func take(_ secret: SecretID, _ name: ResourceName) throws -> RotationLease {
        guard let lease = takeIfFree(secret) else { throw Self.running(name) }
        return lease
    }

    /// Refuses a change of a secret that is taken.
    ///
    /// Asked in the transaction of the change: a rotation that takes the secret from then on reads
    /// it only behind that transaction.
    func requireFree(_ secret: SecretRecord) throws {
        guard !isTaken(secret.id) else { throw Self.running(secret.content.name) }
    }

    private static func running(_ name: ResourceName) -> VaultError {
        VaultError(
            .conflict, "rotation-running", "secret '\(name)' is being rotated",
            "wait for the other command to end")
    }

    /// Takes a secret, or returns `nil` while another has it.
    func takeIfFree(_ secret: SecretID) -> RotationLease? {
        let isFree = taken.withLock { $0.insert(secret).inserted }
        return isFree ? RotationLease(secret, of: self) : nil
    }

    /// Whether a rotation of the secret is being worked on.
    func isTaken(_ secret: SecretID) -> Bool { taken.withLock { $0.contains(secret) } }

    fileprivate func giveBack(_ secret: SecretID) {
        taken.withLock { _ = $0.remove(secret) }
    }
}

/// The right to rotate one secret.
struct RotationLease: ~Copyable {
    private let secret: SecretID
    private let leases: RotationLeases

    fileprivate init(_ secret: SecretID, of leases: RotationLeases) {
        self.secret = secret
        self.leases = leases
    }

    deinit { leases.giveBack(secret) }
}
