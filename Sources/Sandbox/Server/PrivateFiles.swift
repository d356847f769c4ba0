internal import Glibc
internal import Sodium

/// A folder of small files that are replaced as a whole, by one process at a time.
struct PrivateFiles: ~Copyable {
    private let folder: String
    private let lock: CInt

    /// Makes the folder with mode 0700 unless it exists, and waits for its lock.
    init(folder: String) throws(SandboxError) {
        if unsafe mkdir(folder, 0o700) != 0, errno != EEXIST { throw Self.failure(folder) }
        let path = folder + "/.lock"
        let lock = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw Self.failure(path) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let error = Self.failure(path)
                close(lock)
                throw error
            }
        }
        self.folder = folder
        self.lock = lock
    }

    deinit { close(lock) }

    /// The path of a file of this folder.
    func path(_ name: String) -> String { folder + "/" + name }

    /// The bytes of a public file, `nil` when it does not exist.
    func read(_ name: String, limit: Int) throws(SandboxError) -> [UInt8]? {
        guard let secret = try readSecret(name, limit: limit) else { return nil }
        return secret.withSpan { span in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(span.count)
            for index in span.indices { bytes.append(span[index]) }
            return bytes
        }
    }

    /// The bytes of a secret file, `nil` when it does not exist.
    func readSecret(_ name: String, limit: Int) throws(SandboxError) -> SecretBytes? {
        let path = path(name)
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure(path)
        }
        defer { close(file) }
        do {
            return try SecretBytes(readingAllOf: file, limit: limit)
        } catch {
            throw .certificateFile(path: path, reason: error.explanation.cause)
        }
    }

    /// Writes a file that appears whole or not at all, and is on the disk when this returns.
    func write(_ bytes: Span<UInt8>, to name: String, mode: mode_t) throws(SandboxError) {
        let path = path(name)
        let partial = path + ".new"
        if unsafe unlink(partial) != 0, errno != ENOENT { throw Self.failure(partial) }
        let file = unsafe open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { throw Self.failure(partial) }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.extracting(droppingFirst: written).withUnsafeBufferPointer {
                unsafe Glibc.write(file, $0.baseAddress, $0.count)
            }
            guard count > 0 || errno == EINTR else { throw Self.failure(partial) }
            written += max(0, count)
        }
        guard fchmod(file, mode) == 0, fsync(file) == 0, unsafe rename(partial, path) == 0 else {
            throw Self.failure(path)
        }
        let directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw Self.failure(folder) }
        fsync(directory)
        close(directory)
    }

    private static func failure(_ path: String) -> SandboxError {
        .certificateFile(path: path, reason: unsafe String(cString: strerror(errno)))
    }
}
