import Glibc
import Testing

/// The folder of this target's fixtures.
let fixtures =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    + "/Fixtures/CommandLineCore"

/// Compares `text` with a file of the fixtures; with `UPDATE_GOLDEN=1` it writes the file.
func expectGolden(
    _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    let path = "\(fixtures)/\(name)"
    if unsafe getenv("UPDATE_GOLDEN") != nil, let file = unsafe fopen(path, "w") {
        unsafe fputs(text, file)
        unsafe fclose(file)
    }
    let golden = run("cat '\(path)'").output
    guard golden != text else { return }
    let lines = zip(text.split(separator: "\n"), golden.split(separator: "\n"))
    let difference = lines.first { $0 != $1 }
    Issue.record(
        "\(name) differs: \(difference.map { "\($0.0) | \($0.1)" } ?? "in length")",
        sourceLocation: sourceLocation)
}

/// Runs a command of the shell; gives its exit status and its output, both streams in one.
func run(_ command: String) -> (status: Int32, output: String) {
    guard let pipe = unsafe popen("exec 2>&1; \(command)", "r") else { return (-1, "") }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = unsafe fread(&buffer, 1, buffer.count, pipe)
        if count == 0 { break }
        bytes += buffer.prefix(count)
    }
    let status = unsafe pclose(pipe)
    return ((status >> 8) & 0xFF, String(decoding: bytes, as: UTF8.self))
}

/// Whether a program is installed.
func hasTool(_ name: String) -> Bool { run("command -v \(name)").status == 0 }

/// Quotes a word for the shell.
func quoted(_ word: String) -> String {
    "'" + word.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
}
