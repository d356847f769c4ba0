private import Locking

extension JobQueue {
    /// Queues a job and suspends the task until it is answered.
    func perform<R: Sendable>(
        _ kind: Job.Kind, _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            do throws(SQLiteError) {
                try add(TypedJob(kind, body) { continuation.resume(with: $0) })
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Queues a job and blocks the thread until it is answered.
    func performNow<R: Sendable>(
        _ kind: Job.Kind, _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) throws -> R {
        let answer = Monitor<Result<R, any Error>?>(nil)
        try add(
            TypedJob(kind, body) { result in
                answer.withLock { $0 = result }
                answer.wakeAll()
            })
        return try answer.wait { $0 }.get()
    }
}
