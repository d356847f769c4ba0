import Glibc
import Testing

@testable import EventLoop

@Suite("Unix sockets", .timeLimit(.minutes(2)))
struct UnixSocketTests {
    @Test("A Unix socket carries bytes and tells who is at the other end")
    func peerCredentials() async throws {
        let path = temporaryPath()
        try await onLoop { loop in
            let listener = try loop.listen(on: .unix(path: path))
            #expect(listener.address == .unix(path: path))
            let client = try await loop.connect(to: .unix(path: path))
            let server = try #require(try await listener.accept())
            let expected = PeerCredentials(process: getpid(), user: geteuid(), group: getegid())
            #expect(server.peerCredentials() == expected)
            #expect(client.peerCredentials() == expected)
            try await client.write([1, 2, 3])
            #expect(try await server.read() == [1, 2, 3])
        }
    }

    @Test("The socket file has mode 0600 whatever the umask, and goes with its listener")
    func mode() async throws {
        let path = temporaryPath()
        try await onLoop { loop in
            let listener = try loop.listenUnix(path: path)
            var status = stat()
            #expect(unsafe lstat(path, &status) == 0)
            #expect(UInt32(status.st_mode) & 0o777 == 0o600)
            listener.close()
            #expect(unsafe lstat(path, &status) == -1)
        }
    }

    @Test("The socket file goes when the loop stops")
    func removalAtStop() async throws {
        let path = temporaryPath()
        try await onLoop { loop in _ = try loop.listenUnix(path: path) }
        #expect(unsafe access(path, F_OK) == -1)
    }

    @Test("A stale socket file is replaced; a served one and a plain file are not")
    func staleFile() async throws {
        let path = temporaryPath()
        defer { unsafe unlink(path) }
        try makeStaleSocket(path)
        try await onLoop { loop in
            let listener = try loop.listenUnix(path: path)
            #expect(throws: EventLoopError.addressInUse(.unix(path: path))) {
                try loop.listenUnix(path: path)
            }
            // The refused attempt has left the file alone.
            _ = try await loop.connectUnix(path: path)
            listener.close()
            let file = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
            #expect(file >= 0)
            close(file)
            #expect(throws: EventLoopError.addressInUse(.unix(path: path))) {
                try loop.listenUnix(path: path)
            }
        }
    }

    @Test("A path that is missing, too long, unserved or malformed says so")
    func errors() async throws {
        let path = temporaryPath()
        try makeStaleSocket(path)
        defer { unsafe unlink(path) }
        try await onLoop { loop in
            await #expect(throws: EventLoopError.notFound(path + "x")) {
                try await loop.connectUnix(path: path + "x")
            }
            await #expect(throws: EventLoopError.connectionRefused(.unix(path: path))) {
                try await loop.connectUnix(path: path)
            }
            let long = "/tmp/" + String(repeating: "x", count: 103)
            await #expect(throws: EventLoopError.pathTooLong(long)) {
                try await loop.connectUnix(path: long)
            }
            #expect(throws: EventLoopError.pathTooLong(long)) { try loop.listenUnix(path: long) }
            #expect(throws: EventLoopError.notFound("/nowhere/at/all")) {
                try loop.listenUnix(path: "/nowhere/at/all")
            }
            #expect(throws: EventLoopError.pathTooLong("")) { try loop.listenUnix(path: "") }
        }
    }

    private func temporaryPath() -> String {
        "/tmp/signet-\(UInt64.random(in: 0...UInt64.max)).sock"
    }

    private func makeStaleSocket(_ path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: Array(path.utf8))
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let code = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        close(descriptor)
        try #require(code == 0)
    }
}
