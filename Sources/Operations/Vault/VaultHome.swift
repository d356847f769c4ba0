private import Glibc
private import Locking
private import SQLite
internal import VaultModel

/// The vault's folder and what is where in it; everything is made with mode 0700 or 0600.
package struct VaultHome: Sendable, Hashable {
    /// The folder.
    package let path: String
    /// Where checkpoints of the audit log go; `nil` when the operator's settings say nothing.
    package let sinks: [CheckpointPlace]?

    /// The folder `path`.
    package init(path: String, sinks: [CheckpointPlace]? = nil) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.sinks = sinks
    }

    /// The folder that holds the databases and no key.
    package var data: String { path + "/data" }
    /// The vault's database.
    package var database: String { data + "/vault.db" }
    /// The sandbox's database.
    package var sandboxDatabase: String { data + "/sandbox.db" }
    /// The folder of key files, apart from the data.
    package var keys: String { path + "/keys" }
    /// Tells an earlier copy of the data from the newest.
    package var anchor: String { path + "/anchor" }
    /// Room that is given up when the disk is full.
    package var ballast: String { data + "/ballast" }
    /// The folder of sockets and locks.
    package var run: String { path + "/run" }
    /// Held by the one process that owns the vault.
    package var lock: String { run + "/vault.lock" }
    /// Held while a backup is written, and while keys that it would hold are replaced.
    var backupLock: String { run + "/backup.lock" }
    /// The copy of the database that a backup is made of.
    var backupCopy: String { data + "/backup.copy" }
    /// Where a backup that was cut off leaves a copy of the database, with its keys.
    var backupRemains: [String] {
        [backupCopy, SQLiteConnection.unfinishedBackup(to: backupCopy)]
    }
    /// Where a running server takes requests.
    package var socket: String { run + "/vault.sock" }
    /// Held by the process that serves the sandbox.
    package var sandboxLock: String { run + "/sandbox.lock" }
    /// Where the sandbox takes the vault's own mail.
    package var sandboxSocket: String { run + "/sandbox-smtp.sock" }
    /// The sandbox's authority and certificate.
    package var tls: String { path + "/tls" }

    /// Makes the folders that are missing.
    package func prepare() throws(VaultError) {
        for folder in [path, data, keys, run, tls] { try Self.makeFolder(folder) }
    }

    /// The key files there are, by name.
    package func keyFiles() -> [String] {
        guard let folder = unsafe opendir(keys) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name.hasPrefix("root-"), name.hasSuffix(".key") { names.append(keys + "/" + name) }
        }
        return names.sorted()
    }

    /// Removes what a backup that was cut off has left; none is being written.
    func removeBackupRemains() {
        for path in backupRemains { unsafe unlink(path) }
    }

    /// Where another key file of `vault` goes: a path where nothing is.
    func newKeyFile(of vault: VaultID) -> String {
        let first = keys + "/root-\(vault).key"
        let others = (2...UnsealLimits.slots).lazy.map { keys + "/root-\(vault)-\($0).key" }
        return ([first] + others).first { unsafe access($0, F_OK) != 0 } ?? first
    }

    private static func makeFolder(_ path: String) throws(VaultError) {
        var built = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            built += (path.hasPrefix("/") || !built.isEmpty ? "/" : "") + part
            if unsafe mkdir(built, 0o700) != 0, errno != EEXIST {
                let reason = unsafe String(cString: strerror(errno))
                throw VaultError(
                    .failed, "folder", "the folder \(built) cannot be made: \(reason)",
                    "name another folder with --home")
            }
        }
    }
}

/// A lock on a file, held by this process until it is let go or the process ends (`flock`).
package final class ProcessLock: Sendable {
    private let descriptor: Locked<Int32?>

    /// Takes the lock at `path`, or returns `nil` when another process holds it.
    package init?(path: String) throws(VaultError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let reason = unsafe String(cString: strerror(errno))
            throw VaultError(
                .failed, "lock", "\(path): \(reason)", "check the folder and its owner")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        let owner = "\(getpid())\n"
        _ = ftruncate(descriptor, 0)
        _ = unsafe owner.withCString { unsafe write(descriptor, $0, strlen($0)) }
        self.descriptor = Locked(descriptor)
    }

    deinit { release() }

    /// Lets the lock go, before its end.
    package func release() {
        let held = descriptor.withLock { $0.take() }
        if let held { close(held) }
    }

    /// The process number that the holder of `path` left there.
    package static func holder(of path: String) -> Int? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count], as: UTF8.self).prefix { $0.isNumber })
    }
}
