internal import CUV

/// Memory of one libuv handle: freed by libuv's last callback, whatever happens before.
///
/// The handle keeps its object alive until it has closed, so whoever makes one closes it (or stops
/// the loop, which closes all).
// Safe: used on its loop's thread alone, which `close()` and every method of a subclass check.
@safe package class LoopHandle: @unchecked Sendable {
    /// The loop that the handle belongs to.
    package let loop: EventLoop
    let raw: UnsafeMutableRawPointer
    /// Whether `close()` has been called, here or by the loop's end.
    package private(set) var isClosed = false

    /// Allocates and initialises a handle of `type` by `setUp`, a function of libuv.
    init(
        loop: EventLoop, type: uv_handle_type, call: StaticString,
        setUp: (UnsafeMutableRawPointer) -> CInt
    ) throws(EventLoopError) {
        loop.preconditionOnLoop()
        self.loop = loop
        unsafe raw = .allocate(byteCount: uv_handle_size(type), alignment: 16)
        if loop.isStopping {
            unsafe raw.deallocate()
            throw .stopped
        }
        let code = unsafe setUp(raw)
        guard code == 0 else {
            unsafe raw.deallocate()
            throw EventLoopError(code: code, call: call)
        }
        unsafe handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    }

    final var handle: UnsafeMutablePointer<uv_handle_t> {
        unsafe raw.assumingMemoryBound(to: uv_handle_t.self)
    }

    /// What a waiting task is told when the handle goes.
    final var endError: EventLoopError { loop.isStopping ? .stopped : .closed }

    /// Closes the handle, which tells the waiting tasks; closing twice does nothing.
    package final func close() {
        loop.preconditionOnLoop()
        guard !isClosed else { return }
        isClosed = true
        unsafe uv_close(handle) { handle in
            guard let handle = unsafe handle, let data = unsafe handle.pointee.data else { return }
            let object = unsafe Unmanaged<LoopHandle>.fromOpaque(data).takeRetainedValue()
            unsafe object.raw.deallocate()
        }
        didClose()
    }

    /// Tells the waiting tasks; called once, after `isClosed` is set.
    func didClose() {}

    /// The descriptor below, while the handle is open.
    final var descriptor: CInt? {
        var descriptor: CInt = -1
        guard !isClosed, unsafe uv_fileno(handle, &descriptor) == 0 else { return nil }
        return descriptor
    }

    /// The object that a callback's handle stands for.
    static func object<Kind: LoopHandle>(
        _ handle: UnsafeMutableRawPointer?, as kind: Kind.Type
    ) -> Kind? {
        let handle = unsafe handle?.assumingMemoryBound(to: uv_handle_t.self)
        guard let data = unsafe handle?.pointee.data else { return nil }
        let object = unsafe Unmanaged<LoopHandle>.fromOpaque(data).takeUnretainedValue()
        return object.isClosed ? nil : unsafe unsafeDowncast(object, to: kind)
    }
}
