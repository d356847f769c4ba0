package import Access
internal import VaultModel
package import VaultStore

/// `vault audit verify`; the secret beside it is the file of an auditor's key.
package struct VerifyAudit: OperationRequest {
    package typealias Response = AuditVerdict
    package static let operation = OperationName.auditVerify

    /// Also reads every row of every table, and replays the log to see that they are its rows.
    package var deep: Bool
    /// Checkpoints to compare with, as files of them have them.
    package var checkpoints: String?

    /// Asks for a walk over the chain.
    package init(deep: Bool, checkpoints: String? = nil) {
        self.deep = deep
        self.checkpoints = checkpoints
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<AuditVerdict> {
        let store = context.vault.store
        let signed = try Self.read(checkpoints, key: store.checkpointKey)
        let auditor = try context.auditorKey()
        if deep { try await store.checkEverything() }
        // The entry comes first, so that the walk proves it as well.
        try await context.commit(detail: ["checkpoints": "\(signed.count)"]) { _ in }
        var verdict = try await store.verifyAudit(auditor: auditor, checkpoints: signed)
        if deep, verdict.ok { verdict.rows = try await store.replayRows() }
        return OperationReply(verdict)
    }

    private static func read(_ text: String?, key: NoteKey) throws -> [Checkpoint] {
        guard let text else { return [] }
        guard text.utf8.count <= AuditLimits.checkpointFileBytes else {
            throw VaultError.invalid("the file of checkpoints is too large", "split it")
        }
        guard let notes = SignedNote.parseAll(Array(text.utf8)), !notes.isEmpty else {
            throw VaultError.invalid(
                "the file holds something else than checkpoints",
                "give a file that vault audit checkpoint or an audit sink wrote")
        }
        return try notes.map { note in
            guard let checkpoint = Checkpoint(note, by: key) else {
                throw VaultError(
                    .integrity, "checkpoint-foreign",
                    "a checkpoint of the file is not signed by this vault",
                    "see whether the file belongs to this vault and was not changed")
            }
            return checkpoint
        }
    }
}
