/// Runs a job that is not part of a group, and answers it.
enum SingleJob {
    static func run(_ job: Job, on connection: SQLiteConnection) {
        do {
            switch job.kind {
            case .read: try connection.reading { try job.perform(on: $0) }
            case .bare, .transaction: try bare(job, on: connection)
            }
        } catch {
            job.fail(error)
        }
        job.answer()
    }

    private static func bare(_ job: Job, on connection: SQLiteConnection) throws {
        let result = Result { try job.perform(on: connection) }
        if connection.isInTransaction {
            try connection.undo()
            try result.get()
            throw SQLiteError.misuse("a job left its transaction open")
        }
        try result.get()
    }
}
