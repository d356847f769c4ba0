private import CSQLite

extension SQLiteConnection {
    /// A boolean option of the connection and the value it must have.
    private struct Flag {
        let name: String
        let id: CInt
        let value: CInt
    }

    /// The options of sqlite.org/security that Debian's build leaves open.
    private static let flags: [Flag] = [
        Flag(name: "defensive", id: SQLITE_DBCONFIG_DEFENSIVE, value: 1),
        Flag(name: "trusted_schema", id: SQLITE_DBCONFIG_TRUSTED_SCHEMA, value: 0),
        Flag(name: "enable_view", id: SQLITE_DBCONFIG_ENABLE_VIEW, value: 0),
        Flag(name: "enable_trigger", id: SQLITE_DBCONFIG_ENABLE_TRIGGER, value: 0),
        Flag(name: "dqs_dml", id: SQLITE_DBCONFIG_DQS_DML, value: 0),
        Flag(name: "dqs_ddl", id: SQLITE_DBCONFIG_DQS_DDL, value: 0),
        Flag(name: "load_extension", id: SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, value: 0),
        Flag(name: "fts3_tokenizer", id: SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, value: 0),
        Flag(name: "writable_schema", id: SQLITE_DBCONFIG_WRITABLE_SCHEMA, value: 0),
        Flag(name: "enable_fkey", id: SQLITE_DBCONFIG_ENABLE_FKEY, value: 1),
    ]

    /// Settings whose value is the same for every database, in the order in which they are set.
    private static let pragmas: [(name: String, set: SQL, ask: SQL, value: SQLiteValue)] = [
        ("foreign_keys", "PRAGMA foreign_keys=ON", "PRAGMA foreign_keys", 1),
        ("trusted_schema", "PRAGMA trusted_schema=OFF", "PRAGMA trusted_schema", 0),
        ("cell_size_check", "PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", 1),
        ("mmap_size", "PRAGMA mmap_size=0", "PRAGMA mmap_size", 0),
        ("temp_store", "PRAGMA temp_store=MEMORY", "PRAGMA temp_store", 2),
        ("recursive_triggers", "PRAGMA recursive_triggers=OFF", "PRAGMA recursive_triggers", 0),
        ("synchronous", "PRAGMA synchronous=FULL", "PRAGMA synchronous", 2),
        ("locking_mode", "PRAGMA locking_mode=NORMAL", "PRAGMA locking_mode", "normal"),
    ]

    /// Switches every protection on, reads each back, and reads the first page of the file.
    func harden() throws(SQLiteError) {
        let handle = try unsafe openedHandle()
        unsafe sqlite3_extended_result_codes(handle, 1)
        for limit in SQLiteLimits.perConnection {
            unsafe sqlite3_limit(handle, limit.id, CInt(clamping: limit.value))
        }
        for flag in Self.flags { try unsafe set(flag, on: handle) }
        try installGate()
        unsafe wait(atMost: options.busyTimeout, on: handle)
        do {
            // Several settings read the file already.
            for pragma in Self.pragmas { try set(pragma) }
            try setNumber("cache_size", -options.cacheKiB)
            try readFirstPage()
        } catch {
            throw unsafe explainDamage(error, handle: handle)
        }
    }

    /// Every protection with its value as SQLite reports it now, for `doctor` and tests.
    package func protections() throws(SQLiteError) -> [(name: String, value: SQLiteValue)] {
        let handle = try unsafe openedHandle()
        var result: [(name: String, value: SQLiteValue)] = []
        for flag in Self.flags {
            var now: CInt = -1
            try check(unsafe signet_sqlite_flag(handle, flag.id, -1, &now))
            result.append((name: "flag \(flag.name)", value: .integer(Int64(now))))
        }
        for pragma in Self.pragmas {
            result.append((name: pragma.name, value: try setting(pragma.ask) ?? .null))
        }
        result.append((name: "journal_mode", value: try setting("PRAGMA journal_mode") ?? .null))
        result.append((name: "secure_delete", value: try setting("PRAGMA secure_delete") ?? .null))
        for limit in SQLiteLimits.perConnection {
            let now = unsafe sqlite3_limit(handle, limit.id, -1)
            result.append((name: "limit \(limit.id)", value: .integer(Int64(now))))
        }
        return result
    }

