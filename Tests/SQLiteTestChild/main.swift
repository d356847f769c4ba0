import Glibc
import SQLite

/// The process that tests start, and kill: `write PATH` or `open-as-nobody PATH`.
switch CommandLine.arguments.dropFirst().first {
case "write":
    WritingChild(path: CommandLine.arguments[2]).run()
case "open-as-nobody":
    OpeningChild(path: CommandLine.arguments[2]).run()
default:
    exit(64)
}
