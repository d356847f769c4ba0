private import CSQLite

/// Decides, while SQLite compiles a statement, what it may contain.
///
/// It costs nothing when a statement runs. The connection owns it and outlives the callback.
final class StatementGate {
    /// Whether the connection itself is compiling: then transactions and settings may pass.
    var isOpen = false

    /// Settings whose argument says what to describe, not what to change.
    private static let descriptions: Set<String> = [
        "foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
        "integrity_check", "quick_check", "table_info", "table_list", "table_xinfo",
    ]

    /// The callback for `sqlite3_set_authorizer`; its context is an unretained gate.
    static let decide:
        @convention(c) (
            UnsafeMutableRawPointer?, CInt, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?, UnsafePointer<CChar>?
        ) -> CInt = { context, action, first, second, _, _ in
            guard let context = unsafe context else { return SQLITE_DENY }
            let gate = unsafe Unmanaged<StatementGate>.fromOpaque(context).takeUnretainedValue()
            if gate.isOpen { return SQLITE_OK }
            switch action {
            case SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_ATTACH, SQLITE_DETACH:
                return SQLITE_DENY
            case SQLITE_CREATE_TRIGGER, SQLITE_CREATE_TEMP_TRIGGER, SQLITE_CREATE_VIEW,
                SQLITE_CREATE_TEMP_VIEW:
                return SQLITE_DENY
            case SQLITE_PRAGMA:
                // Without an argument it reads a setting, as FTS5 does with `data_version`.
                guard unsafe second != nil, let first = unsafe first else { return SQLITE_OK }
                return unsafe descriptions.contains(String(cString: first))
                    ? SQLITE_OK : SQLITE_DENY
            default:
                return SQLITE_OK
            }
        }
}
