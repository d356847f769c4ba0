private import CSQLite
private import Glibc

extension SQLiteConnection {
    /// Starts the library once for the process; the value is SQLite's result code.
    private static let started: CInt = signet_sqlite_start()

    /// Opens the file without creating it through SQLite, so that its mode is ours to choose.
    static func openHandle(
        path: String, mode: SQLiteOpenMode
    ) throws(SQLiteError) -> OpaquePointer {
        guard started == SQLITE_OK, sqlite3_threadsafe() != 0 else {
            throw .notHardened(setting: "threads")
        }
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .cannotOpen(path: path, reason: "the path is empty or holds a NUL")
        }
        try prepareFile(path: path, mode: mode)
        // Debian's SQLite reads "file:…" as a URI and ":memory:" as no file at all.
        let name = path.utf8.first == UInt8(ascii: "/") ? path : "./" + path
        let access = mode == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        var handle: OpaquePointer?
        let code = unsafe sqlite3_open_v2(
            name, &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, nil)
        guard code == SQLITE_OK, let handle = unsafe handle else {
            let error = unsafe SQLiteError(code: code, handle: handle, path: path)
            unsafe sqlite3_close_v2(handle)
            throw error
        }
        if mode != .readOnly, unsafe sqlite3_db_readonly(handle, "main") == 1 {
            unsafe sqlite3_close_v2(handle)
            throw .readOnly(path: path)
        }
        return unsafe handle
    }

    /// Makes a missing file with mode 0600, and takes away what others may do with an old one.
    ///
    /// SQLite gives `-wal` and `-shm` the mode of the database. An existing database is never
    /// opened here: closing the descriptor would drop the process's locks on it.
    private static func prepareFile(path: String, mode: SQLiteOpenMode) throws(SQLiteError) {
        if mode == .create {
            let file = unsafe Glibc.open(
                path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0o600)
            if file >= 0 {
                Glibc.close(file)
                try syncFolder(of: path)
            } else if errno != EEXIST {
                throw .creating(path: path, errno: errno)
            }
        }
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            throw .cannotOpen(path: path, errno: errno, message: "")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .cannotOpen(path: path, reason: "it is not a regular file")
        }
        guard mode != .readOnly else { return }
        if mode == .readWrite, status.st_size == 0 {
            throw .truncated(path: path, expected: 512, found: 0)
        }
        // SQLite takes a file of one byte for a new database, and writes over it.
        if mode == .readWrite, status.st_size == 1 { throw .notADatabase(path: path) }
        for file in [path, path + "-wal", path + "-shm"] {
            guard unsafe lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                continue
            }
            if status.st_mode & 0o077 != 0, unsafe chmod(file, 0o600) != 0 {
                throw .permissionDenied(path: file)
            }
        }
    }

    /// Makes the entry of a new file in its folder durable.
    static func syncFolder(of path: String) throws(SQLiteError) {
        let folder = unsafe Glibc.open(
            SQLiteError.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        defer { Glibc.close(folder) }
        // Some file systems cannot synchronise a folder and say so with EINVAL.
        guard fsync(folder) == 0 || errno == EINVAL else {
            throw .io(path: path, code: SQLITE_IOERR, errno: errno)
        }
    }
}

extension SQLiteError {
    /// Why a new file could not be made.
    fileprivate static func creating(path: String, errno: CInt) -> SQLiteError {
        switch errno {
        case EACCES, EPERM, EROFS: .readOnly(path: path)
        case ENOENT: .cannotOpen(path: path, reason: "its folder does not exist")
        default: cannotOpen(path: path, errno: errno, message: "")
        }
    }
}
