internal import Glibc
internal import Sealing
internal import Sodium
private import VaultModel

/// Writes the file of a backup.
struct BackupWriter {
    /// Where it goes.
    let path: String
    /// Whether an earlier backup in its place is replaced.
    let replaces: Bool
    private var draft: String { path + ".new" }

    /// Refuses a place that is taken; an earlier backup is not, with ``replaces``.
    func checkPlace() throws(VaultError) {
        for taken in [path, draft] where exists(taken) {
            guard taken == draft || replaces else {
                throw VaultError(
                    .conflict, "exists", "\(path) exists already",
                    "choose another name, or replace an earlier backup with --force")
            }
            guard isBackup(taken) else {
                throw VaultError(
                    .conflict, "exists", "\(taken) exists already, and is no backup",
                    "choose another name")
            }
        }
    }

    /// Seals `database` behind its header, and gives the file its name once all of it is durable.
    ///
    /// When this throws, no file has the name.
    func write(_ header: BackupHeader, fileKey: SecretKey, database: String) throws {
        try checkPlace()
        unsafe unlink(draft)
        do {
            try fill(header, fileKey, database)
            try publish()
        } catch {
            unsafe unlink(draft)
            throw error
        }
    }

    private func fill(_ header: BackupHeader, _ fileKey: SecretKey, _ database: String) throws {
        let source = try BackupStream(reading: database)
        let target = try BackupStream(creating: draft)
        let head = try header.encoded()
        let digest = Blake2b.hash(head.span)
        var sealer = try SecretStreamSealer(key: fileKey)
        try target.write(head)
        try target.write(sealer.header)
        var chunk = try source.read(VaultLimits.backupChunkBytes)
        while true {
            let next = try source.read(VaultLimits.backupChunkBytes)
            let isLast = next.isEmpty
            try target.write(
                sealer.seal(chunk.span, associatedData: digest.span, isLast: isLast))
            if isLast { break }
            chunk = next
        }
        try target.synchronise()
    }

    private func publish() throws(VaultError) {
        if replaces {
            guard unsafe rename(draft, path) == 0 else { throw BackupStream.failure(path, errno) }
        } else {
            // A hard link, unlike a rename, never takes the place of another file.
            guard unsafe link(draft, path) == 0 else { throw BackupStream.failure(path, errno) }
            unsafe unlink(draft)
        }
    }

    /// Makes the name of a file that was written durable.
    func makeNameDurable() throws(VaultError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(
            folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupStream.failure(folder, errno) }
        defer { close(descriptor) }
        // Some file systems cannot synchronise a folder and say so with EINVAL.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw BackupStream.failure(folder, errno)
        }
    }

    private func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// Whether a file begins as a backup does, or is empty after a crash.
    private func isBackup(_ path: String) -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            let start = try? BackupStream(reading: path).read(BackupHeader.magic.count)
        else { return false }
        return start == BackupHeader.magic || (start.isEmpty && path == draft)
    }
}
