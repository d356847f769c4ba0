internal import CUV

extension EventLoop {
    /// Finds the addresses of a host, in the system's order of preference, without duplicates.
    ///
    /// An IP literal, in brackets or not, is its own answer. Names are looked up in libuv's pool
    /// of threads, so the loop goes on; a lookup given up on runs to its end there.
    /// - Throws: `.hostNotFound`, `.nameServiceFailed`, `.timedOut`, `.cancelled` or `.stopped`.
    package func resolve(
        host: String, port: UInt16, deadline: Duration = .seconds(30)
    ) async throws(EventLoopError) -> [SocketAddress] {
        preconditionOnLoop()
        if isStopping { throw .stopped }
        let literal = host.hasPrefix("[") && host.hasSuffix("]")
        let bare = literal ? String(host.dropFirst().dropLast()) : host
        if let address = SocketAddress(ip: bare, port: port) { return [address] }
        guard !literal, !host.isEmpty, host.utf8.count <= EventLoopLimits.hostName,
            host.utf8.allSatisfy({ $0 > 32 && $0 != 127 })
        else { throw .hostNotFound(host) }
        let lookup = Lookup(host: host, port: port)
        let key = ObjectIdentifier(lookup.pending)
        lookups[key] = lookup.pending
        defer { lookups[key] = nil }
        let timer = try timer(deadline) { lookup.pending.finish(.failure(.timedOut)) }
        defer { timer?.close() }
        do {
            return try await lookup.pending.wait(on: self) { lookup.start(on: self) }
        } catch {
            lookup.giveUp()
            throw error
        }
    }
}

/// One question to the system's resolver.
// Safe: used on its loop alone.
@safe private final class Lookup: @unchecked Sendable {
    private let native = UnsafeMutablePointer<uv_getaddrinfo_t>.allocate(capacity: 1)
    private let host: String
    private let port: UInt16
    private var isStarted = false
    let pending = Pending<[SocketAddress]>()

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    deinit { unsafe native.deallocate() }

    func start(on loop: EventLoop) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        unsafe native.pointee.data = Unmanaged.passRetained(self).toOpaque()
        let code = unsafe uv_getaddrinfo(
            loop.native, native,
            { native, code, list in
                defer { unsafe uv_freeaddrinfo(list) }
                guard let native = unsafe native, let data = unsafe native.pointee.data else {
                    return
                }
                let lookup = unsafe Unmanaged<Lookup>.fromOpaque(data).takeRetainedValue()
                lookup.isStarted = false
                let loop = unsafe native.pointee.loop.pointee.data
                lookup.pending.finish(unsafe lookup.result(code, list))
                guard let loop = unsafe loop else { return }
                unsafe Unmanaged<EventLoop>.fromOpaque(loop).takeUnretainedValue().runReady()
            }, host, nil, &hints)
        guard code == 0 else {
            unsafe Unmanaged.passUnretained(self).release()
            pending.finish(unsafe result(code, nil))
            return
        }
        isStarted = true
    }

    /// Takes the question back if no thread has begun with it.
    func giveUp() {
        guard isStarted else { return }
        let request = unsafe UnsafeMutableRawPointer(native).assumingMemoryBound(to: uv_req_t.self)
        unsafe uv_cancel(request)
    }

    private func result(
        _ code: CInt, _ list: UnsafeMutablePointer<addrinfo>?
    ) -> Result<[SocketAddress], EventLoopError> {
        switch code {
        case 0: break
        case UV_EAI_NONAME.rawValue, UV_EAI_NODATA.rawValue, UV_ENOENT.rawValue,
            UV_EAI_ADDRFAMILY.rawValue, UV_EINVAL.rawValue:
            return .failure(.hostNotFound(host))
        default:
            let isTemporary = code == UV_EAI_AGAIN.rawValue
            let reason = EventLoopError.text(of: code)
            return .failure(
                .nameServiceFailed(host: host, reason: reason, temporary: isTemporary))
        }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next, addresses.count < EventLoopLimits.addresses {
            unsafe next = entry.pointee.ai_next
            guard let native = unsafe entry.pointee.ai_addr,
                let address = unsafe SocketAddress(
                    native: UnsafeRawPointer(native), family: entry.pointee.ai_family)
            else { continue }
            let found = address.withPort(port)
            if !addresses.contains(found) { addresses.append(found) }
        }
        return addresses.isEmpty ? .failure(.hostNotFound(host)) : .success(addresses)
    }
}
