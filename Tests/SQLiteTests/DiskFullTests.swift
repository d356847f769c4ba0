import Glibc
import SQLite
import TestSupport
import Testing

@Suite("A full disk")
struct DiskFullTests {
    let folder = TemporaryFolder()
    let body = SQLiteValue.blob([UInt8](repeating: 1, count: 20_000))

    @Test("A database over its pages is full, and works again with room")
    func pageLimit() throws {
        let path = folder.file()
        let connection = try openItems(path)
        try connection.limitPages(to: 20)
        #expect(throws: SQLiteError.diskFull(path: path)) {
            for _ in 0..<20 {
                _ = try connection.run("INSERT INTO item (body) VALUES (?)", [body])
            }
        }
        #expect(!connection.isInTransaction)
        let kept = try itemIDs(connection)
        try connection.limitPages(to: 1_000)
        _ = try connection.run("INSERT INTO item (body) VALUES (?)", [body])
        #expect(try itemIDs(connection).count == kept.count + 1)
        #expect(try connection.integrityCheck() == [])
    }

    @Test("A writer tells each job that did not fit, keeps the others and goes on")
    func writer() async throws {
        let path = folder.file()
        let connection = try openItems(path)
        try connection.limitPages(to: 60)
        let writer = try SQLiteWriter(connection: connection)
        var stored = 0
        for _ in 0..<30 {
            do {
                _ = try await writer.transaction { [body] connection in
                    try connection.run("INSERT INTO item (body) VALUES (?)", [body])
                }
                stored += 1
            } catch let error as SQLiteError {
                #expect(error == .diskFull(path: path))
            }
        }
        #expect((1..<30).contains(stored))
        #expect(try await writer.read { try itemIDs($0).count } == stored)
        try await writer.exclusively { try $0.limitPages(to: 1_000) }
        _ = try await writer.transaction { [body] connection in
            try connection.run("INSERT INTO item (body) VALUES (?)", [body])
        }
        #expect(try await writer.read { try itemIDs($0).count } == stored + 1)
        await writer.close()
    }

    @Test(
        "A file system without room gives the same error, and a failed COMMIT keeps nothing",
        .enabled(if: getuid() == 0))
    func smallFileSystem() throws {
        let mountPoint = folder.path + "/small"
        guard unsafe mkdir(mountPoint, 0o700) == 0 else { throw TestFailure.another }
        let mount = try ChildProcess(
            program: "/bin/mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", mountPoint])
        guard mount.wait() == 0 else { return }
        defer {
            _ = try? ChildProcess(program: "/bin/umount", [mountPoint]).wait()
        }
        let path = mountPoint + "/test.db"
        let connection = try openItems(path)
        var stored = 0
        #expect(throws: SQLiteError.diskFull(path: path)) {
            while stored < 100 {
                _ = try connection.run("INSERT INTO item (body) VALUES (?)", [body])
                stored += 1
            }
        }
        #expect(stored > 0)
        #expect(!connection.isInTransaction)
        #expect(try itemIDs(connection).count == stored)
        #expect(try connection.integrityCheck() == [])
        connection.close()
    }
}
