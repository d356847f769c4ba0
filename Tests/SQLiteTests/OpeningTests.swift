import Explained
import Glibc
import SQLite
import TestSupport
import Testing

@Suite("Opening what cannot be opened")
struct OpeningTests {
    let folder = TemporaryFolder()

    /// The error of opening and reading everything, which must have a cause and a remedy.
    func failure(
        _ path: String, _ mode: SQLiteOpenMode = .readWrite,
        options: SQLiteOptions = SQLiteOptions()
    ) throws -> SQLiteError? {
        do {
            let connection = try SQLiteConnection(path: path, mode: mode, options: options)
            try connection.forEach("SELECT * FROM item") { _ in true }
            return nil
        } catch {
            #expect(!error.explanation.cause.isEmpty)
            #expect(!error.explanation.remedy.isEmpty)
            #expect(error.description.contains("; "))
            return error
        }
    }

    /// A closed database of about 200 pages.
    func makeDatabase(rows: Int = 200) throws -> String {
        let path = folder.file()
        let connection = try openItems(path)
        try connection.transaction { () throws(SQLiteError) in
            for _ in 0..<rows {
                _ = try connection.run(
                    "INSERT INTO item (name, body) VALUES ('name', ?)",
                    [.blob([UInt8](repeating: 65, count: 3_000))])
            }
        }
        connection.close()
        return path
    }

    @Test("A missing file, a missing folder and a folder are told apart")
    func missing() throws {
        let path = folder.file()
        #expect(try failure(path) == .missing(path: path))
        #expect(try failure(path, .readOnly) == .missing(path: path))
        let far = folder.path + "/no/where.db"
        let noFolder = SQLiteError.cannotOpen(path: far, reason: "its folder does not exist")
        #expect(try failure(far) == noFolder)
        #expect(try failure(far, .create) == noFolder)
        let notRegular = SQLiteError.cannotOpen(
            path: folder.path, reason: "it is not a regular file")
        #expect(try failure(folder.path) == notRegular)
        #expect(try failure(folder.path, .create) == notRegular)
        #expect(unsafe access(path, F_OK) != 0, "opening makes no file")
    }

