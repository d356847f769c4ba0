private import Glibc
internal import Sodium

/// Reads secrets from files, straight into the slab.
enum SecretFile {
    /// Reads a file to its end, without its last line end.
    ///
    /// The last part of the path must be the file itself, not a link, and the file must be regular
    /// and not readable by everybody. What is judged is the file that was opened, so that nobody can
    /// change it in between.
    ///
    /// - Parameter folders: Where the file must be, links resolved; `nil` for anywhere.
    /// - Throws: `.noFile`, `.notRegular`, `.readableByAll`, `.unreadable`, `.notPermitted`,
    ///   `.empty`, `.tooLarge`, `.secureMemory`.
    static func read(
        _ path: String, below folders: [String]?, limit: Int
    ) throws(ReferenceError) -> SecretBytes {
        guard !path.utf8.contains(0) else { throw .noFile("the path") }
        // Without O_NONBLOCK, opening a pipe would wait for a writer.
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let descriptor = unsafe open(path, flags)
        guard descriptor >= 0 else { throw failure(errno, path) }
        defer { close(descriptor) }
        if let folders { try judgePlace(of: descriptor, path, folders) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { throw failure(errno, path) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path) }
        guard facts.st_mode & S_IROTH == 0 else { throw .readableByAll(path) }
        let value = try contents(of: descriptor, path, limit)
        guard value.count > 0 else { throw .empty(path) }
        guard value.count <= limit else { throw .tooLarge(path) }
        return value
    }

    private static func contents(
        of descriptor: CInt, _ path: String, _ limit: Int
    ) throws(ReferenceError) -> SecretBytes {
        do {
            // A line end comes on top of the limit.
            let whole = try SecretBytes(readingAllOf: descriptor, limit: limit + 2)
            return try whole.trimmingLineEnd()
        } catch .tooLarge {
            throw .tooLarge(path)
        } catch .readFailed(let code) {
            throw failure(code, path)
        } catch {
            throw .secureMemory(error)
        }
    }

    private static func judgePlace(
        of descriptor: CInt, _ path: String, _ folders: [String]
    ) throws(ReferenceError) {
        guard let real = resolved("/proc/self/fd/\(descriptor)") else {
            throw .notPermitted("file://\(path)")
        }
        let isPermitted = folders.contains { folder in
            guard let folder = resolved(folder) else { return false }
            return real.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
        }
        guard isPermitted else { throw .notPermitted("file://\(path)") }
    }

    /// The path without links; `nil` when there is nothing.
    private static func resolved(_ path: String) -> String? {
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    private static func failure(_ code: CInt, _ path: String) -> ReferenceError {
        switch code {
        case ENOENT, ENOTDIR: .noFile(path)
        case ELOOP, EISDIR, ENXIO: .notRegular(path)
        case EACCES, EPERM: .unreadable(path, reason: "permission denied")
        default: .unreadable(path, reason: "error \(code)")
        }
    }
}
