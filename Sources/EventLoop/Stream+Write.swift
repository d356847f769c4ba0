internal import CUV
internal import Glibc

extension Stream {
    /// Sends as much of `bytes` as the socket takes at once, without a copy or a wait.
    ///
    /// - Returns: How many bytes went out; 0 when the socket is full (see `writable`).
    /// - Throws: `.brokenPipe`, `.connectionReset`, `.closed` or `.stopped`.
    package func writeNow(_ bytes: Span<UInt8>) throws(EventLoopError) -> Int {
        loop.preconditionOnLoop()
        precondition(writer == nil, "one task writes a stream at a time")
        return try sendNow(bytes)
    }

    private func sendNow(_ bytes: Span<UInt8>) throws(EventLoopError) -> Int {
        if isClosed { throw endError }
        guard !bytes.isEmpty else { return 0 }
        let count = min(bytes.count, Int(CInt.max))
        let code = unsafe bytes.withUnsafeBufferPointer { source in
            var buffer = unsafe Self.buffer(source.baseAddress, count: count)
            return unsafe uv_try_write(stream, &buffer, 1)
        }
        if code == UV_EAGAIN.rawValue { return 0 }
        guard code >= 0 else { throw EventLoopError(code: code, call: "write") }
        owesAcknowledgement = false
        return Int(code)
    }

    /// Sends all of `bytes` and returns once the system has them.
    ///
    /// - Parameter deadline: How long the whole write may take.
    /// - Throws: `.timedOut` or `.cancelled`, after which the stream is closed because a part may
    ///   have gone out; `.brokenPipe`, `.connectionReset`, `.closed` or `.stopped`.
    package func write(
        _ bytes: [UInt8], deadline: Duration? = nil
    ) async throws(EventLoopError) {
        let sent = try writeNow(bytes.span)
        if sent < bytes.count { try await writeRest(bytes, from: sent, deadline: deadline) }
    }

    private func writeRest(
        _ bytes: [UInt8], from start: Int, deadline: Duration?
    ) async throws(EventLoopError) {
        let request = try beginWriting(deadline)
        defer { endWriting(request) }
        var sent = start
        while sent < bytes.count {
            let piece = min(bytes.count - sent, EventLoopLimits.writePiece)
            do {
                try await request.send(bytes.span.extracting(sent..<sent + piece), on: self)
            } catch {
                if error == .timedOut || error == .cancelled { close() }
                throw error
            }
            sent += piece
            if sent < bytes.count {
                sent += try sendNow(bytes.span.extracting(droppingFirst: sent))
            }
        }
    }

    /// Waits until the socket takes bytes again after `writeNow` took none, or has failed.
    ///
    /// - Throws: `.timedOut`, `.cancelled`, `.closed` or `.stopped`.
    package func writable(deadline: Duration? = nil) async throws(EventLoopError) {
        loop.preconditionOnLoop()
        precondition(writableWatch == nil && writer == nil, "one task writes a stream at a time")
        guard let descriptor else { throw endError }
        let watch = try WritableWatch(loop: loop, descriptor: descriptor)
        writableWatch = watch
        defer {
            watch.close()
            if writableWatch === watch { writableWatch = nil }
        }
        let timer = try loop.timer(deadline) { watch.pending.finish(.failure(.timedOut)) }
        defer { timer?.close() }
        try await watch.pending.wait(on: loop) { watch.start() }
    }

    /// Ends this side's half once everything has been sent; reading goes on.
    ///
    /// - Throws: `.brokenPipe`, `.cancelled`, `.closed` or `.stopped`.
    package func shutdownWrite() async throws(EventLoopError) {
        loop.preconditionOnLoop()
        if isClosed { throw endError }
        let request = ShutdownRequest()
        do {
            try await request.pending.wait(on: loop) { request.start(on: self) }
        } catch {
            throw error == .closed ? endError : error
        }
    }

    private func beginWriting(_ deadline: Duration?) throws(EventLoopError) -> WriteRequest {
        let request = WriteRequest()
        request.timer = try loop.timer(deadline) { [unowned request] in
            request.timedOut()
        }
        writer = request
        return request
    }

    private func endWriting(_ request: WriteRequest) {
        request.timer?.close()
        request.timer = nil
        if writer === request { writer = nil }
    }

    static func buffer(_ start: UnsafePointer<UInt8>?, count: Int) -> uv_buf_t {
        let base = unsafe UnsafeMutableRawPointer(mutating: start)
        return unsafe uv_buf_init(base?.assumingMemoryBound(to: CChar.self), UInt32(count))
    }
}

