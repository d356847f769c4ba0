internal import CUV
internal import Glibc

/// A socket that accepts connections, used on its loop's thread by one accepting task.
package final class Listener: LoopHandle, @unchecked Sendable {
    // Safe: used on its loop's thread alone, which every method checks.

    /// Where it listens, with the port that the system chose for port 0.
    package private(set) var address: SocketAddress
    private let kind: Stream.Kind
    private var acceptor: Pending<Stream?>?
    /// Whether libuv holds an accepted connection that nobody has asked for yet.
    private var hasWaiting = false
    /// The socket file, which goes when the listener does.
    private var file: SocketFile?

    init(_ address: SocketAddress, loop: EventLoop) throws(EventLoopError) {
        self.address = address
        if case .unix = address { kind = .unix } else { kind = .tcp }
        let kind = kind
        let family = if case .ipv6 = address { AF_INET6 } else { AF_INET }
        try unsafe super.init(
            loop: loop, type: kind == .tcp ? UV_TCP : UV_NAMED_PIPE, call: "socket"
        ) { raw in
            switch kind {
            case .tcp:
                unsafe uv_tcp_init_ex(
                    loop.native, raw.assumingMemoryBound(to: uv_tcp_t.self), UInt32(family))
            case .unix:
                unsafe uv_pipe_init(loop.native, raw.assumingMemoryBound(to: uv_pipe_t.self), 0)
            }
        }
    }

    /// Waits for the next connection; `nil` once the listener is closed.
    ///
    /// Connections that the system cannot give (no descriptor is left, the peer has gone already)
    /// are passed over.
    /// - Throws: `.cancelled`.
    package func accept() async throws(EventLoopError) -> Stream? {
        loop.preconditionOnLoop()
        precondition(acceptor == nil, "one task accepts from a listener at a time")
        if isClosed { return nil }
        if hasWaiting, let stream = takeConnection() { return stream }
        let pending = Pending<Stream?>()
        acceptor = pending
        defer { if acceptor === pending { acceptor = nil } }
        return try await pending.wait(on: loop) {}
    }

    override func didClose() {
        file?.remove()
        file = nil
        acceptor?.finish(.success(nil))
        acceptor = nil
    }
}

// MARK: - Binding

extension Listener {
    /// Binds a TCP listener; an IPv6 address serves IPv6 alone.
    func listenTCP(backlog: CInt, sharesPort: Bool) throws(EventLoopError) {
        let tcp = unsafe raw.assumingMemoryBound(to: uv_tcp_t.self)
        if sharesPort, let descriptor, signet_reuse_port(descriptor) != 0 {
            throw EventLoopError(errno: errno, call: "setsockopt", address: address)
        }
        var flags: UInt32 = 0
        if case .ipv6 = address { flags = UInt32(UV_TCP_IPV6ONLY.rawValue) }
        let code = unsafe address.withNative { unsafe uv_tcp_bind(tcp, $0, flags) }
        guard code == 0 else {
            throw EventLoopError(
                code: code ?? UV_EAFNOSUPPORT.rawValue, call: "bind", address: address)
        }
        // Linux hands the option on to every accepted socket.
        unsafe uv_tcp_nodelay(tcp, 1)
        try startListening(backlog)
        if let bound = unsafe SocketAddress(asking: { unsafe uv_tcp_getsockname(tcp, $0, $1) }) {
            address = bound
        }
    }

    /// Binds a Unix listener whose file has `mode` from its first moment on.
    func listenUnix(path: String, mode: UInt32, backlog: CInt) throws(EventLoopError) {
        guard !path.isEmpty, !path.utf8.contains(0), path.utf8.count <= EventLoopLimits.unixPath
        else { throw .pathTooLong(path) }
        let (descriptor, file) = try SocketFile.make(path: path, mode: mode)
        let pipe = unsafe raw.assumingMemoryBound(to: uv_pipe_t.self)
        let code = unsafe uv_pipe_open(pipe, descriptor)
        guard code == 0 else {
            _ = CUV.close(descriptor)
            file.remove()
            throw EventLoopError(code: code, call: "uv_pipe_open", path: path)
        }
        self.file = file
        try startListening(backlog)
    }

    private func startListening(_ backlog: CInt) throws(EventLoopError) {
        let stream = unsafe raw.assumingMemoryBound(to: uv_stream_t.self)
        let code = unsafe uv_listen(stream, backlog) { handle, code in
            guard let listener = unsafe LoopHandle.object(handle, as: Listener.self) else { return }
            if code == 0 { listener.connectionArrived() }
        }
        guard code == 0 else {
            throw EventLoopError(code: code, call: "listen", address: address)
        }
    }

    private func connectionArrived() {
        guard let acceptor, acceptor.isWaiting else {
            hasWaiting = true
            return
        }
        guard let stream = takeConnection() else { return }
        self.acceptor = nil
        acceptor.finish(.success(stream))
        loop.runReady()
    }

    private func takeConnection() -> Stream? {
        hasWaiting = false
        guard
            let stream = try? Stream(
                loop: loop, kind: kind, acknowledgesAtOnce: kind == .tcp)
        else { return nil }
        let server = unsafe raw.assumingMemoryBound(to: uv_stream_t.self)
        guard unsafe uv_accept(server, stream.stream) == 0 else {
            stream.close()
            return nil
        }
        return stream
    }
}
