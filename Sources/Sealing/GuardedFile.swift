internal import Glibc
internal import Sodium

/// Reads files that a key depends on: plain ones, of an owner who is trusted, that others can
/// neither write nor, unless told otherwise, read.
enum GuardedFile {
    /// Why a file was not read.
    enum Refusal: Error {
        case missing
        case unsafe(why: String)
        case tooLarge
        case failed(reason: String)
        case sodium(SodiumError)
    }

    /// Who may have made a file.
    enum Owner {
        /// The process's own user.
        case user
        /// The process's own user or root, whose group bits are the mask of an access list.
        case userOrRoot
    }

    /// Reads a file of at most `limit` bytes.
    static func read(
        _ path: String, limit: Int, owner: Owner
    ) throws(Refusal) -> SecretBytes {
        // Without O_NONBLOCK a pipe in the file's place would be waited for, for ever.
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: throw .missing
            case ELOOP: throw .unsafe(why: "is a symbolic link")
            default: throw .failed(reason: reason(errno))
            }
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .failed(reason: reason(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unsafe(why: "is not a plain file") }
        if let why = problem(status, owner) { throw .unsafe(why: why) }
        do {
            return try SecretBytes(readingAllOf: descriptor, limit: limit)
        } catch .tooLarge {
            throw .tooLarge
        } catch {
            throw .sodium(error)
        }
    }

    /// Why a program may not be run, or `nil`: its owner is another, or others can change it.
    static func problem(ofProgram path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            return "cannot be looked at: \(reason(errno))"
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return "is not a plain file" }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            return "belongs to another user"
        }
        guard status.st_mode & 0o022 == 0 else { return "can be changed by others" }
        return unsafe access(path, X_OK) == 0 ? nil : "cannot be run"
    }

    private static func problem(_ status: stat, _ owner: Owner) -> String? {
        let isOwn = status.st_uid == geteuid()
        switch owner {
        case .user:
            if !isOwn { return "belongs to another user" }
            return status.st_mode & 0o077 == 0 ? nil : "can be read by others"
        case .userOrRoot:
            if !isOwn, status.st_uid != 0 { return "belongs to another user" }
            // systemd lets a service read root's file by an access list, whose mask stat(2) shows
            // in the place of the group.
            let forbidden: mode_t = status.st_uid == 0 ? 0o037 : 0o077
            return status.st_mode & forbidden == 0 ? nil : "can be read by others"
        }
    }

    /// What an error number means.
    static func reason(_ code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