/// The pieces of one write that the socket did not take at once, one after the other.
// Safe: used on its stream's loop alone.
@safe final class WriteRequest: @unchecked Sendable {
    private let native = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)
    private var piece: UnsafeMutableBufferPointer<UInt8>?
    private var pending: Pending<Void>?
    var timer: LoopTimer?

    deinit {
        unsafe piece?.deallocate()
        unsafe native.deallocate()
    }

    /// Copies the piece and returns once the system has it.
    func send(_ bytes: Span<UInt8>, on stream: Stream) async throws(EventLoopError) {
        if stream.isClosed { throw stream.endError }
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        unsafe bytes.withUnsafeBufferPointer { _ = unsafe copy.initialize(fromContentsOf: $0) }
        unsafe piece?.deallocate()
        unsafe piece = copy
        let pending = Pending<Void>()
        self.pending = pending
        try await pending.wait(on: stream.loop) {
            unsafe native.pointee.data = Unmanaged.passRetained(self).toOpaque()
            var buffer = unsafe Stream.buffer(UnsafePointer(copy.baseAddress), count: copy.count)
            let code = unsafe uv_write(native, stream.stream, &buffer, 1) { native, code in
                guard let native = unsafe native, let data = unsafe native.pointee.data else {
                    return
                }
                let request = unsafe Unmanaged<WriteRequest>.fromOpaque(data).takeRetainedValue()
                let loop = unsafe native.pointee.handle.pointee.loop.pointee.data
                request.finish(code)
                guard let loop = unsafe loop else { return }
                unsafe Unmanaged<EventLoop>.fromOpaque(loop).takeUnretainedValue().runReady()
            }
            if code != 0 {
                unsafe Unmanaged.passUnretained(self).release()
                finish(code)
            }
        }
    }

    func timedOut() { pending?.finish(.failure(.timedOut)) }

    func streamClosed(_ error: EventLoopError) { pending?.finish(.failure(error)) }

    private func finish(_ code: CInt) {
        pending?.finish(
            code == 0 ? .success(()) : .failure(EventLoopError(code: code, call: "write")))
    }
}

/// Waits once for a socket to take bytes, through a descriptor of its own so that it cannot disturb
/// the stream's.
// Safe: used on its loop's thread alone.
final class WritableWatch: LoopHandle, @unchecked Sendable {
    let pending = Pending<Void>()
    private let copy: CInt

    init(loop: EventLoop, descriptor: CInt) throws(EventLoopError) {
        let copy = signet_duplicate(descriptor)
        guard copy >= 0 else { throw EventLoopError(errno: errno, call: "dup") }
        self.copy = copy
        do throws(EventLoopError) {
            try unsafe super.init(loop: loop, type: UV_POLL, call: "uv_poll_init") { raw in
                unsafe uv_poll_init(
                    loop.native, raw.assumingMemoryBound(to: uv_poll_t.self), copy)
            }
        } catch {
            _ = CUV.close(copy)
            throw error
        }
    }

    func start() {
        let poll = unsafe raw.assumingMemoryBound(to: uv_poll_t.self)
        let code = unsafe uv_poll_start(poll, CInt(UV_WRITABLE.rawValue)) { handle, _, _ in
            guard let watch = unsafe LoopHandle.object(handle, as: WritableWatch.self) else {
                return
            }
            let loop = watch.loop
            watch.pending.finish(.success(()))
            watch.close()
            loop.runReady()
        }
        if code != 0 { pending.finish(.failure(EventLoopError(code: code, call: "uv_poll_start"))) }
    }

    override func didClose() {
        // uv_close has taken the descriptor out of epoll, so nothing refers to it any more.
        _ = CUV.close(copy)
        pending.finish(.failure(endError))
    }
}

/// The end of a stream's own half.
// Safe: used on its stream's loop alone.
@safe private final class ShutdownRequest: @unchecked Sendable {
    private let native = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
    let pending = Pending<Void>()

    deinit { unsafe native.deallocate() }

    func start(on stream: Stream) {
        unsafe native.pointee.data = Unmanaged.passRetained(self).toOpaque()
        let code = unsafe uv_shutdown(native, stream.stream) { native, code in
            guard let native = unsafe native, let data = unsafe native.pointee.data else { return }
            let request = unsafe Unmanaged<ShutdownRequest>.fromOpaque(data).takeRetainedValue()
            let loop = unsafe native.pointee.handle.pointee.loop.pointee.data
            request.finish(code)
            guard let loop = unsafe loop else { return }
            unsafe Unmanaged<EventLoop>.fromOpaque(loop).takeUnretainedValue().runReady()
        }
        if code != 0 {
            unsafe Unmanaged.passUnretained(self).release()
            finish(code)
        }
    }

    private func finish(_ code: CInt) {
        pending.finish(
            code == 0 ? .success(()) : .failure(EventLoopError(code: code, call: "shutdown")))
    }
}
