private import CSQLite

/// Every bound of this target in one table.
package enum SQLiteLimits {
    /// Bytes of one value and of one row (`SQLITE_LIMIT_LENGTH`).
    package static let valueBytes = 256 << 20
    /// Bytes of one statement's text, or of one script.
    package static let sqlBytes = 256 << 10
    /// Columns of a table, an index or an answer.
    package static let columns = 128
    /// Depth of an expression.
    package static let expressionDepth = 128
    /// Terms of a compound SELECT.
    package static let compoundSelects = 16
    /// Instructions of a compiled statement.
    package static let instructions = 100_000
    /// Arguments of an SQL function.
    package static let functionArguments = 32
    /// Databases that may be attached: none; `vacuum()` lifts it for its own temporary file.
    package static let attachedDatabases = 0
    /// Bytes of a LIKE or GLOB pattern.
    package static let patternBytes = 1_024
    /// Parameters of one statement.
    package static let parameters = 1_000
    /// Depth of cascading foreign key actions.
    package static let cascadeDepth = 32
    /// Prepared statements a connection keeps.
    package static let cachedStatements = 512
    /// Blobs from this size on are bound where they are instead of copied.
    package static let inPlaceBlobBytes = 4 << 10
    /// Bytes of SQLite's own message that an error repeats.
    package static let messageBytes = 512
    /// Jobs in one COMMIT.
    package static let jobsPerGroup = 1_024
    /// How long an open group goes on taking jobs that arrive meanwhile.
    package static let groupDuration = Duration.milliseconds(10)
    /// Jobs that may wait for a writer or for a set of readers.
    package static let queuedJobs = 4_096
    /// Threads of one set of readers, and connections of one pool.
    package static let readers = 64
    /// How long the writer waits for the connections of a pool that are lent, before it has the log
    /// for itself.
    package static let poolPause = Duration.milliseconds(5)

    static let perConnection: [(id: CInt, value: Int)] = [
        (SQLITE_LIMIT_LENGTH, valueBytes), (SQLITE_LIMIT_SQL_LENGTH, sqlBytes),
        (SQLITE_LIMIT_COLUMN, columns), (SQLITE_LIMIT_EXPR_DEPTH, expressionDepth),
        (SQLITE_LIMIT_COMPOUND_SELECT, compoundSelects), (SQLITE_LIMIT_VDBE_OP, instructions),
        (SQLITE_LIMIT_FUNCTION_ARG, functionArguments),
        (SQLITE_LIMIT_ATTACHED, attachedDatabases),
        (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, patternBytes),
        (SQLITE_LIMIT_VARIABLE_NUMBER, parameters), (SQLITE_LIMIT_TRIGGER_DEPTH, cascadeDepth),
        (SQLITE_LIMIT_WORKER_THREADS, 0),
    ]
}
