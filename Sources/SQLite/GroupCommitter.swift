/// The writer's thread: takes what waits, runs it as one transaction, answers after the COMMIT.
// Safe: `connection` is used on the writer's thread alone, once `run` has begun there.
final class GroupCommitter: @unchecked Sendable {
    private let connection: SQLiteConnection
    private let observer: (any SQLiteGroupObserver)?
    private let queue: JobQueue
    private let readers: SQLiteReaderPool?
    private let clock = ContinuousClock()
    /// The pages of the log when it was last moved into the database and not all of it could be.
    private var pagesHeldBack = 0

    init(
        connection: sending SQLiteConnection, observer: (any SQLiteGroupObserver)?,
        queue: JobQueue, readers: SQLiteReaderPool?
    ) {
        self.connection = connection
        self.observer = observer
        self.queue = queue
        self.readers = readers
    }

    /// Works until the queue is closed and empty, then closes the connection.
    func run() {
        while let jobs = queue.take(atMost: SQLiteLimits.jobsPerGroup) {
            var backlog = Backlog(jobs)
            while !backlog.writes.isEmpty {
                commitGroup(from: &backlog)
                checkpointIfDue()
            }
            for job in backlog.others { runAlone(job) }
        }
        connection.close()
        queue.threadEnded()
    }

    /// Jobs taken from the queue: those for a group, and those that run after it.
    private struct Backlog {
        var writes: ArraySlice<Job> = []
        var others: [Job] = []

        init(_ jobs: [Job]) { add(jobs) }

        mutating func add(_ jobs: [Job]) {
            for job in jobs {
                if case .transaction = job.kind { writes.append(job) } else { others.append(job) }
            }
        }
    }

    /// How a job ended.
    private enum Outcome {
        case kept
        case undone
        /// SQLite has undone the whole transaction, as it does for a full disk.
        case groupLost(any Error)
    }

    // MARK: Groups

    /// Runs one group; writes of the backlog that it could not take are left there.
    private func commitGroup(from backlog: inout Backlog) {
        do {
            try connection.control("BEGIN IMMEDIATE")
        } catch {
            for job in backlog.writes { job.fail(error) }
            answer(backlog.writes)
            backlog.writes = []
            return
        }
        connection.isInsideOwnedTransaction = true
        var jobs: [Job] = []
        var kept: [Job] = []
        do {
            try observer?.groupWillBegin(connection)
            try runJobs(from: &backlog, jobs: &jobs, kept: &kept)
            try finish(hasChanges: !kept.isEmpty)
        } catch {
            connection.isInsideOwnedTransaction = false
            undoGroup()
            observer?.groupFailed()
            if jobs.isEmpty {
                // The observer refused the group before its first job.
                jobs = Array(backlog.writes)
                kept = jobs
                backlog.writes = []
            }
            for job in kept { job.fail(error) }
        }
        connection.isInsideOwnedTransaction = false
        answer(jobs[...])
    }

    /// Runs jobs until none waits or the group is full; throws when the transaction is lost.
    private func runJobs(
        from backlog: inout Backlog, jobs: inout [Job], kept: inout [Job]
    ) throws {
        let end = clock.now + SQLiteLimits.groupDuration
        while true {
            while let job = backlog.writes.popFirst() {
                jobs.append(job)
                switch run(job) {
                case .kept: kept.append(job)
                case .undone: break
                case .groupLost(let error): throw error
                }
            }
            let room = SQLiteLimits.jobsPerGroup - jobs.count
            guard room > 0, clock.now < end else { return }
            let more = queue.takeNow(atMost: room)
            guard !more.isEmpty else { return }
            backlog.add(more)
        }
    }

    private func run(_ job: Job) -> Outcome {
        observer?.jobWillBegin()
        do {
            try connection.control("SAVEPOINT job")
            try job.perform(on: connection)
            try observer?.jobSucceeded(connection)
            if connection.hasBrokenReferences {
                // Left for the COMMIT, it would fail the jobs of others.
                throw SQLiteError.constraint(.foreignKey, detail: "a deferred reference")
            }
            guard connection.isInTransaction else {
                throw SQLiteError.misuse("a job went on after the loss of its transaction")
            }
            try connection.control("RELEASE job")
            return .kept
        } catch {
            job.fail(error)
            let isStillOpen = undoJob()
            observer?.jobFailed()
            return isStillOpen ? .undone : .groupLost(error)
        }
    }

    /// Undoes the open savepoint; `false` when the whole transaction is gone.
    private func undoJob() -> Bool {
        guard connection.isInTransaction else { return false }
        do {
            try connection.control("ROLLBACK TO job")
            try connection.control("RELEASE job")
            return true
        } catch {
            return false
        }
    }

    private func finish(hasChanges: Bool) throws {
        guard hasChanges else {
            try connection.undo()
            observer?.groupFailed()
            return
        }
        try observer?.groupWillCommit(connection)
        try connection.control("COMMIT")
        observer?.groupCommitted()
    }

    private func undoGroup() {
        do {
            try connection.undo()
        } catch {
            // A ROLLBACK that fails leaves the connection useless: later jobs get `.closed`.
            connection.close()
        }
    }

    /// Runs a job that is not part of a group; one without a transaction may want the log for itself,
    /// so that the pool's readers are kept away.
    private func runAlone(_ job: Job) {
        let run = { [connection] in SingleJob.run(job, on: connection) }
        if case .bare = job.kind, let readers { readers.paused(run) } else { run() }
    }

    private func answer(_ jobs: ArraySlice<Job>) {
        for job in jobs { job.answer() }
    }

    /// Moves a long log into the database once its group has its answers.
    ///
    /// A reader that began before the last commit holds the end of the log back, and the log goes on
    /// growing; those of the pool are short and kept away meanwhile. What others hold back is not
    /// tried again at each commit, which would be dear, but when the log has grown by a quarter. A
    /// checkpoint that fails loses nothing: the log is whole.
    private func checkpointIfDue() {
        let (pages, limit) = (connection.log.pages, connection.options.checkpointPages)
        guard pages >= limit, pages < pagesHeldBack || pages >= pagesHeldBack + limit / 4
        else { return }
        let isAll = { [connection] in (try? connection.checkpoint()) ?? false }
        pagesHeldBack = (readers?.paused(isAll) ?? isAll()) ? 0 : pages
    }
}