    @Test("A link in the place of the file is refused")
    func link() throws {
        let path = try makeDatabase(rows: 1)
        let link = folder.file("link.db")
        _ = unsafe symlink(path, link)
        #expect(
            try failure(link, .create)
                == .cannotOpen(path: link, reason: "it is not a regular file"))
    }

    @Test("A foreign file is not a database and stays as it is", arguments: [20, 600, 9_000])
    func foreignFile(length: Int) throws {
        let path = folder.file()
        let bytes = Array(String(repeating: "A letter to a friend. ", count: 500).utf8)
        write(Array(bytes.prefix(length)), to: path)
        for mode in [SQLiteOpenMode.create, .readWrite, .readOnly] {
            #expect(try failure(path, mode) == .notADatabase(path: path))
        }
        #expect(contents(of: path) == Array(bytes.prefix(length)))
    }

    @Test("A database of another program is refused before it is changed")
    func foreignDatabase() throws {
        let path = try makeDatabase(rows: 1)
        let before = contents(of: path)
        let options = SQLiteOptions(applicationID: 0x5347_4e54)
        #expect(
            try failure(path, .create, options: options)
                == .foreignDatabase(path: path, expectedID: 0x5347_4e54, foundID: 0))
        #expect(contents(of: path) == before)
        let own = folder.file("own.db")
        try openItems(own, options: options).close()
        #expect(try failure(own, .readOnly, options: options) == nil)
    }

    @Test("A file that was cut off says how much is missing", arguments: [1, 2, 100, 150])
    func truncatedFile(pagesLeft: Int) throws {
        let path = try makeDatabase()
        let whole = contents(of: path)
        write(Array(whole.prefix(pagesLeft * 4_096)), to: path)
        let error = SQLiteError.truncated(
            path: path, expected: Int64(whole.count), found: Int64(pagesLeft * 4_096))
        let found = try failure(path, .readWrite)
        #expect(found == error)
        #expect(try failure(path, .create) == error)
    }

    @Test("A file cut inside its header is truncated, an empty one too")
    func truncatedHeader() throws {
        let path = try makeDatabase(rows: 1)
        write(Array(contents(of: path).prefix(50)), to: path)
        let cut = try failure(path)
        #expect(cut == .truncated(path: path, expected: 512, found: 50))
        write([], to: path)
        #expect(try failure(path) == .truncated(path: path, expected: 512, found: 0))
    }

    @Test("Flipped bits never trap; those in the structure are found", arguments: 0..<4)
    func bitFlips(round: Int) throws {
        let path = try makeDatabase(rows: 20)
        let whole = contents(of: path)
        var generator = SplitMix(state: UInt64(round) + 1)
        var found = 0
        for _ in 0..<60 {
            var bytes = whole
            // The first 24 bytes of pages hold their structure.
            let page = Int.random(in: 0..<bytes.count / 4_096, using: &generator)
            let start = page == 0 ? 100 : page * 4_096
            let place = start + Int.random(in: 0..<24, using: &generator)
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            write(bytes, to: path)
            for suffix in ["-wal", "-shm"] { _ = unsafe unlink(path + suffix) }
            do {
                let connection = try SQLiteConnection(path: path, mode: .readWrite)
                if try !connection.integrityCheck().isEmpty { found += 1 }
                try connection.forEach("SELECT * FROM item") { _ in true }
            } catch {
                found += 1
                switch error {
                case .corrupt, .notADatabase, .truncated, .invalidStatement, .wrongType: break
                default: Issue.record("\(error)")
                }
            }
        }
        #expect(found > 20)
    }

    @Test("A damaged page is reported with the remedy to restore a backup")
    func corruptPage() throws {
        let path = try makeDatabase()
        var bytes = contents(of: path)
        for place in 4_096..<8_192 { bytes[place] = 0xff }
        write(bytes, to: path)
        guard case .corrupt(path, _)? = try failure(path) else {
            Issue.record("not noticed")
            return
        }
        let connection = try SQLiteConnection(path: path, mode: .readWrite)
        #expect(try !connection.quickCheck().isEmpty)
        #expect(try !connection.integrityCheck().isEmpty)
    }

    @Test("A folder without write access makes the database read-only")
    func readOnlyFolder() throws {
        let path = try makeDatabase(rows: 1)
        _ = unsafe chmod(path, 0o666)
        _ = unsafe chmod(folder.path, 0o555)
        defer { _ = unsafe chmod(folder.path, 0o755) }
        if getuid() == 0 { _ = unsafe chown(path, 65_534, 65_534) }
        let child = try ChildProcess(helper: "sqlite-test-child", ["open-as-nobody", path])
        #expect(child.line() == SQLiteError.readOnly(path: path).description)
        child.wait()
        let new = try ChildProcess(
            helper: "sqlite-test-child", ["open-as-nobody", folder.file("new.db")])
        #expect(new.line() == SQLiteError.readOnly(path: folder.file("new.db")).description)
        new.wait()
    }

    @Test("A file without write access is read-only, without any access forbidden")
    func forbiddenFile() throws {
        let path = try makeDatabase(rows: 1)
        _ = unsafe chmod(folder.path, 0o777)
        if getuid() == 0 { _ = unsafe chown(path, 65_534, 65_534) }
        _ = unsafe chmod(path, 0o400)
        let reading = try ChildProcess(helper: "sqlite-test-child", ["open-as-nobody", path])
        #expect(reading.line() == SQLiteError.readOnly(path: path).description)
        reading.wait()
        _ = unsafe chmod(path, 0)
        let nothing = try ChildProcess(helper: "sqlite-test-child", ["open-as-nobody", path])
        #expect(nothing.line() == SQLiteError.permissionDenied(path: path).description)
        nothing.wait()
    }

    @Test("A lock held elsewhere is busy after the timeout")
    func busy() throws {
        let path = folder.file()
        let holder = try openItems(path)
        let options = SQLiteOptions(busyTimeout: .milliseconds(20))
        let other = try SQLiteConnection(path: path, mode: .readWrite, options: options)
        try holder.begin()
        #expect(throws: SQLiteError.busy(path: path)) { try other.begin() }
        try holder.rollback()
        try other.begin()
        try other.rollback()
    }
}

/// A small generator with a seed, so that a failure repeats.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
