package import Access
internal import Sealing
internal import Sodium
internal import VaultModel
internal import VaultStore

/// A checkpoint of the audit log.
package struct SignedCheckpoint: Sendable, Codable {
    /// Which log it is of.
    package var origin: String
    /// How many entries were signed.
    package var size: Int64
    /// The root of their tree in base64.
    package var root: String
    /// The signed note.
    package var note: String
    /// The key that signed it, as verifiers take it.
    package var publicKey: String
}

/// `vault audit checkpoint`.
package struct SignAuditCheckpoint: OperationRequest {
    package typealias Response = SignedCheckpoint
    package static let operation = OperationName.auditCheckpoint

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<SignedCheckpoint> {
        let store = context.vault.store
        // The entry comes first, so that the checkpoint covers it.
        try await context.commit { _ in }
        let signed = store.signCheckpoint()
        return OperationReply(
            SignedCheckpoint(
                origin: signed.checkpoint.origin, size: signed.checkpoint.size,
                root: signed.checkpoint.rootText,
                note: String(decoding: signed.note.document, as: UTF8.self),
                publicKey: store.checkpointKey.text))
    }
}

/// Who alone can open the first key of the audit log.
package struct AuditorStatus: Sendable, Codable {
    /// The public half of the auditor's key; `nil` without an auditor.
    package var publicKey: String?
    /// Whether entries of earlier epochs cannot be written again by whoever has the vault's key.
    package var forwardSecure: Bool
}

/// `vault audit auditor`: shows the auditor, or names one; the secret beside it is the file of the
/// key of the auditor there was before.
package struct NameAuditor: OperationRequest {
    package typealias Response = AuditorStatus
    package static let operation = OperationName.auditAuditor

    /// The public half of the new auditor's key; `nil` only looks.
    package var publicKey: String?

    /// Names the auditor whose public key that is.
    package init(publicKey: String? = nil) { self.publicKey = publicKey }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<AuditorStatus> {
        guard let publicKey else {
            let auditor = try await context.commit { try $0.auditor() }
            return OperationReply(
                AuditorStatus(
                    publicKey: auditor.map { AuditorKey.text(of: $0) },
                    forwardSecure: auditor != nil))
        }
        let recipient = try AuditorKey.publicKey(publicKey)
        let former = try context.auditorKey()
        try await context.commit(detail: ["auditor": AuditorKey.text(of: recipient)]) {
            try $0.setAuditor(recipient, formerly: former)
        }
        return OperationReply(
            AuditorStatus(publicKey: AuditorKey.text(of: recipient), forwardSecure: true))
    }
}

extension OperationContext {
    /// The auditor's key whose file came with the request, or `nil` when none did.
    func auditorKey() throws -> BoxKeyPair? {
        guard let content = secret?.take() else { return nil }
        return try AuditorKey.read(content)
    }
}
