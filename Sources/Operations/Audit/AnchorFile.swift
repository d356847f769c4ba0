private import Glibc
internal import VaultStore

/// The file beside the database that tells an earlier copy (`docs/formats/audit.md`).
enum AnchorFile {
    /// The anchor at `path`, or `nil` when nothing is there.
    ///
    /// - Throws: `StoreError.anchorAltered` for what is no anchor.
    static func read(_ path: String, database: Int64) throws(StoreError) -> Anchor? {
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .anchorAltered(database: database)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Anchor.byteLimit + 1)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
        }
        guard count > 0, let anchor = Anchor(parsing: Array(bytes[..<count])) else {
            throw .anchorAltered(database: database)
        }
        return anchor
    }

    /// Writes an anchor beside `path`, makes it durable and moves it there.
    ///
    /// - Throws: exit 1, `anchor`, with the system's reason.
    static func write(_ anchor: Anchor, to path: String) throws(VaultError) {
        guard let code = replace(path, by: anchor) else { return }
        throw VaultError(
            .failed, "anchor", "\(path) cannot be written: \(SinkFailure.reason(code))",
            "check the folder, its owner and the free space")
    }

    /// The error number of what failed; `nil` when it worked.
    private static func replace(_ path: String, by anchor: Anchor) -> Int32? {
        let draft = path + ".new"
        let descriptor = unsafe open(
            draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return errno }
        let bytes = anchor.document
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        // A write that stops halfway has met the end of the space.
        var code = count == bytes.count ? 0 : count < 0 ? errno : ENOSPC
        if code == 0, fsync(descriptor) != 0 { code = errno }
        close(descriptor)
        if code == 0, unsafe rename(draft, path) != 0 { code = errno }
        guard code != 0 else { return nil }
        unsafe unlink(draft)
        return code
    }
}
