private import CSQLite
private import Glibc

extension SQLiteError {
    /// Reads the last failure of a connection; `handle` may be `nil` when opening failed early.
    init(code: CInt, handle: OpaquePointer?, path: String, sql: SQL? = nil) {
        let errno = unsafe handle.map { unsafe sqlite3_system_errno($0) } ?? 0
        let message = unsafe Self.message(code: code, handle: handle)
        switch code & 0xff {
        case SQLITE_NOTADB: self = .notADatabase(path: path)
        case SQLITE_CORRUPT: self = .corrupt(path: path, detail: message)
        case SQLITE_FULL: self = .diskFull(path: path)
        case SQLITE_READONLY: self = .readOnly(path: path)
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: self = .busy(path: path)
        case SQLITE_CANTOPEN: self = Self.cannotOpen(path: path, errno: errno, message: message)
        case SQLITE_PERM, SQLITE_AUTH: self = Self.refused(code: code, path: path)
        case SQLITE_IOERR: self = Self.ioFailure(path: path, code: code, errno: errno)
        case SQLITE_CONSTRAINT: self = Self.constraint(code: code, message: message)
        case SQLITE_TOOBIG: self = .tooLarge(detail: message)
        case SQLITE_INTERRUPT: self = .interrupted
        case SQLITE_NOMEM: self = .outOfResources
        case SQLITE_MISUSE: self = .misuse(message)
        case SQLITE_ERROR, SQLITE_SCHEMA, SQLITE_MISMATCH, SQLITE_RANGE:
            self = .invalidStatement(sql: sql?.text ?? "", message: message)
        default: self = .other(code: code, message: message)
        }
    }

    /// Says why the main file of a database cannot be opened, from `errno` and the folder.
    static func cannotOpen(path: String, errno: CInt, message: String) -> SQLiteError {
        switch errno {
        case ENOENT:
            return folderExists(of: path)
                ? .missing(path: path)
                : .cannotOpen(path: path, reason: "its folder does not exist")
        case ENOSPC, EDQUOT: return .diskFull(path: path)
        case EROFS: return .readOnly(path: path)
        case EACCES, EPERM:
            // The log beside an accessible file could not be made: it is the folder that refuses.
            return unsafe access(path, R_OK) == 0
                ? .readOnly(path: path) : .permissionDenied(path: path)
        case 0:
            return unsafe access(folder(of: path), W_OK) == 0
                ? .cannotOpen(path: path, reason: message) : .readOnly(path: path)
        default: return .cannotOpen(path: path, reason: text(of: errno))
        }
    }

    /// The folder that holds `path`.
    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        let folder = path[..<slash]
        return folder.isEmpty ? "/" : String(folder)
    }

    /// The system's words for an error number.
    static func text(of errno: CInt) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe strerror_r(errno, &buffer, buffer.count) == 0 else { return "error \(errno)" }
        let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func folderExists(of path: String) -> Bool {
        unsafe access(folder(of: path), F_OK) == 0
    }

    private static func refused(code: CInt, path: String) -> SQLiteError {
        code & 0xff == SQLITE_AUTH
            ? .misuse("transactions, ATTACH and settings go through the connection's own methods")
            : .permissionDenied(path: path)
    }

    private static func ioFailure(path: String, code: CInt, errno: CInt) -> SQLiteError {
        switch errno {
        case ENOSPC, EDQUOT: .diskFull(path: path)
        case EROFS: .readOnly(path: path)
        case _ where code == SQLITE_IOERR | 12 << 8: .outOfResources  // SQLITE_IOERR_NOMEM
        // SQLITE_IOERR_DATA and SQLITE_IOERR_CORRUPTFS: a checksum below SQLite is wrong.
        case _ where code >> 8 == 32 || code >> 8 == 33:
            .corrupt(path: path, detail: "code \(code)")
        default: .io(path: path, code: code, errno: errno)
        }
    }

    private static func constraint(code: CInt, message: String) -> SQLiteError {
        let constraint: SQLiteConstraint =
            // The second byte of SQLITE_CONSTRAINT_…, macros that Swift cannot import.
            switch code >> 8 {
            case 1: .check
            case 3: .foreignKey
            case 5: .notNull
            case 6, 10: .primaryKey
            case 8: .unique
            case 12: .datatype
            default: .other
            }
        return .constraint(constraint, detail: message)
    }

    private static func message(code: CInt, handle: OpaquePointer?) -> String {
        let text = unsafe handle.flatMap { unsafe sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        guard let text = unsafe text else { return "" }
        let bytes = unsafe UnsafeBufferPointer(start: text, count: strlen(text))
        return unsafe String(
            decoding: bytes.prefix(SQLiteLimits.messageBytes).map { UInt8(bitPattern: $0) },
            as: UTF8.self)
    }
}
