internal import CUV

extension EventLoop {
    /// Connects to an IP address or to a Unix socket.
    ///
    /// - Parameters:
    ///   - localAddress: The address to connect from; the system chooses one by default.
    ///   - deadline: How long connecting may take.
    /// - Throws: `.connectionRefused`, `.unreachable`, `.timedOut`, `.cancelled`, `.stopped` and
    ///   what binding to `localAddress` can say.
    package func connect(
        to address: SocketAddress, localAddress: SocketAddress? = nil,
        deadline: Duration = .seconds(30)
    ) async throws(EventLoopError) -> Stream {
        preconditionOnLoop()
        if case .unix(let path) = address {
            return try await connectUnix(path: path, deadline: deadline)
        }
        let stream = try Stream(loop: self, kind: .tcp)
        do {
            try stream.bindTCP(to: localAddress)
            try await finishConnecting(stream, to: address, deadline: deadline)
        } catch {
            stream.close()
            throw error
        }
        return stream
    }

    /// Connects to the Unix socket at `path`.
    ///
    /// - Throws: `.pathTooLong`, `.notFound`, `.permissionDenied`, `.connectionRefused` when nobody
    ///   serves it, `.timedOut`, `.cancelled` or `.stopped`.
    package func connectUnix(
        path: String, deadline: Duration = .seconds(30)
    ) async throws(EventLoopError) -> Stream {
        preconditionOnLoop()
        guard path.utf8.count <= EventLoopLimits.unixPath else { throw .pathTooLong(path) }
        let stream = try Stream(loop: self, kind: .unix)
        do {
            try await finishConnecting(stream, to: .unix(path: path), deadline: deadline)
        } catch {
            stream.close()
            throw error
        }
        return stream
    }

    private func finishConnecting(
        _ stream: Stream, to address: SocketAddress, deadline: Duration
    ) async throws(EventLoopError) {
        let request = ConnectRequest(address: address)
        let timer = try timer(deadline) { request.pending.finish(.failure(.timedOut)) }
        defer { timer?.close() }
        do {
            try await request.pending.wait(on: self) { request.start(on: stream) }
        } catch {
            throw isStopping && error == .closed ? .stopped : error
        }
        if stream.isClosed { throw stream.endError }
    }
}

extension Stream {
    /// Binds to a local address, if any, and turns TCP_NODELAY on.
    fileprivate func bindTCP(to localAddress: SocketAddress?) throws(EventLoopError) {
        let tcp = unsafe raw.assumingMemoryBound(to: uv_tcp_t.self)
        if let localAddress {
            let code = unsafe localAddress.withNative { unsafe uv_tcp_bind(tcp, $0, 0) }
            guard code == 0 else {
                throw EventLoopError(
                    code: code ?? UV_EAFNOSUPPORT.rawValue, call: "bind", address: localAddress)
            }
        }
        // Remembered by libuv and set as soon as there is a socket.
        unsafe uv_tcp_nodelay(tcp, 1)
    }
}

/// One attempt to connect.
// Safe: used on its stream's loop alone.
@safe private final class ConnectRequest: @unchecked Sendable {
    private let native = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
    private let address: SocketAddress
    let pending = Pending<Void>()

    init(address: SocketAddress) { self.address = address }

    deinit { unsafe native.deallocate() }

    func start(on stream: Stream) {
        unsafe native.pointee.data = Unmanaged.passRetained(self).toOpaque()
        let connected: uv_connect_cb = { native, code in
            guard let native = unsafe native, let data = unsafe native.pointee.data else { return }
            let request = unsafe Unmanaged<ConnectRequest>.fromOpaque(data).takeRetainedValue()
            let loop = unsafe native.pointee.handle.pointee.loop.pointee.data
            request.finish(code)
            guard let loop = unsafe loop else { return }
            unsafe Unmanaged<EventLoop>.fromOpaque(loop).takeUnretainedValue().runReady()
        }
        if case .unix(let path) = address {
            let pipe = unsafe stream.raw.assumingMemoryBound(to: uv_pipe_t.self)
            unsafe uv_pipe_connect(native, pipe, path, connected)
            return
        }
        let tcp = unsafe stream.raw.assumingMemoryBound(to: uv_tcp_t.self)
        let code = unsafe address.withNative {
            unsafe uv_tcp_connect(native, tcp, $0, connected)
        }
        if code != 0 {
            unsafe Unmanaged.passUnretained(self).release()
            finish(code ?? UV_EAFNOSUPPORT.rawValue)
        }
    }

    private func finish(_ code: CInt) {
        guard code != 0 else {
            pending.finish(.success(()))
            return
        }
        var path: String?
        if case .unix(let name) = address { path = name }
        pending.finish(
            .failure(EventLoopError(code: code, call: "connect", address: address, path: path)))
    }
}
