private import CSQLite
private import Glibc

extension SQLiteConnection {
    /// The version of SQLite that runs, such as `3.40.1`.
    package static var libraryVersion: String { unsafe String(cString: sqlite3_libversion()) }

    /// The text of every table and index in a fixed order, for a digest of the schema.
    package func schemaText() throws(SQLiteError) -> [String] {
        var result: [String] = []
        try forEach(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"
        ) { row throws(SQLiteError) in
            result.append(try row.text(0))
            return true
        }
        return result
    }

    /// Moves the whole write-ahead log into the database and empties it; both are durable.
    ///
    /// What was deleted before is then in neither file, even after a power cut, provided
    /// `secureDelete` is on.
    /// - Parameter waits: Whether other connections are given the busy timeout to end.
    /// - Throws: `.busy` when another connection reads an older state past that.
    package func checkpointTruncate(waits: Bool = true) throws(SQLiteError) {
        let handle = try unsafe openedHandle()
        guard !isInTransaction else { throw .misuse("a checkpoint cannot run in a transaction") }
        if !waits { unsafe wait(atMost: .zero, on: handle) }
        defer { if !waits { unsafe wait(atMost: options.busyTimeout, on: handle) } }
        var framesLeft: CInt = -1
        let code = unsafe sqlite3_wal_checkpoint_v2(
            handle, "main", SQLITE_CHECKPOINT_TRUNCATE, &framesLeft, nil)
        try check(code)
        var status = stat()
        let hasLog = unsafe lstat(path + "-wal", &status) == 0
        guard framesLeft <= 0, !hasLog || status.st_size == 0 else { throw .busy(path: path) }
        try check(unsafe signet_sqlite_sync_log(handle))
    }

    /// Every fault of the file's structure, its indexes and its references; empty when sound.
    ///
    /// O(size of the database).
    package func integrityCheck() throws(SQLiteError) -> [String] {
        try faults("PRAGMA integrity_check") + brokenReferences()
    }

    /// Faults of the file's structure alone; empty when sound.
    ///
    /// O(size of the database).
    package func quickCheck() throws(SQLiteError) -> [String] {
        try faults("PRAGMA quick_check")
    }

    /// Writes a consistent copy to a new file with mode 0600, durable when this returns.
    ///
    /// Writers go on meanwhile. The copy gets its name only when it is complete; a file of that
    /// name that exists already is left alone (`.cannotOpen`).
    package func backup(to target: String) throws(SQLiteError) {
        let source = try unsafe openedHandle()
        guard unsafe access(target, F_OK) != 0 else {
            throw .cannotOpen(path: target, reason: "a file of that name exists")
        }
        let partial = Self.unfinishedBackup(to: target)
        unsafe unlink(partial)
        do {
            let copy = try unsafe Self.openHandle(path: partial, mode: .create)
            defer { unsafe sqlite3_close_v2(copy) }
            unsafe sqlite3_extended_result_codes(copy, 1)
            // The partial file has no readers and is thrown away after a crash.
            unsafe sqlite3_exec(copy, "PRAGMA journal_mode=OFF", nil, nil, nil)
            try unsafe Self.copyPages(from: source, to: copy, path: path, target: target)
        } catch {
            unsafe unlink(partial)
            throw error
        }
        try Self.publish(partial, as: target)
    }

    /// Where a copy to `target` is until it is complete; a crash leaves it there.
    package static func unfinishedBackup(to target: String) -> String { target + ".partial" }

    /// Rebuilds the file without free pages, outside a transaction.
    ///
    /// It needs as much free space again as the file has.
    package func vacuum() throws(SQLiteError) {
        let handle = try unsafe openedHandle()
        // VACUUM attaches its temporary file.
        unsafe sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 1)
        defer {
            unsafe sqlite3_limit(
                handle, SQLITE_LIMIT_ATTACHED, CInt(SQLiteLimits.attachedDatabases))
        }
        try execute("VACUUM", privileged: true)
    }

    /// The number that a program keeps in the file's header for itself; 0 in a new file.
    package func userVersion() throws(SQLiteError) -> Int32 {
        guard case .integer(let version)? = try setting("PRAGMA user_version") else { return 0 }
        return Int32(truncatingIfNeeded: version)
    }

    /// Changes `userVersion()`, as part of the open transaction when there is one.
    package func setUserVersion(_ version: Int32) throws(SQLiteError) {
        try execute(
            SQL("PRAGMA user_version=") + SQL(number: Int(version)), privileged: true)
    }

    /// Bounds the file to a number of pages, for tests of a full disk and for quotas.
    package func limitPages(to pages: Int) throws(SQLiteError) {
        try execute(SQL("PRAGMA max_page_count=") + SQL(number: max(1, pages)), privileged: true)
    }

    // MARK: Steps

    private func faults(_ pragma: SQL) throws(SQLiteError) -> [String] {
        var result: [String] = []
        do {
            for row in try query(pragma) { result.append(try row.text(0)) }
        } catch .corrupt(_, let detail) {
            result.append(detail)
        }
        return result == ["ok"] ? [] : result
    }

    private func brokenReferences() throws(SQLiteError) -> [String] {
        do {
            return try query("PRAGMA foreign_key_check").map { row throws(SQLiteError) in
                "a row of \(try row.text(0)) refers to a missing row of \(try row.text(2))"
            }
        } catch .corrupt(_, let detail) {
            return [detail]
        }
    }

    private static func copyPages(
        from source: OpaquePointer, to copy: OpaquePointer, path: String, target: String
    ) throws(SQLiteError) {
        guard let backup = unsafe sqlite3_backup_init(copy, "main", source, "main") else {
            let code = unsafe sqlite3_extended_errcode(copy)
            throw unsafe SQLiteError(code: code, handle: copy, path: target)
        }
        // One step reads one snapshot; several would start again after each foreign commit.
        let stepped = unsafe sqlite3_backup_step(backup, -1)
        let finished = unsafe sqlite3_backup_finish(backup)
        guard stepped == SQLITE_DONE, finished == SQLITE_OK else {
            let code = finished == SQLITE_OK ? stepped : finished
            // Damage is in the source, everything else concerns the copy.
            let isSource = code & 0xff == SQLITE_CORRUPT || code & 0xff == SQLITE_NOTADB
            throw unsafe SQLiteError(code: code, handle: copy, path: isSource ? path : target)
        }
    }

    /// Makes a complete copy durable and gives it its name.
    private static func publish(_ partial: String, as target: String) throws(SQLiteError) {
        let file = unsafe Glibc.open(partial, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw .io(path: partial, code: SQLITE_IOERR, errno: errno) }
        let isDurable = fsync(file) == 0
        Glibc.close(file)
        guard isDurable else { throw .io(path: partial, code: SQLITE_IOERR, errno: errno) }
        // A hard link, unlike a rename, never takes the place of another file.
        let failure = unsafe link(partial, target) == 0 ? 0 : errno
        unsafe unlink(partial)
        switch failure {
        case 0: try syncFolder(of: target)
        case EEXIST: throw .cannotOpen(path: target, reason: "a file of that name exists")
        default: throw .io(path: target, code: SQLITE_IOERR, errno: failure)
        }
    }
}
