package import VaultModel
package import VaultStore

/// What a backup turned out to hold, with everything in it opened.
package struct BackupReport: Sendable, Codable {
    /// Whether all of it opens; a backup that does not is an error.
    package var ok: Bool
    /// Its identity.
    package var id: BackupID
    /// The vault that it is a copy of.
    package var vault: VaultID
    /// When the copy was taken.
    package var created: Timestamp
    /// The generation of the root key that it is sealed under.
    package var rootGeneration: UInt32
    /// Which life of the vault it is a copy of.
    package var incarnation: Int64
    /// What was opened.
    package var contents: VaultInventory
}

/// `vault backup verify`: needs a key and the file, and neither a vault nor a server.
package enum BackupVerification {
    /// Restores the backup into a private folder and opens everything in it.
    ///
    /// - Throws: exit 6 when the key is another, 8 for whatever was altered.
    package static func verify(
        path: String, key: BackupKey
    ) async throws(VaultError) -> BackupReport {
        do {
            let reader = try BackupReader(path: path)
            let header = reader.header
            let (ring, fileKey) = try key.open(header)
            let folder = try PrivateFolder()
            try reader.extract(with: fileKey, to: folder.database)
            let store = try await reader.openDatabase(at: folder.database, with: ring)
            do {
                let contents = try await store.inventory()
                await store.close()
                return BackupReport(
                    ok: true, id: header.id, vault: header.vault, created: header.created,
                    rootGeneration: header.rootGeneration, incarnation: header.incarnation,
                    contents: contents)
            } catch {
                await store.close()
                throw error
            }
        } catch {
            throw VaultError(wrapping: error)
        }
    }
}
