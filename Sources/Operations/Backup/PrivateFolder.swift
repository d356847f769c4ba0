internal import Glibc

/// A folder that nobody else may enter, in memory where there is such a place, removed with what
/// is in it.
final class PrivateFolder: Sendable {
    let path: String

    init() throws(VaultError) {
        let parent = unsafe access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/signet-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw BackupStream.failure(parent, errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for suffix in ["", "-wal", "-shm", "-journal"] { unsafe unlink(database + suffix) }
        unsafe rmdir(path)
    }

    /// Where a database goes.
    var database: String { path + "/vault.db" }
}
