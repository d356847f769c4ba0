package import Access
private import Sealing
private import Sodium
package import VaultModel
internal import VaultStore

/// One way to unseal the vault.
package struct ProtectorSummary: Sendable, Codable {
    /// The slot's identity.
    package var id: SlotID
    /// `key-file` or `recovery-code`.
    package var kind: String
    /// Whether a test just proved that it opens the vault; `nil` when none was made.
    package var opens: Bool?
}

/// `vault protector list`.
package struct ListProtectors: OperationRequest {
    package typealias Response = [ProtectorSummary]
    package static let operation = OperationName.protectorList

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[ProtectorSummary]> {
        let slots = try await context.vault.store.slots()
        try await context.commit { _ in }
        return OperationReply(
            slots.map { ProtectorSummary(id: $0.id, kind: $0.kind.rawValue, opens: nil) })
    }
}

/// `vault protector test`: proves a slot without changing anything.
///
/// With a secret it is a recovery code; without, the key files of the vault's folder are tried.
package struct TestProtector: OperationRequest {
    package typealias Response = [ProtectorSummary]
    package static let operation = OperationName.protectorTest

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[ProtectorSummary]> {
        let vault = context.vault
        let slots = try await vault.store.slots()
        let identity = vault.store.vault
        var proven: Set<SlotID>?
        if let code = context.secret?.take() {
            var opened: Set<SlotID> = []
            for slot in slots where slot.kind == .recoveryCode {
                let key = try RecoveryCode.read(code, slot: slot.id)
                if (try? KeyRing(unsealing: identity, slot: slot, key: key)) != nil {
                    opened.insert(slot.id)
                }
            }
            proven = opened
        }
        let results = slots.map { slot in
            let opens: Bool? =
                switch slot.kind {
                case .recoveryCode: proven?.contains(slot.id)
                case .keyFile:
                    vault.home.keyFiles().contains { path in
                        guard let key = try? KeyFile.read(at: path, vault: identity) else {
                            return false
                        }
                        return (try? KeyRing(unsealing: identity, slot: slot, key: key)) != nil
                    }
                }
            return ProtectorSummary(id: slot.id, kind: slot.kind.rawValue, opens: opens)
        }
        try await context.commit { _ in }
        let wanted = proven == nil ? "key-file" : "recovery-code"
        guard results.contains(where: { $0.kind == wanted && $0.opens == true }) else {
            throw VaultError(
                .sealed, "wrong-key", "no \(wanted) opens the vault",
                "check the code or the key file; vault protector list shows the slots")
        }
        return OperationReply(results)
    }
}
