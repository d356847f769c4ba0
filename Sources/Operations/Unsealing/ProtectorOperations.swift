package import Access
private import Locking
internal import Sealing
private import Sodium
package import VaultModel
internal import VaultStore

/// One way to unseal the vault.
package struct ProtectorSummary: Sendable, Codable {
    /// The slot's identity.
    package var id: SlotID
    /// `key-file`, `recovery-code`, `shares`, `passphrase`, `credential` or `exec`.
    package var kind: String
    /// What is known of it: the set and number of shares, a credential's name, a command.
    package var detail: String?
    /// Whether a test just proved that it opens the vault; `nil` when none was made.
    package var opens: Bool?
    /// A file that was made for it.
    package var file: String?

    init(_ slot: RootKeySlot, home: VaultHome, opens: Bool? = nil, file: String? = nil) {
        id = slot.id
        kind = slot.kind.rawValue
        detail = Self.detail(of: slot, home)
        self.opens = opens
        self.file = file
    }

    private static func detail(of slot: RootKeySlot, _ home: VaultHome) -> String? {
        switch slot.parameters {
        case .keyFile, .recoveryCode: nil
        case .shares(let set, let threshold, let count): "\(threshold) of \(count), set \(set)"
        case .passphrase(let cost, _):
            "Argon2id, \(cost.operations) passes over \(cost.memoryBytes >> 20) MiB"
        case .credential(let name): name
        case .exec:
            (try? ExecProtector.command(of: slot.id, in: home.keys))?.joined(separator: " ")
        }
    }
}

/// `vault protector list`.
package struct ListProtectors: OperationRequest {
    package typealias Response = [ProtectorSummary]
    package static let operation = OperationName.protectorList

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[ProtectorSummary]> {
        let home = context.vault.home
        let slots = try await context.commit { try $0.slots() }
        return OperationReply(slots.map { ProtectorSummary($0, home: home) })
    }
}

/// `vault protector test`: proves slots without changing any.
///
/// With a secret it is tried where it fits; without, what the machine itself holds is.
package struct TestProtector: OperationRequest {
    package typealias Response = [ProtectorSummary]
    package static let operation = OperationName.protectorTest

    /// What the secret beside the request is.
    package enum Means: String, Sendable, Codable {
        case passphrase
        /// A recovery code or shares.
        case paper
    }

    /// The one slot to prove; all that can be, when there is none.
    package var slot: SlotID?
    /// What the secret is; paper unless said otherwise.
    package var means: Means?

    package init(slot: SlotID? = nil, means: Means? = nil) {
        self.slot = slot
        self.means = means
    }

    package var auditObject: String { slot.map { "protector/\($0)" } ?? "" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[ProtectorSummary]> {
        let vault = context.vault
        let slots = try await vault.store.slots()
        let tried = slots.filter { slot == nil || $0.id == slot }
        guard !tried.isEmpty else {
            throw VaultError.notFound("protector", slot.map { "\($0)" } ?? "")
        }
        let request = self
        let secret = context.secret
        let identity = vault.store.vault
        let home = vault.home
        let sources = vault.sources.withoutPeople
        let outcome = await Unsealer.threads.run {
            Result {
                try request.verdicts(
                    Unsealer(vault: identity, slots: tried, home: home), sources, secret)
            }
        }
        guard let verdicts = try outcome?.get() else {
            throw VaultError(
                .failed, "overloaded", "too many attempts wait already", "try again in a while")
        }
        try await context.commit { _ in }
        guard verdicts.values.contains(true) else {
            throw VaultError(
                .sealed, "wrong-key",
                verdicts.isEmpty
                    ? "nothing here proves the slot" : "what was tried does not open the vault",
                "check the secret or the file; vault protector list shows the slots")
        }
        return OperationReply(
            slots.map { ProtectorSummary($0, home: home, opens: verdicts[$0.id]) })
    }

    /// Which of the slots open; what was not tried is not among them.
    private func verdicts(
        _ unsealer: Unsealer, _ sources: UnsealSources, _ secret: SecretParcel?
    ) throws -> [SlotID: Bool] {
        if let secret {
            let opened = try unsealer.open(
                means == .passphrase ? .passphrase(secret) : .paper(secret))
            return [opened.slot.id: true]
        }
        var verdicts: [SlotID: Bool] = [:]
        for slot in unsealer.slots where [.keyFile, .credential, .exec].contains(slot.kind) {
            if slot.kind == .credential, sources.credentialsDirectory == nil { continue }
            let alone = Unsealer(vault: unsealer.vault, slots: [slot], home: unsealer.home)
            verdicts[slot.id] = (try? alone.open(slot.kind, sources)) != nil
        }
        return verdicts
    }
}

/// `vault protector remove`.
package struct RemoveProtector: OperationRequest {
    package typealias Response = [ProtectorSummary]
    package static let operation = OperationName.protectorRemove

    /// Which slot goes.
    package var slot: SlotID
    /// Whether only one may remain.
    package var force: Bool

    package init(slot: SlotID, force: Bool = false) {
        self.slot = slot
        self.force = force
    }

    package var auditObject: String { "protector/\(slot)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[ProtectorSummary]> {
        let vault = context.vault
        let wanted = slot
        let mayLeaveOne = force
        let rest = try await context.commit { transaction in
            let slots = try transaction.slots()
            guard let slot = slots.first(where: { $0.id == wanted }) else {
                throw VaultError.notFound("protector", "\(wanted)")
            }
            guard slots.count > 1 else {
                throw VaultError(
                    .conflict, "last-protector", "nothing else opens the vault",
                    "add another protector first")
            }
            guard slots.count > 2 || mayLeaveOne else {
                throw VaultError(
                    .conflict, "one-protector-left", "only one way to open the vault would remain",
                    "add another protector first, or insist with --force")
            }
            try transaction.remove(slot)
            return slots.filter { $0.id != wanted }
        }
        // The wrapped root key must not stay in the log of the database.
        try await vault.store.truncateLog()
        ExecProtector.forget(wanted, in: vault.home.keys)
        return OperationReply(rest.map { ProtectorSummary($0, home: vault.home) })
    }
}
