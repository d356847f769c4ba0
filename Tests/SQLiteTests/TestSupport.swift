import Glibc
import Locking
import SQLite

/// A folder of its own for a test, removed with everything in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/signet-sqlite-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { preconditionFailure("mkdtemp failed") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        // Tests make plain files and at most one level of folders.
        for name in names(in: path) {
            let entry = path + "/" + name
            for inner in names(in: entry) { _ = unsafe unlink(entry + "/" + inner) }
            if unsafe unlink(entry) != 0 { _ = unsafe rmdir(entry) }
        }
        _ = unsafe rmdir(path)
    }

    /// The path of a file in the folder.
    func file(_ name: String = "test.db") -> String { path + "/" + name }
}

/// The names in a folder; none when it is not one.
func names(in folder: String) -> [String] {
    guard let stream = unsafe opendir(folder) else { return [] }
    defer { _ = unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
        let bytes = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
            unsafe Array(bytes.prefix { $0 != 0 })
        }
        let name = String(decoding: bytes, as: UTF8.self)
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}

/// The bytes of a file; none when it is missing.
///
/// Not for databases that are open.
func contents(of path: String) -> [UInt8] {
    let file = unsafe open(path, O_RDONLY)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = unsafe read(file, &buffer, buffer.count)
        guard count > 0 else { return result }
        result += buffer[..<count]
    }
}

/// Replaces a file's content.
func write(_ bytes: [UInt8], to path: String) {
    let file = unsafe open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
    defer { close(file) }
    precondition(unsafe write(file, bytes, bytes.count) == bytes.count, "cannot write \(path)")
}

/// The permission bits of a file, or `nil` when it is missing.
func permissions(of path: String) -> UInt32? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    return status.st_mode & 0o7777
}

/// The length of a file, 0 when it is missing.
func size(of path: String) -> Int {
    var status = stat()
    return unsafe lstat(path, &status) == 0 ? status.st_size : 0
}

/// Whether `needle` is somewhere in a file.
///
/// Looks through descriptors of its own.
func file(_ path: String, contains needle: [UInt8]) -> Bool {
    let bytes = contents(of: path)
    guard let first = needle.first, bytes.count >= needle.count else { return false }
    var index = 0
    while index <= bytes.count - needle.count {
        if bytes[index] == first, bytes[index..<index + needle.count].elementsEqual(needle) {
            return true
        }
        index += 1
    }
    return false
}

/// A connection to a database with one table.
func openItems(
    _ path: String, options: SQLiteOptions = SQLiteOptions()
) throws -> SQLiteConnection {
    let connection = try SQLiteConnection(path: path, mode: .create, options: options)
    try connection.execute(
        """
        CREATE TABLE IF NOT EXISTS item (
            id INTEGER PRIMARY KEY, name TEXT, body BLOB
        ) STRICT
        """)
    return connection
}

/// A writer over a database with one table.
func writeItems(
    _ path: String, observer: (any SQLiteGroupObserver)? = nil, queueLimit: Int = 4_096
) throws -> SQLiteWriter {
    try SQLiteWriter(connection: openItems(path), observer: observer, queueLimit: queueLimit)
}

let insertItem: SQL = "INSERT INTO item (id, name) VALUES (?, ?)"
let selectIDs: SQL = "SELECT id FROM item ORDER BY id"

/// The ids in the table, in order.
func itemIDs(_ connection: SQLiteConnection) throws -> [Int64] {
    try connection.query(selectIDs).map { try $0.integer(0) }
}

/// Holds a thread until a test lets it go.
final class Gate: Sendable {
    private let state = Monitor((isOpen: false, waiting: 0))

    func pass() {
        state.withLock { $0.waiting += 1 }
        state.wakeAll()
        state.wait { $0.isOpen ? () : nil }
    }

    func waitForSomeone() { state.wait { $0.waiting > 0 ? () : nil } }

    /// The same without holding a thread that other tasks need.
    func someone() async { await onThread { self.waitForSomeone() } }

    func open() {
        state.withLock { $0.isOpen = true }
        state.wakeAll()
    }
}

/// Collects what several threads report.
final class Log<Element: Sendable>: Sendable {
    private let state = Monitor<[Element]>([])

    var entries: [Element] { state.withLock { $0 } }

    func add(_ element: Element) {
        state.withLock { $0.append(element) }
        state.wakeAll()
    }

    /// Waits until there are `count` entries.
    func wait(for count: Int) -> [Element] { state.wait { $0.count >= count ? $0 : nil } }
}

/// Runs blocking work on a thread of its own, so that tasks go on meanwhile.
func onThread<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
    await withCheckedContinuation { continuation in
        let started = WorkerThread.start(named: "test") { continuation.resume(returning: body()) }
        precondition(started, "no thread is left")
    }
}

/// What a test throws on purpose.
enum TestFailure: Error, Equatable {
    case wanted
    case another
}
