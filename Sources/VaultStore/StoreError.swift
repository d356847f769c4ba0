internal import Explained
package import SQLite
package import Sealing

/// Why the vault's database refused.
package enum StoreError: ExplainedError, Hashable {
    /// There is no vault at the path.
    case noVault(path: String)
    /// A vault is there already.
    case exists(path: String)
    /// The database is of a format that this version does not know.
    case newerFormat(found: Int64)
    /// Something was changed, moved, removed or put back behind the vault's back.
    case tampered(what: String)
    /// The rows that there are are not those that the audit log tells of.
    case notAsTold(what: String)
    /// The row changed since it was read.
    case stale(what: String)
    /// A row that must be unique is there already.
    case duplicate(what: String)
    /// The audit log, or what is told of it elsewhere, cannot be written.
    case auditUnavailable(cause: String, remedy: String)
    /// The audit log's first key is sealed to an auditor, and the key that was given is another's.
    case wrongAuditor
    /// There is an auditor, and whoever names another did not bring the key of that one.
    case auditorThere
    /// The database is an earlier or another copy than the one that was used last.
    case rolledBack(database: Int64, anchor: Int64)
    /// The anchor that lay beside the database is gone.
    case anchorMissing(database: Int64)
    /// The anchor is no anchor, or was changed.
    case anchorAltered(database: Int64)
    /// The anchor belongs to another vault.
    case anchorForeign
    /// What the database library reported.
    case database(SQLiteError)
    /// What sealing reported.
    case sealing(SealingError)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .noVault(let path):
            ("there is no vault at \(path)", "run vault init, or name its folder with --home")
        case .exists(let path): ("there is a vault at \(path) already", "choose another --home")
        case .newerFormat(let found):
            (
                "the vault has format \(found), which this version does not know",
                "use the version that wrote it"
            )
        case .tampered(let what):
            (
                "\(what) does not match its authentication code: the vault's files were changed from outside",
                "run vault audit verify, and restore a backup"
            )
        case .notAsTold(let what):
            (
                "\(what): the tables are not what the log comes to",
                "keep the files, ask who had the vault's keys, and restore a backup"
            )
        case .stale(let what):
            ("\(what) was changed by somebody else meanwhile", "read it again, then retry")
        case .duplicate(let what):
            ("\(what) exists already", "choose another name, or change the one there is")
        case .auditUnavailable(let cause, let remedy):
            ("the audit log cannot be written: \(cause)", remedy)
        case .wrongAuditor:
            (
                "the first key of the audit log is sealed to an auditor, and not to this key",
                "give the file of the auditor's own key"
            )
        case .auditorThere:
            (
                "the audit log has an auditor already",
                "vault audit auditor shows who; to name another, give the secret key of the one there "
                    + "is with --auditor-key"
            )
        case .rolledBack(let database, let anchor):
            (
                "the database ends with audit entry \(database) and is not the one that was used "
                    + "last, which had reached entry \(anchor)",
                "put the newest copy back; if this one is meant, run "
                    + "vault doctor --accept-rollback \(database), which is recorded"
            )
        case .anchorMissing(let database):
            (
                "the anchor beside the database is gone, so nothing tells whether this copy, which "
                    + "ends with audit entry \(database), is the newest",
                "put the anchor back; if the copy is the newest, run "
                    + "vault doctor --accept-rollback \(database), which is recorded"
            )
        case .anchorAltered(let database):
            (
                "the anchor beside the database was changed",
                "put the anchor back; if the database, which ends with audit entry \(database), "
                    + "is the newest, run vault doctor --accept-rollback \(database)"
            )
        case .anchorForeign:
            (
                "the anchor beside the database belongs to another vault",
                "put this vault's own anchor back, and keep each vault in its own folder"
            )
        case .database(let error): error.explanation
        case .sealing(let error): error.explanation
        }
    }
}
