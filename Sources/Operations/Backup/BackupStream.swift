internal import Glibc

/// A file that is read or written from its start to its end, closed with its owner.
final class BackupStream: Sendable {
    /// Where the file is, for errors.
    let path: String
    private let descriptor: Int32

    /// Opens an existing plain file for reading.
    init(reading path: String) throws(VaultError) {
        self.path = path
        // Without O_NONBLOCK a pipe in the file's place would be waited for, for ever.
        descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw Self.failure(path, errno) }
            throw VaultError(
                .notFound, "not-found", "there is no backup '\(path)'", "check the path")
        }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw VaultError.invalid("\(path) is no plain file", "name the file of a backup")
        }
    }

    /// Makes a new file with mode 0600.
    init(creating path: String) throws(VaultError) {
        self.path = path
        descriptor = unsafe open(
            path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
    }

    deinit { close(descriptor) }

    /// Up to `count` bytes; fewer only at the end of the file.
    func read(_ count: Int) throws(VaultError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var used = 0
        while used < count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: used), count - used)
            }
            if got < 0 {
                if errno == EINTR { continue }
                throw Self.failure(path, errno)
            }
            if got == 0 { break }
            used += got
        }
        bytes.removeLast(count - used)
        return bytes
    }

    /// Writes all of `bytes`.
    func write(_ bytes: [UInt8]) throws(VaultError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure(path, errno)
            }
            written += count
        }
    }

    /// Makes what was written durable.
    func synchronise() throws(VaultError) {
        guard fsync(descriptor) == 0 else { throw Self.failure(path, errno) }
    }

    static func failure(_ path: String, _ code: Int32) -> VaultError {
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return VaultError(
            .failed, code == ENOSPC ? "disk-full" : "file", "\(path): \(reason)",
            "check the folder, its owner and the free space")
    }
}
