internal import Explained

/// Which rule of a table a change would break.
package enum SQLiteConstraint: String, Sendable, Hashable {
    case unique = "a value that must be unique"
    case primaryKey = "a primary key that must be unique"
    case foreignKey = "a reference to a row that is not there, or that is still referred to"
    case notNull = "a value that must not be NULL"
    case check = "a CHECK rule"
    case datatype = "a column's type"
    case other = "a rule"
}

/// Why the database did not do as asked; values of rows never appear in it.
package enum SQLiteError: ExplainedError, Hashable {
    /// There is no such file.
    case missing(path: String)
    /// The folder is missing, the path is not a regular file, or the system refuses to open it.
    case cannotOpen(path: String, reason: String)
    /// This user may not open the file.
    case permissionDenied(path: String)
    /// The file is something else than an SQLite database, or its first page is overwritten.
    case notADatabase(path: String)
    /// The file is an SQLite database of another program.
    case foreignDatabase(path: String, expectedID: Int32, foundID: Int32)
    /// The file is shorter than its header says, both in bytes.
    case truncated(path: String, expected: Int64, found: Int64)
    /// The file's structure is damaged.
    case corrupt(path: String, detail: String)
    /// There is no room for the change, which is not made.
    case diskFull(path: String)
    /// The file, its folder or its file system cannot be written.
    case readOnly(path: String)
    /// Another connection holds the lock for longer than the busy timeout.
    case busy(path: String)
    /// Reading or writing failed; `errno` is 0 when unknown.
    case io(path: String, code: Int32, errno: Int32)
    /// A change breaks a rule of the schema; `detail` names table and column.
    case constraint(SQLiteConstraint, detail: String)
    /// A column holds another type than the program expects.
    case wrongType(column: String, expected: String, found: String)
    /// A value or an answer is over a bound of `SQLiteLimits`.
    case tooLarge(detail: String)
    /// The statement does not fit the schema or is not SQL.
    case invalidStatement(sql: String, message: String)
    /// The interface is used against its rules.
    case misuse(String)
    /// A protection could not be switched on.
    case notHardened(setting: String)
    /// The queue holds as many jobs as it may.
    case overloaded(limit: Int)
    /// The connection, writer or set of readers is closed.
    case closed
    /// The work was stopped before its end.
    case interrupted
    /// No memory, or no thread, is left.
    case outOfResources
    /// Anything else, with SQLite's extended result code.
    case other(code: Int32, message: String)
}

// MARK: - ExplainedError

extension SQLiteError {
    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .missing(let path):
            ("there is no database at \(path)", "check the path, or create the database first")
        case .cannotOpen(let path, let reason):
            (
                "the database \(path) cannot be opened: \(reason)",
                "check that its folder exists and that the path names a regular file"
            )
        case .permissionDenied(let path):
            (
                "this user may not open the database \(path)",
                "run as the owner of the file, or change its owner"
            )
        case .notADatabase(let path):
            (
                "\(path) is not an SQLite database",
                "check the path; if it was one, restore it from a backup"
            )
        case .foreignDatabase(let path, let expected, let found):
            (
                "\(path) belongs to another program (application id \(found), not \(expected))",
                "check the path"
            )
        case .truncated(let path, let expected, let found):
            (
                "the database \(path) is cut off: \(found) of \(expected) bytes are there",
                "restore it from a backup and check the disk"
            )
        case .corrupt(let path, let detail):
            (
                "the database \(path) is damaged (\(detail))",
                "restore it from a backup and check the disk"
            )
        case .diskFull(let path):
            (
                "there is no room left to write \(path)",
                "free space on its file system, then retry"
            )
        case .readOnly(let path):
            (
                "the database \(path), its folder or its file system cannot be written",
                "give this user write access to the file and its folder"
            )
        case .busy(let path):
            (
                "another connection keeps the database \(path) locked",
                "stop the other process that uses it, or retry later"
            )
        case .io(let path, let code, let errno):
            (
                "reading or writing \(path) failed (SQLite \(code), errno \(errno))",
                "check the disk and the kernel's log"
            )
        case .constraint(let constraint, let detail):
            (
                "the change breaks \(constraint.rawValue)" + (detail.isEmpty ? "" : ": \(detail)"),
                "change the values"
            )
        case .wrongType(let column, let expected, let found):
            (
                "column \(column) holds \(found), not \(expected)",
                "check that the database belongs to this version"
            )
        case .tooLarge(let detail):
            ("a value is too large for the database (\(detail))", "make it smaller")
        case .invalidStatement(let sql, let message):
            (
                "a statement was refused: \(message) [\(sql)]",
                "check that the database belongs to this version"
            )
        case .misuse(let rule):
            ("the database was used against its rules: \(rule)", "report this as a defect")
        case .notHardened(let setting):
            (
                "SQLite did not accept the protection \(setting)",
                "install SQLite 3.40 or later as Debian builds it"
            )
        case .overloaded(let limit):
            ("\(limit) jobs already wait for the database", "retry later, or send less at once")
        case .closed:
            ("the database is closed", "open it again")
        case .interrupted:
            ("the work on the database was stopped before its end", "retry")
        case .outOfResources:
            ("the system has no memory or thread left", "free memory, then retry")
        case .other(let code, let message):
            ("SQLite failed with code \(code): \(message)", "report this as a defect")
        }
    }
}
