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

    /// Writes an anchor beside `path`, makes it durable and moves it there; whether that worked.
    static func write(_ anchor: Anchor, to path: String) -> Bool {
        let draft = path + ".new"
        let descriptor = unsafe open(
            draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        let bytes = anchor.document
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        let isDurable = count == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isDurable, unsafe rename(draft, path) == 0 else {
            unsafe unlink(draft)
            return false
        }
        return true
    }
}
