private import Glibc
internal import Operations

/// Where an export goes: a new file, or standard output.
final class ExportTarget {
    private let output: Output
    private let path: String?
    private var descriptor: Int32?
    private var buffer: [UInt8] = []

    /// Makes the file at `path`, which must not exist; without one, writes to `output`.
    init(path: String?, output: Output) throws(VaultError) {
        self.output = output
        self.path = path
        guard let path else { return }
        let made = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard made >= 0 else {
            let reason = OutputStreams.reason(errno)
            throw VaultError(
                errno == EEXIST ? .conflict : .usage, "file", "\(path): \(reason)",
                "name a new file in a folder that you may write")
        }
        descriptor = made
    }

    deinit { if let descriptor { close(descriptor) } }

    /// Adds `bytes`; they may wait for more.
    func write(_ bytes: [UInt8]) throws(VaultError) {
        buffer += bytes
        if buffer.count >= 65_536 { try flush() }
    }

    /// Writes what waits, durably when it is a file.
    func finish() throws(VaultError) {
        try flush()
        if let descriptor, fsync(descriptor) != 0 { throw failure(errno) }
    }

    private func flush() throws(VaultError) {
        guard let descriptor else {
            try output.write(buffer)
            buffer = []
            return
        }
        let code = OutputStreams.write(buffer.span, to: descriptor)
        guard code == 0 else { throw failure(code) }
        buffer = []
    }

    private func failure(_ code: Int32) -> VaultError {
        VaultError(
            .failed, "output",
            "\(path ?? "the output") cannot be written: "
                + OutputStreams.reason(code), "make room, or write it elsewhere")
    }
}
