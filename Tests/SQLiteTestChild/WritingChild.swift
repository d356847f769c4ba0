import Glibc
import SQLite

/// Writes rows for ever and says on standard output which of them are durable.
struct WritingChild {
    let path: String

    func run() -> Never {
        do {
            let connection = try SQLiteConnection(path: path, mode: .readWrite)
            let writer = try SQLiteWriter(connection: connection, queueLimit: 256)
            var id: Int64 = 1
            while true {
                do {
                    try submit(id, to: writer)
                    id += 1
                } catch .overloaded {
                    sched_yield()
                }
            }
        } catch {
            exit(1)
        }
    }

    private func submit(_ id: Int64, to writer: SQLiteWriter) throws(SQLiteError) {
        let body = [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: 2_000)
        try writer.submit { connection in
            try connection.run(
                "INSERT INTO item (id, body) VALUES (?, ?)", [.integer(id), .blob(body)])
        } completion: { result in
            guard case .success = result else { exit(2) }
            let line = Array("\(id)\n".utf8)
            guard unsafe write(STDOUT_FILENO, line, line.count) == line.count else { exit(3) }
        }
    }
}
