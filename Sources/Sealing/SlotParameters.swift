package import Sodium

/// What protects a wrapped root key.
package enum SlotKind: String, Sendable, Hashable, Codable, CaseIterable {
    case keyFile = "key-file"
    case recoveryCode = "recovery-code"
    case shares
    case passphrase
    case credential
    case exec
}

/// What a protector needs besides its secret, stored with its slot (`docs/formats/keys.md`).
///
/// It stands in clear, since it is read before there is a key; the slot's check value and its
/// wrapped key are bound to it, so a changed one does not open.
package enum SlotParameters: Sendable, Hashable {
    case keyFile
    case recoveryCode
    /// Shares of `set`, of which `threshold` of `count` open the slot.
    case shares(set: ShareSetID, threshold: Int, count: Int)
    /// The cost and the salt of Argon2id.
    case passphrase(cost: Argon2id.Cost, salt: [UInt8])
    /// The name of a systemd credential.
    case credential(name: String)
    /// The BLAKE2b-256 of a command's words.
    case exec(digest: [UInt8])

    /// What the parameters are of.
    package var kind: SlotKind {
        switch self {
        case .keyFile: .keyFile
        case .recoveryCode: .recoveryCode
        case .shares: .shares
        case .passphrase: .passphrase
        case .credential: .credential
        case .exec: .exec
        }
    }

    /// The stored form: nothing, or a list as associated data has it.
    package var encoded: [UInt8] {
        switch self {
        case .keyFile, .recoveryCode: []
        case .shares(let set, let threshold, let count):
            AssociatedData([
                .bytes(set.bytes), .number(Int64(threshold)), .number(Int64(count)),
            ]).bytes
        case .passphrase(let cost, let salt):
            AssociatedData([
                .number(Int64(clamping: cost.operations)), .number(Int64(cost.memoryBytes)),
                .bytes(salt),
            ]).bytes
        case .credential(let name): AssociatedData([.text(name)]).bytes
        case .exec(let digest): AssociatedData([.bytes(digest)]).bytes
        }
    }

    /// Reads the stored form.
    ///
    /// - Throws: `.slotUnsound` for anything that ``encoded`` does not write, a cost below the
    ///   floor or above the ceiling among it.
    package init(kind: SlotKind, encoded: [UInt8]) throws(SealingError) {
        guard let parameters = Self.parse(kind, encoded), parameters.encoded == encoded else {
            throw .slotUnsound(kind: kind)
        }
        self = parameters
    }

    private static func parse(_ kind: SlotKind, _ encoded: [UInt8]) -> SlotParameters? {
        if kind == .keyFile || kind == .recoveryCode {
            return encoded.isEmpty ? (kind == .keyFile ? .keyFile : .recoveryCode) : nil
        }
        guard
            let parts = AssociatedData.parts(
                of: encoded, atMost: SealingLimits.parameterParts,
                longest: SealingLimits.parameterBytes)
        else { return nil }
        switch kind {
        case .keyFile, .recoveryCode: return nil
        case .shares: return shares(parts)
        case .passphrase: return passphrase(parts)
        case .credential:
            guard parts.count == 1, let name = String(validating: parts[0], as: UTF8.self),
                SystemdCredential.isName(name)
            else { return nil }
            return .credential(name: name)
        case .exec:
            guard parts.count == 1, parts[0].count == ExecProtector.digestBytes else { return nil }
            return .exec(digest: parts[0])
        }
    }

    private static func shares(_ parts: [[UInt8]]) -> SlotParameters? {
        guard parts.count == 3, let set = ShareSetID(bytes: parts[0]),
            let threshold = AssociatedData.number(parts[1]),
            let count = AssociatedData.number(parts[2]),
            SealingLimits.shareThreshold.contains(threshold), SealingLimits.shares.contains(count),
            threshold <= count
        else { return nil }
        return .shares(set: set, threshold: threshold, count: count)
    }

    private static func passphrase(_ parts: [[UInt8]]) -> SlotParameters? {
        guard parts.count == 3, let operations = AssociatedData.number(parts[0]),
            let memory = AssociatedData.number(parts[1]), operations > 0,
            SealingLimits.passphraseOperations.contains(UInt64(operations)),
            SealingLimits.passphraseMemory.contains(memory), parts[2].count == Argon2id.saltBytes
        else { return nil }
        return .passphrase(
            cost: Argon2id.Cost(operations: UInt64(operations), memoryBytes: memory),
            salt: parts[2])
    }
}
