internal import SQLite
package import VaultModel

/// What a restored vault left behind.
package struct IncarnationChange: Sendable, Hashable {
    /// Which life of the vault begins: 2 after the first restore.
    package var incarnation: Int64
    /// Tokens that were alive in the backup and are dead now.
    package var deadTokens: Int
    /// Secrets with a rotation that the backup caught in the middle.
    package var openRotations: Int
}

extension StoreTransaction {
    /// Which life of the vault this is: 1, and one more after each restore and each rollback that was
    /// accepted.
    package var incarnation: Int64 { head.current.incarnation }

    /// Begins the life of a vault that was restored from a backup of `created`.
    ///
    /// Tokens die unless they are kept: somebody may have revoked them after the backup. A pending
    /// version stays, since the provider may have taken it meanwhile; its rotation is undecided, and
    /// both say that they must be looked at.
    package func beginIncarnation(
        fromBackupOf created: Timestamp, keepingTokens: Bool
    ) throws -> IncarnationChange {
        // The sinks of the vault that was backed up know of later entries; the restored one begins its own.
        head.change {
            $0.beginLife()
            $0.sinks = SinkMarks()
        }
        var change = IncarnationChange(
            incarnation: head.current.incarnation, deadTokens: 0, openRotations: 0)
        if !keepingTokens {
            for var token in try select(
                TokenRecord.self, where: "WHERE state = ?",
                [.text(TokenRecord.State.active.rawValue)])
            {
                token.state = .revoked
                try update(token)
                change.deadTokens += 1
            }
        }
        let note = "needs-check: restored from a backup of \(created)"
        for var rotation in try select(RotationRecord.self, where: "", [])
        where rotation.state.isUnfinished {
            rotation.state = .undecided
            rotation.content.note = note
            rotation.content.changed = .now
            try update(rotation)
        }
        for var version in try select(
            SecretVersionRecord.self, where: "WHERE state = ?",
            [.text(SecretVersionState.pending.rawValue)])
        {
            version.content.note = note
            try update(version)
            change.openRotations += 1
        }
        return change
    }
}
