package import Access
private import VaultModel

/// What sealing or unsealing came to.
package struct SealAnswer: Sendable, Codable {
    /// `sealed` or `unsealed`.
    package var state: String
    /// The kind of slot that opened the vault.
    package var kind: String?
    /// The slot that opened the vault.
    package var slot: String?
    /// How far shares have come.
    package var shares: [ShareProgress]?

    /// An answer.
    package init(
        state: String, kind: String? = nil, slot: String? = nil, shares: [ShareProgress]? = nil
    ) {
        self.state = state
        self.kind = kind
        self.slot = slot
        self.shares = shares
    }

    /// The answer that the vault is sealed.
    package static let sealed = SealAnswer(state: "sealed")
}

/// `vault seal`: the entry that says so; whoever holds the vault closes it then.
package struct SealVault: OperationRequest {
    package typealias Response = SealAnswer
    package static let operation = OperationName.vaultSeal

    package init() {}

    package var auditObject: String { "vault" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<SealAnswer> {
        try await context.commit { _ in }
        return OperationReply(.sealed)
    }
}

/// `vault unseal`: whoever holds a sealed vault answers it; an open one refuses.
///
/// The secret that comes along is a passphrase, or what stands on paper.
package struct UnsealVault: OperationRequest {
    package typealias Response = SealAnswer
    package static let operation = OperationName.vaultUnseal

    /// What the vault is unsealed with.
    package enum Means: String, Sendable, Codable {
        /// What the server itself can reach: key files, credentials, commands.
        case machine
        case passphrase
        /// A recovery code or shares.
        case paper
        /// Nothing: forgets the shares that were given so far.
        case forget
    }

    /// What it is unsealed with.
    package var means: Means
    /// A key file that is not in the vault's folder.
    package var keyFile: String?

    /// A request from its parts.
    package init(means: Means, keyFile: String? = nil) {
        self.means = means
        self.keyFile = keyFile
    }

    package var auditObject: String { "vault" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<SealAnswer> {
        throw VaultError(
            .conflict, "not-sealed", "the vault is not sealed", "vault seal seals it")
    }
}
