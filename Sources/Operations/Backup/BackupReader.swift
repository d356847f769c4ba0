internal import Glibc
internal import Sealing
internal import Sodium
private import VaultModel
internal import VaultStore

/// Reads the file of a backup.
struct BackupReader {
    /// The header; nothing in it is believed before the database has been extracted.
    let header: BackupHeader
    private let stream: BackupStream
    private let digest: [UInt8]

    /// Opens the file at `path` and reads its header.
    init(path: String) throws(VaultError) {
        stream = try BackupStream(reading: path)
        (header, digest) = try BackupHeader.read(from: stream)
    }

    /// Opens every chunk and writes the database to `target`, where nothing may be.
    ///
    /// - Throws: exit 8 for a file that was altered or cut off, and then leaves nothing at `target`.
    func extract(with fileKey: SecretKey, to target: String) throws {
        do {
            try fill(target, fileKey)
        } catch SodiumError.notAuthentic, SodiumError.wrongLength {
            unsafe unlink(target)
            throw BackupHeader.damaged(stream.path)
        } catch {
            unsafe unlink(target)
            throw error
        }
    }

    private func fill(_ path: String, _ fileKey: SecretKey) throws {
        let target = try BackupStream(creating: path)
        let start = try stream.read(SecretStream.headerBytes)
        var opener = try SecretStreamOpener(key: fileKey, header: start.span)
        let chunkBytes = VaultLimits.backupChunkBytes + SecretStream.overheadBytes
        var bytes: Int64 = 0
        while !opener.isFinished {
            let sealed = try stream.read(chunkBytes)
            let chunk = try opener.open(sealed.span, associatedData: digest.span)
            bytes += Int64(chunk.count)
            try target.write(chunk)
        }
        guard try stream.read(1).isEmpty, bytes == header.bytes else {
            throw SodiumError.notAuthentic
        }
        try target.synchronise()
    }

    /// Opens the extracted database and compares it with what the header says of it.
    func openDatabase(at path: String, with ring: KeyRing) async throws -> VaultStore {
        guard header.format == VaultStore.format else {
            throw StoreError.newerFormat(found: header.format)
        }
        let store = try VaultStore.open(at: path) { _, _ in ring }
        let end = try await store.end()
        guard store.vault == header.vault, end.sequence == header.sequence,
            end.auditMAC == header.auditMac.bytes, end.incarnation == header.incarnation
        else {
            await store.close()
            throw BackupHeader.damaged(stream.path)
        }
        return store
    }
}
