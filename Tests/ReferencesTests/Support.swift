import Glibc
import Sodium

/// What a secret holds, for comparison.
func text(_ secret: borrowing SecretBytes) -> String {
    secret.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
}

/// A folder of its own for one test, gone with it.
final class Folder {
    struct Failed: Error {}

    let path: String

    init() throws {
        try SodiumRuntime.start(allowSwap: true)
        var template = Array("/tmp/signet-references-XXXXXX\0".utf8CString.dropLast())
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map {
                unsafe String(cString: $0)
            }
        }
        guard let made, let real = unsafe realpath(made, nil) else { throw Failed() }
        path = unsafe String(cString: real)
        unsafe free(real)
    }

    deinit {
        for name in ["secret", "link", "pipe", "inner/secret", "inner", "token"] {
            _ = unsafe unlink("\(path)/\(name)")
            _ = unsafe rmdir("\(path)/\(name)")
        }
        _ = unsafe rmdir(path)
    }

    /// Writes a file and returns its path.
    @discardableResult
    func file(_ name: String, _ content: [UInt8], mode: mode_t = 0o600) throws -> String {
        let whole = "\(path)/\(name)"
        let descriptor = unsafe open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failed() }
        defer { close(descriptor) }
        guard unsafe write(descriptor, content, content.count) == content.count,
            fchmod(descriptor, mode) == 0
        else { throw Failed() }
        return whole
    }

    @discardableResult
    func file(_ name: String, _ content: String, mode: mode_t = 0o600) throws -> String {
        try file(name, Array(content.utf8), mode: mode)
    }
}
