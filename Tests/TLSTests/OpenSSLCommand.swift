import Glibc

/// `openssl`, or another program, as a child process: a peer that shares no code of ours.
@safe final class OpenSSLCommand {
    static let path = "/usr/bin/openssl"
    static let python = "/usr/bin/python3"
    static var isInstalled: Bool { unsafe access(path, X_OK) == 0 }
    static var isPythonInstalled: Bool { unsafe access(python, X_OK) == 0 }

    struct Failure: Error {
        let step: String
        let code = errno
    }

    private var process: pid_t = 0
    private var standardInput: CInt
    private let standardOutput: CInt
    private var unread: [UInt8] = []

    /// Starts the program with sockets for its input and output; its diagnostics are dropped.
    init(_ arguments: [String], program: String = path) throws {
        let input = try Self.makePipe()
        let output = try Self.makePipe()
        (standardInput, standardOutput) = (input.write, output.read)
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input.read, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output.write, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var pointers = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        let code = unsafe posix_spawn(&process, program, &actions, nil, &pointers, environ)
        close(input.read)
        close(output.write)
        guard code == 0 else { throw Failure(step: "posix_spawn") }
    }

    deinit {
        closeInput()
        close(standardOutput)
        if process > 0 {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
    }

    func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard unsafe Glibc.write(standardInput, bytes, bytes.count) == bytes.count else {
            throw Failure(step: "write")
        }
    }

    func closeInput() {
        if standardInput >= 0 { close(standardInput) }
        standardInput = -1
    }

    /// The next line of its output without the newline; waits ten seconds at most.
    func readLine() throws -> String {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: unread[..<end], as: UTF8.self)
                unread.removeSubrange(...end)
                return line
            }
            let more = try Socket.readSome(standardOutput)
            guard !more.isEmpty else { throw Failure(step: "end of output") }
            unread += more
        }
    }

    private static func makePipe() throws -> (read: CInt, write: CInt) {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw Failure(step: "socketpair")
        }
        return (ends[0], ends[1])
    }
}

/// A blocking TCP socket on the loopback address.
final class Socket {
    private let descriptor: CInt

    private init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    static func connect(port: UInt16) throws -> Socket {
        let made = Socket(socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        let code = unsafe withAddress(port: port) { address, count in
            unsafe Glibc.connect(made.descriptor, address, count)
        }
        guard code == 0 else { throw OpenSSLCommand.Failure(step: "connect") }
        return made
    }

    /// Listens on a free port.
    static func listen() throws -> (socket: Socket, port: UInt16) {
        let made = Socket(socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        let bound = unsafe withAddress(port: 0) { address, count in
            unsafe bind(made.descriptor, address, count)
        }
        guard bound == 0, Glibc.listen(made.descriptor, 1) == 0 else {
            throw OpenSSLCommand.Failure(step: "listen")
        }
        var name = sockaddr_in()
        var count = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = made.descriptor
        let named = unsafe withUnsafeMutablePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &count)
            }
        }
        guard named == 0 else { throw OpenSSLCommand.Failure(step: "getsockname") }
        return (made, UInt16(bigEndian: name.sin_port))
    }

    func accept() throws -> Socket {
        try Self.waitForInput(descriptor)
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw OpenSSLCommand.Failure(step: "accept") }
        return Socket(accepted)
    }

    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw OpenSSLCommand.Failure(step: "send") }
            sent += count
        }
    }

    /// What has arrived; empty at the end of the stream.
    func read() throws -> [UInt8] {
        try Self.readSome(descriptor)
    }

    static func readSome(_ descriptor: CInt) throws -> [UInt8] {
        try waitForInput(descriptor)
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 || errno == ECONNRESET else { throw OpenSSLCommand.Failure(step: "read") }
        return Array(bytes[..<max(count, 0)])
    }

    private static func waitForInput(_ descriptor: CInt) throws {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waiting, 1, 10_000) == 1 else {
            throw OpenSSLCommand.Failure(step: "poll")
        }
    }

    private static func withAddress(
        port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// A folder of this test's own, removed with its files at the end.
struct TemporaryFolder: ~Copyable {
    let path: String
    private var files: [String] = []

    init() throws {
        var template = Array("/tmp/tls-test-XXXXXX\0".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw OpenSSLCommand.Failure(step: "mkdtemp")
        }
        path = String(
            decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for file in files { unsafe unlink(file) }
        unsafe rmdir(path)
    }

    /// Writes a file of mode 0600; returns its path.
    mutating func write(_ bytes: Span<UInt8>, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        files.append(file)
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let written = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        guard written == bytes.count else { throw OpenSSLCommand.Failure(step: "file") }
        return file
    }
}
