/// Follows a group commit, for state in memory that must agree with the database.
///
/// Every call comes on the writer's thread. `groupWillBegin` is followed by exactly one of
/// `groupCommitted` and `groupFailed`, `jobWillBegin` by exactly one of a `jobSucceeded` that
/// returns and a `jobFailed`. Acknowledgements go out after `groupCommitted` or `groupFailed`.
package protocol SQLiteGroupObserver: Sendable {
    /// A transaction is open and has no job yet. Throwing fails every job that waits for it.
    func groupWillBegin(_ connection: SQLiteConnection) throws

    /// A job is about to run in a savepoint of its own: remember what to go back to.
    func jobWillBegin()

    /// The job returned; its savepoint is still open. Throwing undoes the job and fails it.
    func jobSucceeded(_ connection: SQLiteConnection) throws

    /// The job's changes are undone: go back to where `jobWillBegin` was.
    func jobFailed()

    /// Every job has run and at least one stays; the COMMIT follows. Throwing fails the group.
    func groupWillCommit(_ connection: SQLiteConnection) throws

    /// The group is durable.
    func groupCommitted()

    /// Nothing of the group is in the database: go back to where `groupWillBegin` was.
    func groupFailed()
}
