private import Glibc
internal import Operations

/// Files of signed notes.
enum NoteFile {
    /// Appends `note` to the file at `path`, with a blank line before it when there are others.
    static func append(_ note: String, to path: String) throws(VaultError) {
        let descriptor = unsafe open(
            path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0o600)
        var status = stat()
        guard descriptor >= 0, unsafe fstat(descriptor, &status) == 0 else {
            throw failure(path, errno)
        }
        defer { close(descriptor) }
        let text = Array(((status.st_size > 0 ? "\n" : "") + note).utf8)
        let code = OutputStreams.write(text.span, to: descriptor)
        guard code == 0 else { throw failure(path, code) }
        // A terminal or pipe has nothing to make durable.
        guard status.st_mode & S_IFMT != S_IFREG || fsync(descriptor) == 0 else {
            throw failure(path, errno)
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> VaultError {
        VaultError(
            .failed, "output", "\(path) cannot be written: \(OutputStreams.reason(code))",
            "check the folder and the free space")
    }
}
