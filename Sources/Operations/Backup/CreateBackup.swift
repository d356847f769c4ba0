package import Access
internal import Glibc
internal import Locking
internal import Sealing
internal import Sodium
package import VaultModel
internal import VaultStore

/// A backup, as lists and answers have it.
package struct BackupSummary: Sendable, Codable {
    /// Its identity.
    package var id: BackupID
    /// Where it was written.
    package var path: String
    /// When the copy was taken.
    package var created: Timestamp
    /// The generation of the root key that opens it.
    package var rootGeneration: UInt32
    /// The last audit entry in it.
    package var auditSequence: Int64
    /// How many recipients it was written for.
    package var recipients: Int

    init(_ record: BackupRecord) {
        id = record.id
        path = record.content.path
        created = record.created
        rootGeneration = record.rootGeneration
        auditSequence = record.content.sequence
        recipients = record.content.recipients
    }
}

/// `vault backup`: a copy of the database in a sealed file, while everything goes on.
///
/// Captured mail of the sandbox is not part of it.
package struct CreateBackup: OperationRequest {
    package typealias Response = BackupSummary
    package static let operation = OperationName.backupCreate

    /// Where the file goes, from the root.
    package var path: String
    /// Public keys of those outside who may open it, besides whoever has a key of the vault.
    package var recipients: [String]
    /// Replaces an earlier backup of that name.
    package var force: Bool

    /// Asks for a backup.
    package init(path: String, recipients: [String], force: Bool) {
        self.path = path
        self.recipients = recipients
        self.force = force
    }

    package var auditObject: String { "backup/\(path)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<BackupSummary> {
        let vault = context.vault
        try checkPath(in: vault.home)
        let writer = BackupWriter(path: path, replaces: force)
        try writer.checkPlace()
        let keys = try recipientKeys()
        guard let lock = try ProcessLock(path: vault.home.backupLock) else {
            throw VaultError(
                .conflict, "backup-busy", "another backup is being written", "wait for it to end")
        }
        defer { lock.release() }
        vault.home.removeBackupRemains()
        defer { vault.home.removeBackupRemains() }
        let copy = vault.home.backupCopy
        let snapshot = try await vault.store.snapshot(to: copy)
        let fileKey = try SecretKey(random: ())
        let header = try header(snapshot, vault.store, fileKey, keys, size: size(of: copy))
        // A file that opens must never be unknown to the vault, so the record comes first.
        let record = try await note(header, in: context)
        do {
            try await Blocking.run {
                try writer.write(header, fileKey: fileKey, database: copy)
            }
        } catch {
            try await vault.store.transaction { try $0.delete(record) }
            throw error
        }
        // Until that is durable, a power cut leaves this file or the one before it: both are known.
        try await Blocking.run { try writer.makeNameDurable() }
        try await forgetReplaced(by: record, in: context)
        return OperationReply(BackupSummary(record))
    }

    /// Takes away the records of backups whose file this one replaced.
    private func forgetReplaced(
        by record: BackupRecord, in context: OperationContext
    ) async throws {
        guard force else { return }
        try await context.vault.store.transaction { transaction in
            for other in try transaction.backups()
            where other.id != record.id && other.content.path == record.content.path {
                try transaction.delete(other)
            }
        }
    }

    private func checkPath(in home: VaultHome) throws(VaultError) {
        guard path.hasPrefix("/"), path.utf8.count <= VaultLimits.pathBytes,
            !path.utf8.contains(0), !path.hasSuffix("/")
        else {
            throw VaultError.invalid(
                "the path of the backup is none", "name a file, from the root of the file system")
        }
        for folder in [home.data, home.keys, home.run] where path.hasPrefix(folder + "/") {
            throw VaultError.invalid(
                "the backup would lie in \(folder)",
                "choose a folder outside the vault's own, best on another disk")
        }
    }

    private func recipientKeys() throws -> [BoxPublicKey] {
        guard recipients.count <= VaultLimits.backupRecipients else {
            throw VaultError.invalid(
                "\(recipients.count) recipients are too many",
                "name at most \(VaultLimits.backupRecipients)")
        }
        return try recipients.map { try RecipientIdentity.publicKey($0) }
    }

    private func header(
        _ snapshot: VaultSnapshot, _ store: VaultStore, _ fileKey: SecretKey,
        _ recipients: [BoxPublicKey], size: Int64
    ) throws -> BackupHeader {
        let ring = store.keys
        var header = BackupHeader(
            id: BackupID(), vault: store.vault, created: .now,
            rootGeneration: ring.rootGeneration, incarnation: snapshot.incarnation,
            sequence: snapshot.sequence, auditMac: HexBytes(snapshot.auditMAC),
            format: VaultStore.format, schema: HexBytes(VaultStore.schemaDigest), bytes: size,
            slots: snapshot.slots.map(BackupHeader.Slot.init), key: HexBytes([]),
            recipients: try recipients.map { HexBytes(try ring.escrow(fileKey, to: $0)) })
        let backupKey = try ring.backupKey()
        let data = header.keyData
        header.key = fileKey.withSpan {
            HexBytes(
                SealedValue.seal($0, to: data, key: backupKey, generation: ring.rootGeneration))
        }
        return header
    }

    private func size(of path: String) throws(VaultError) -> Int64 {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw BackupStream.failure(path, errno) }
        return Int64(status.st_size)
    }

    /// Records the backup, in one transaction with its audit entry.
    private func note(
        _ header: BackupHeader, in context: OperationContext
    ) async throws -> BackupRecord {
        let path = path
        let record = BackupRecord(
            id: header.id, created: header.created, rootGeneration: header.rootGeneration,
            content: BackupRecord.Content(
                path: path, sequence: header.sequence, recipients: header.recipients.count))
        return try await context.commit(detail: [
            "backup": "\(header.id)", "sequence": "\(header.sequence)",
            "root_generation": "\(header.rootGeneration)",
            "recipients": recipients.joined(separator: " "),
        ]) { transaction in
            try transaction.insert(record)
            return record
        }
    }
}

/// `vault backup list`: every backup that was written and may still exist.
package struct ListBackups: OperationRequest {
    package typealias Response = [BackupSummary]
    package static let operation = OperationName.backupList

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[BackupSummary]> {
        OperationReply(try await context.commit { try $0.backups().map(BackupSummary.init) })
    }
}

/// Work that blocks, on a thread of its own.
enum Blocking {
    static func run(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Void, any Error>) in
            let started = WorkerThread.start(named: "backup") {
                continuation.resume(with: Result { try body() })
            }
            if !started {
                continuation.resume(
                    throwing: VaultError(
                        .failed, "no-thread", "the system has no thread to give", "try again"))
            }
        }
    }
}