    // MARK: Steps

    /// Lets calls wait for what other connections hold.
    func wait(atMost timeout: Duration, on handle: OpaquePointer) {
        let milliseconds = timeout / .milliseconds(1)
        unsafe sqlite3_busy_timeout(handle, CInt(clamping: Int64(max(0, milliseconds))))
    }

    private func set(_ flag: Flag, on handle: OpaquePointer) throws(SQLiteError) {
        var now: CInt = -1
        let code = unsafe signet_sqlite_flag(handle, flag.id, flag.value, &now)
        guard code == SQLITE_OK, now == flag.value else { throw .notHardened(setting: flag.name) }
    }

    private func set(
        _ pragma: (name: String, set: SQL, ask: SQL, value: SQLiteValue)
    ) throws(SQLiteError) {
        try execute(pragma.set, privileged: true)
        guard try setting(pragma.ask) == pragma.value else {
            throw .notHardened(setting: pragma.name)
        }
    }

    /// Sets a setting to a number of ours.
    private func setNumber(_ name: StaticString, _ value: Int) throws(SQLiteError) {
        try execute(SQL("PRAGMA ") + SQL(name) + "=" + SQL(number: value), privileged: true)
    }

    /// Reads page 1, checks whose database it is, then turns on the write-ahead log.
    private func readFirstPage() throws(SQLiteError) {
        let isEmpty = try first("SELECT count(*) FROM sqlite_schema")?[0] == 0
        try checkApplicationID(isEmpty: isEmpty)
        guard mode != .readOnly else {
            guard try setting("PRAGMA journal_mode") == "wal" else {
                throw .notHardened(setting: "journal_mode")
            }
            return
        }
        if isEmpty {
            try setNumber("page_size", options.pageBytes)
            if let id = options.applicationID { try setNumber("application_id", Int(id)) }
        }
        guard try setting("PRAGMA journal_mode=WAL") == "wal" else {
            throw .notHardened(setting: "journal_mode")
        }
        try setNumber("wal_autocheckpoint", options.checkpointPages)
        try setNumber("journal_size_limit", 2 * options.checkpointPages * options.pageBytes)
        try setNumber("secure_delete", options.secureDelete ? 1 : 0)
        guard try setting("PRAGMA secure_delete") == .bool(options.secureDelete) else {
            throw .notHardened(setting: "secure_delete")
        }
    }

    private func checkApplicationID(isEmpty: Bool) throws(SQLiteError) {
        guard let expected = options.applicationID else { return }
        guard case .integer(let found)? = try setting("PRAGMA application_id") else { return }
        if found == Int64(expected) || (isEmpty && found == 0) { return }
        throw .foreignDatabase(
            path: path, expectedID: expected, foundID: Int32(truncatingIfNeeded: found))
    }

    /// Tells a file that was cut off from one that was overwritten, by the length its header names.
    private func explainDamage(_ error: SQLiteError, handle: OpaquePointer) -> SQLiteError {
        let size = unsafe signet_sqlite_file_size(handle)
        var header = [UInt8](repeating: 0, count: 32)
        let code = unsafe header.withUnsafeMutableBytes { bytes in
            unsafe signet_sqlite_file_read(handle, bytes.baseAddress, CInt(bytes.count), 0)
        }
        guard size > 0, code == SQLITE_OK, Self.startsLikeDatabase(header, size) else {
            return error
        }
        switch error {
        case .notADatabase where size < 512, .corrupt where size < 512:
            return .truncated(path: path, expected: 512, found: size)
        case .corrupt:
            let stored = Int64(header[16]) << 8 | Int64(header[17])
            let pageBytes = stored == 1 ? 65_536 : stored
            let pages = header[28..<32].reduce(Int64(0)) { $0 << 8 | Int64($1) }
            guard pages > 0, size < pages * pageBytes else { return error }
            return .truncated(path: path, expected: pages * pageBytes, found: size)
        default:
            return error
        }
    }

    private static func startsLikeDatabase(_ header: [UInt8], _ size: Int64) -> Bool {
        let magic = Array("SQLite format 3".utf8) + [0]
        let count = min(magic.count, Int(size))
        return header.prefix(count).elementsEqual(magic.prefix(count))
    }
}
