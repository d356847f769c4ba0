package import Access
package import Delivery
private import Glibc
private import Locking
internal import Sealing
private import Sodium
internal import VaultModel
private import VaultStore

/// What happened at the door of a sealed vault; the entry about unsealing tells it.
struct SealedTime: Sendable {
    /// Attempts to unseal that failed.
    var failures = 0
    /// When the last of them was.
    var lastFailure: Timestamp?
    /// Other requests, all refused.
    var refusals = 0
    /// The kind of the slot that opened the vault.
    var kind = ""
    /// The slot that opened the vault.
    var slot = ""
    /// Who opened it.
    var actor = ""
}

/// A vault whose keys nobody holds: it tells its slots, takes what unseals it, and counts what it
/// refuses.
package final class SealedVault: Sendable {
    private let owned: OwnedHome
    private let settings: DeliverySettings
    private let collector = ShareCollector()
    private let time = Locked(SealedTime())

    /// The sealed vault of a folder that this process owns.
    package init(owned: OwnedHome, settings: DeliverySettings) {
        self.owned = owned
        self.settings = settings
    }

    /// Refuses a request that needs keys.
    package func refusal() -> VaultError {
        time.withLock { $0.refusals += 1 }
        return VaultError(
            .sealed, "sealed", "the vault is sealed", "unseal it first: vault unseal")
    }

    /// What `vault status` tells of it, to whoever may unseal it.
    package func status(for caller: Caller) throws(VaultError) -> VaultStatus {
        _ = try user(caller)
        do {
            let (vault, slots) = try VaultStore.slots(at: owned.home.database)
            return VaultStatus(
                vault: vault, home: owned.home.path, state: "sealed",
                memoryLocked: SodiumRuntime.slabUsage?.isLocked ?? false,
                version: ProductVersion.text, secretsToRotate: [], slots: SlotCount.of(slots),
                shares: collector.progress)
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    /// Tries to unseal: keys, or how far shares have come.
    ///
    /// - Throws: exit 6 when nothing opens the vault; the failure is counted.
    package func unlock(
        _ request: UnsealVault, from caller: Caller, secret: SecretParcel?
    ) async throws(VaultError) -> UnlockedVault {
        let user = try user(caller)
        if request.means == .forget {
            collector.forget()
            return UnlockedVault(keys: nil, answer: .sealed)
        }
        // The operator asks, and neither reading the slots nor the entry goes without room.
        if UnsealVault.operation.isUrgent { _ = Ballast(of: owned.home).releaseIfFull() }
        do {
            let (vault, slots) = try VaultStore.slots(at: owned.home.database)
            let unsealer = Unsealer(vault: vault, slots: slots, home: owned.home)
            let outcome = await Unsealer.threads.run { [self] in
                Result { try open(unsealer, request, secret) }
            }
            guard let outcome else { throw Self.busy }
            guard let unsealed = try outcome.get() else {
                return UnlockedVault(
                    keys: nil, answer: SealAnswer(state: "sealed", shares: collector.progress))
            }
            time.withLock { time in
                time.kind = unsealed.slot.kind.rawValue
                time.slot = "\(unsealed.slot.id)"
                time.actor = "operator:\(user)"
            }
            return UnlockedVault(
                keys: unsealed.keys,
                answer: SealAnswer(
                    state: "unsealed", kind: unsealed.slot.kind.rawValue,
                    slot: "\(unsealed.slot.id)"))
        } catch {
            throw counted(error)
        }
    }

    /// Opens the vault with keys of ``unlock(_:from:secret:)``; one caller at a time.
    ///
    /// - Throws: exit 8 when its files were changed; the vault stays sealed.
    package func open(_ unlocked: UnlockedVault) async throws(VaultError) -> VaultService {
        do {
            guard let keys = unlocked.keys else { throw SealingError.wrongKey }
            let service = try await VaultService.open(
                owned: owned, keys: keys, settings: settings, sealedTime: time.withLock { $0 })
            collector.forget()
            return service
        } catch {
            throw counted(error)
        }
    }

    private func counted(_ error: any Error) -> VaultError {
        time.withLock { time in
            time.failures += 1
            time.lastFailure = .now
        }
        return VaultError(wrapping: error)
    }

    /// The keys, or `nil` while shares are missing.
    private func open(
        _ unsealer: Unsealer, _ request: UnsealVault, _ secret: SecretParcel?
    ) throws -> Unsealed? {
        var sources = owned.sources.withoutPeople
        switch request.means {
        case .machine, .forget:
            sources.keyFile = request.keyFile ?? sources.keyFile
            return try unsealer.open(sources)
        case .passphrase:
            guard let secret else { throw SealingError.passphraseLength }
            return try unsealer.open(.passphrase(secret))
        case .paper:
            guard let text = secret?.take() else { throw SealingError.shareMistyped }
            if try unsealer.isCode(text) {
                return try unsealer.open(.paper(SecretParcel(text)))
            }
            return try collect(try RecoveryShares.read(text), unsealer)
        }
    }

    private func collect(_ shares: [RecoveryShare], _ unsealer: Unsealer) throws -> Unsealed? {
        guard !shares.isEmpty else { throw SealingError.shareMistyped }
        for share in shares {
            let slot = try unsealer.slot(of: share)
            let pile = try collector.add(share, of: slot)
            guard pile.count >= share.threshold else { continue }
            // A share that was changed on purpose spoils the set; it begins anew.
            collector.forget(share.set)
            return try unsealer.open(shares: pile)
        }
        return nil
    }

    /// Who asks: the machine's user, since no token can be checked without keys.
    private func user(_ caller: Caller) throws(VaultError) -> UInt32 {
        guard case .local(let user, _) = caller, user == geteuid() || user == 0 else {
            throw refusal()
        }
        return user
    }

    private static let busy = VaultError(
        .failed, "overloaded", "too many attempts to unseal wait already", "try again in a while")
}

/// What an attempt to unseal came to.
package struct UnlockedVault: Sendable {
    fileprivate let keys: KeyRing?
    /// What to tell whoever tried.
    package let answer: SealAnswer

    /// Whether there are keys to open the vault with.
    package var isComplete: Bool { keys != nil }
}

/// How many slots of a kind there are.
package struct SlotCount: Sendable, Hashable, Codable {
    /// The kind.
    package var kind: String
    /// How many.
    package var count: Int

    static func of(_ slots: [RootKeySlot]) -> [SlotCount] {
        SlotKind.allCases.compactMap { kind in
            let count = slots.count { $0.kind == kind }
            return count == 0 ? nil : SlotCount(kind: kind.rawValue, count: count)
        }
    }
}
