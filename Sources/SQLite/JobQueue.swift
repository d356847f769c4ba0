private import Locking

/// The bounded queue between callers and the threads of one database.
final class JobQueue: Sendable {
    private struct State: Sendable {
        var jobs: [Job] = []
        var isClosed = false
        var threads: Int
        var closers: [@Sendable () -> Void] = []
    }
    private let limit: Int
    private let state: Monitor<State>

    /// A queue for `threads` threads that lets at most `limit` jobs wait.
    init(limit: Int, threads: Int) {
        self.limit = max(1, limit)
        state = Monitor(State(threads: threads))
    }

    /// How many jobs wait now.
    var count: Int { state.withLock { $0.jobs.count } }

    /// Adds a job; refuses it with `.overloaded` or `.closed`.
    func add(_ job: Job) throws(SQLiteError) {
        try state.withLock { state throws(SQLiteError) in
            guard !state.isClosed else { throw .closed }
            guard state.jobs.count < limit else { throw .overloaded(limit: limit) }
            state.jobs.append(job)
        }
        state.wakeOne()
    }

    /// Sleeps until there are jobs and takes up to `most` of them; `nil` once closed and empty.
    func take(atMost most: Int) -> [Job]? {
        state.wait { state -> [Job]?? in
            if state.jobs.isEmpty, !state.isClosed { return nil }
            return .some(Self.removeFirst(most, of: &state.jobs))
        }
    }

    /// Takes up to `most` jobs that wait now, without sleeping.
    func takeNow(atMost most: Int) -> [Job] {
        state.withLock { Self.removeFirst(most, of: &$0.jobs) ?? [] }
    }

    /// Refuses new jobs, while those that wait are still done.
    ///
    /// `whenDone` runs after the last thread has ended.
    func close(whenDone: @escaping @Sendable () -> Void) {
        let isDone = state.withLock { state -> Bool in
            state.isClosed = true
            if state.threads > 0 { state.closers.append(whenDone) }
            return state.threads == 0
        }
        state.wakeAll()
        if isDone { whenDone() }
    }

    /// A thread says that it will take no more jobs.
    func threadEnded() {
        let closers = state.withLock { state -> [@Sendable () -> Void] in
            state.threads -= 1
            guard state.threads == 0 else { return [] }
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer() }
    }

    private static func removeFirst(_ most: Int, of jobs: inout [Job]) -> [Job]? {
        guard !jobs.isEmpty else { return nil }
        if jobs.count <= most {
            defer { jobs = [] }
            return jobs
        }
        let taken = Array(jobs.prefix(most))
        jobs.removeFirst(most)
        return taken
    }
}
