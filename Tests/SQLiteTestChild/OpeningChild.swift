import Glibc
import SQLite

/// Opens a database and writes to it with the rights of nobody; prints the error, or `opened`.
struct OpeningChild {
    let path: String

    func run() -> Never {
        if getuid() == 0 {
            guard setgid(65_534) == 0, setuid(65_534) == 0 else { exit(1) }
        }
        do {
            let connection = try SQLiteConnection(path: path, mode: .create)
            _ = try connection.run("INSERT INTO item (name) VALUES ('x')")
            print("opened")
        } catch {
            print(error)
        }
        exit(0)
    }
}
