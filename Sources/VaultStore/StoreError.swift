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
    /// The row changed since it was read.
    case stale(what: String)
    /// A row that must be unique is there already.
    case duplicate(what: String)
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
        case .stale(let what):
            ("\(what) was changed by somebody else meanwhile", "read it again, then retry")
        case .duplicate(let what):
            ("\(what) exists already", "choose another name, or change the one there is")
        case .database(let error): error.explanation
        case .sealing(let error): error.explanation
        }
    }
}
