internal import Glibc
internal import Sealing
package import VaultModel
internal import VaultStore

/// What a restore made of a backup.
package struct RestoreReport: Sendable, Codable {
    /// The vault.
    package var vault: VaultID
    /// Its folder.
    package var home: String
    /// When the copy was taken: what happened later is not in it.
    package var created: Timestamp
    /// The last audit entry of the backup.
    package var auditSequence: Int64
    /// Which life of the vault begins.
    package var incarnation: Int64
    /// Tokens that were alive in the backup and are dead now.
    package var deadTokens: Int
    /// Secrets with a rotation that the backup caught in the middle.
    package var openRotations: Int
    /// Where the key file is, if there is one.
    package var keyFile: String?
}

/// `vault restore`: makes a vault out of a backup, where none is.
package struct BackupRestoration: Sendable {
    /// The folder of the vault that is made.
    package let home: VaultHome
    /// What opens the backup.
    package let key: BackupKey
    /// Whether tokens of the backup stay alive.
    package let keepsTokens: Bool

    /// A restore into `home`.
    package init(home: VaultHome, key: BackupKey, keepsTokens: Bool) {
        self.home = home
        self.key = key
        self.keepsTokens = keepsTokens
    }

    /// Restores the backup at `path`.
    ///
    /// The database gets its name as the last step, so that a crash leaves no half of a vault.
    /// - Throws: exit 5 where a vault is, 6 when the key is another, 8 for whatever was altered.
    package func restore(_ path: String) async throws(VaultError) -> RestoreReport {
        do {
            // A backup that does not open must leave no folder behind.
            try home.requireNoVault()
            let reader = try BackupReader(path: path)
            let (ring, fileKey) = try key.open(reader.header)
            try home.prepare()
            let lock = try VaultService.takeLock(home)
            defer { lock.release() }
            try home.requireNoVault()
            let draft = home.database + ".restore"
            for suffix in ["", "-wal", "-shm"] { unsafe unlink(draft + suffix) }
            defer { for suffix in ["", "-wal", "-shm"] { unsafe unlink(draft + suffix) } }
            try reader.extract(with: fileKey, to: draft)
            let store = try await reader.openDatabase(at: draft, with: ring)
            let change: IncarnationChange
            let keyFile: String?
            do {
                _ = try await store.inventory()
                let (path, slot) = try makeKeyFile(ring)
                keyFile = path
                change = try await begin(store, reader.header, slot)
                try VaultService.startAnchor(of: store, home: home)
                try await store.requireEmptyLog()
                await store.close()
            } catch {
                await store.close()
                throw error
            }
            guard unsafe link(draft, home.database) == 0 else {
                throw StoreError.exists(path: home.path)
            }
            return report(reader.header, change, keyFile)
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    /// Puts a key file beside the vault: a copy of the one given, or a new one with a slot of its
    /// own when a code or an identity opened the backup.
    private func makeKeyFile(_ ring: KeyRing) throws -> (path: String?, slot: RootKeySlot?) {
        let vault = ring.vault
        let path = newKeyFile(vault)
        guard case .keyFiles(let files, let adopts) = key else {
            return (path, try ring.wrapRoot(for: try KeyFile.create(at: path, vault: vault)))
        }
        for file in files where (try? KeyFile.read(at: file, vault: vault)) != nil {
            if !adopts || file.hasPrefix(home.keys + "/") { return (file, nil) }
            try KeyFile.copy(file, of: vault, to: path)
            return (path, nil)
        }
        return (nil, nil)
    }

    /// A free name; one may be taken by a restore that did not come to its end.
    private func newKeyFile(_ vault: VaultID) -> String {
        let names = ["\(vault)"] + (2...99).map { "\(vault)-\($0)" }
        let paths = names.map { home.keys + "/root-\($0).key" }
        return paths.first { unsafe access($0, F_OK) != 0 } ?? paths[0]
    }

    private func begin(
        _ store: VaultStore, _ header: BackupHeader, _ slot: RootKeySlot?
    ) async throws -> IncarnationChange {
        if let slot { try await store.addSlot(slot) }
        let keepsTokens = keepsTokens
        let created = header.created
        let id = header.id
        let sequence = header.sequence
        let tenant = try await AuditKeeper.tenant(of: store)
        return try await store.transaction { transaction in
            let change = try transaction.beginIncarnation(
                fromBackupOf: created, keepingTokens: keepsTokens)
            try transaction.audit(
                AuditEntry(
                    tenant: tenant, actor: "operator:\(geteuid())", action: "vault.restore",
                    outcome: .allowed,
                    detail: [
                        "backup": "\(id)", "incarnation": "\(change.incarnation)",
                        "gap":
                            "entries after \(sequence) of incarnation \(change.incarnation - 1), "
                            + "from \(created) on, are not in this log",
                        "dead_tokens": keepsTokens ? "kept on purpose" : "\(change.deadTokens)",
                        "open_rotations": "\(change.openRotations)",
                    ], request: RequestID()))
            return change
        }
    }

    private func report(
        _ header: BackupHeader, _ change: IncarnationChange, _ keyFile: String?
    ) -> RestoreReport {
        RestoreReport(
            vault: header.vault, home: home.path, created: header.created,
            auditSequence: header.sequence, incarnation: change.incarnation,
            deadTokens: change.deadTokens, openRotations: change.openRotations, keyFile: keyFile)
    }
}
