/// Work for a database thread, and the answer to give once it is known.
// Safe: a job is made by one thread and handed over through a lock; the database thread alone
// touches it afterwards.
class Job: @unchecked Sendable {
    /// What the work needs around it.
    enum Kind: Sendable {
        /// A savepoint in a group that ends with a COMMIT.
        case transaction
        /// One state of the database, unchanged.
        case read
        /// No transaction at all.
        case bare
    }
    let kind: Kind

    init(_ kind: Kind) { self.kind = kind }

    /// Runs the work and keeps its result.
    func perform(on connection: SQLiteConnection) throws {}

    /// Replaces the result by an error.
    func fail(_ error: any Error) {}

    /// Gives the answer to whoever waits for it; called once.
    func answer() {}
}

/// A job with a result of type `R`.
// Safe: as for `Job`.
final class TypedJob<R: Sendable>: Job, @unchecked Sendable {
    private let body: @Sendable (SQLiteConnection) throws -> R
    private let completion: @Sendable (Result<R, any Error>) -> Void
    private var result: Result<R, any Error> = .failure(SQLiteError.closed)

    init(
        _ kind: Kind, _ body: @escaping @Sendable (SQLiteConnection) throws -> R,
        completion: @escaping @Sendable (Result<R, any Error>) -> Void
    ) {
        self.body = body
        self.completion = completion
        super.init(kind)
    }

    override func perform(on connection: SQLiteConnection) throws {
        result = .success(try body(connection))
    }

    override func fail(_ error: any Error) { result = .failure(error) }

    override func answer() { completion(result) }
}
