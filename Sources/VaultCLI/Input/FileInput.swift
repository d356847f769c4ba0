private import Glibc
internal import Operations
internal import Sodium

/// Reads files that the command line names.
enum FileInput {
    /// The name that stands for standard input.
    static let standardInput = "-"

    /// Reads a file that holds no secret, or standard input for `-`.
    ///
    /// - Throws: when it cannot be read or has more than `limit` bytes.
    static func read(_ path: String, limit: Int) throws(VaultError) -> [UInt8] {
        if path == standardInput { return try bytes(of: STDIN_FILENO, path, limit: limit) }
        return try withFile(path) { (descriptor) throws(VaultError) in
            try bytes(of: descriptor, path, limit: limit)
        }
    }

    /// Reads UTF-8 text that is no secret.
    static func text(_ path: String, limit: Int) throws(VaultError) -> String {
        guard let text = String(validating: try read(path, limit: limit), as: UTF8.self) else {
            throw .invalid("\(name(path)) is not UTF-8 text", "convert it, for example with iconv")
        }
        return text
    }

    /// Reads a secret straight into locked memory, without one line end behind it.
    static func secret(_ path: String, limit: Int) throws(VaultError) -> SecretBytes {
        try withFile(path) { (descriptor) throws(VaultError) in
            try secret(of: descriptor, path, limit: limit)
        }
    }

    /// Reads a key as it is: a byte of it may be a line end.
    static func key(_ path: String) throws(VaultError) -> SecretBytes {
        try withFile(path) { (descriptor) throws(VaultError) in
            do throws(SodiumError) {
                return try SecretBytes(readingAllOf: descriptor, limit: 128)
            } catch {
                if case .readFailed(let code) = error { throw unreadable(path, code) }
                throw .invalid(
                    "\(path) holds no key", "it has 32 bytes, or 64 hexadecimal digits on a line")
            }
        }
    }

    /// Reads a secret from `descriptor` to its end, without one line end behind it.
    static func secret(
        of descriptor: Int32, _ path: String, limit: Int
    ) throws(VaultError) -> SecretBytes {
        do throws(SodiumError) {
            // Room for the line end that goes.
            let all = try SecretBytes(readingAllOf: descriptor, limit: limit + 2)
            return try all.trimmingLineEnd()
        } catch {
            switch error {
            case .readFailed(let code): throw unreadable(path, code)
            case .tooLarge:
                throw .invalid("\(name(path)) has more than \(limit) bytes", "give a shorter value")
            default: throw VaultError(wrapping: error)
            }
        }
    }

    /// Reads a secret file as it is, a line end behind it included.
    static func wholeSecret(_ path: String, limit: Int) throws(VaultError) -> SecretBytes {
        try withFile(path) { (descriptor) throws(VaultError) in
            do throws(SodiumError) {
                return try SecretBytes(readingAllOf: descriptor, limit: limit)
            } catch {
                if case .readFailed(let code) = error { throw unreadable(path, code) }
                throw VaultError(wrapping: error)
            }
        }
    }

    /// Lends the descriptor of a file, or of standard input for `-`.
    static func withDescriptor<R>(
        _ path: String, _ body: (Int32) throws(VaultError) -> R
    ) throws(VaultError) -> R {
        if path == standardInput { return try body(STDIN_FILENO) }
        return try withFile(path, body)
    }

    private static func withFile<R: ~Copyable>(
        _ path: String, _ body: (Int32) throws(VaultError) -> R
    ) throws(VaultError) -> R {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        return try body(descriptor)
    }

    private static func bytes(
        of descriptor: Int32, _ path: String, limit: Int
    ) throws(VaultError) -> [UInt8] {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(path, errno)
            }
            if count == 0 { return content }
            guard content.count + count <= limit else {
                throw .invalid("\(name(path)) has more than \(limit) bytes", "give a smaller file")
            }
            content += buffer[..<count]
        }
    }

    /// The error of a file that could not be read.
    static func unreadable(_ path: String, _ code: Int32) -> VaultError {
        VaultError(
            .usage, "file", "\(name(path)) cannot be read: \(OutputStreams.reason(code))",
            "check the path and its permissions")
    }

    private static func name(_ path: String) -> String {
        path == standardInput ? "standard input" : path
    }
}
