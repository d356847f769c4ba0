internal import CUV

/// A connected TCP or Unix socket, used on its loop's thread by one reader and one writer.
///
/// It reads ahead by at most one chunk of `EventLoopLimits.readBytes` and holds no buffer while a
/// task waits. It stays open until `close()` or the end of its loop.
@safe package final class Stream: LoopHandle, @unchecked Sendable {
    // Safe: used on its loop's thread alone, which every method checks.

    enum Kind {
        case tcp, unix
    }

    let kind: Kind
    private var reader: UnsafeContinuation<EventLoopError?, Never>?
    /// Counts waits, so that a late cancellation misses the next one.
    private var readerNumber: UInt64 = 0
    /// Bytes at the start of the loop's scratch that belong to this stream until its callback ends.
    private var lent = 0
    private var held: [UInt8] = []
    /// How the input ended: `.some(nil)` at its end, an error otherwise.
    private var inputEnd: EventLoopError??
    private var isReading = false
    private var readDue: UInt64?
    private var readTimer: LoopTimer?
    /// Whether what was received last is still without an answer that carries its acknowledgement.
    var owesAcknowledgement = false
    /// Whether a reader that waits again acknowledges at once (TCP_QUICKACK), so that a peer that
    /// delays its last segment until then (Nagle's algorithm) does not sit out the delay.
    package var acknowledgesAtOnce: Bool
    var writer: WriteRequest?
    var writableWatch: WritableWatch?

    init(loop: EventLoop, kind: Kind, acknowledgesAtOnce: Bool = false) throws(EventLoopError) {
        self.kind = kind
        self.acknowledgesAtOnce = acknowledgesAtOnce
        try unsafe super.init(
            loop: loop, type: kind == .tcp ? UV_TCP : UV_NAMED_PIPE, call: "uv_tcp_init"
        ) { raw in
            switch kind {
            case .tcp: unsafe uv_tcp_init(loop.native, raw.assumingMemoryBound(to: uv_tcp_t.self))
            case .unix:
                unsafe uv_pipe_init(loop.native, raw.assumingMemoryBound(to: uv_pipe_t.self), 0)
            }
        }
    }

    var stream: UnsafeMutablePointer<uv_stream_t> {
        unsafe raw.assumingMemoryBound(to: uv_stream_t.self)
    }

    /// Whether bytes have come that nobody has read; it does not look at the socket.
    package var hasUnreadInput: Bool {
        loop.preconditionOnLoop()
        return lent > 0 || !held.isEmpty
    }

    /// Waits for bytes and returns them, up to `EventLoopLimits.readBytes`; none at the end.
    ///
    /// - Parameter deadline: How long to wait; the stream stays usable after `.timedOut`.
    /// - Throws: `.timedOut`, `.cancelled`, `.connectionReset`, `.closed` or `.stopped`.
    package func read(deadline: Duration? = nil) async throws(EventLoopError) -> [UInt8] {
        try await waitForInput(deadline)
        if lent == 0 {
            defer { held = [] }
            return held
        }
        return copyLent()
    }

    /// Waits for bytes and lends them to `body` without a copy where it can; none at the end.
    ///
    /// All of them count as read. `body` may write to this stream and may close it.
    /// - Parameter deadline: How long to wait; the stream stays usable after `.timedOut`.
    /// - Throws: `.timedOut`, `.cancelled`, `.connectionReset`, `.closed` or `.stopped`.
    package func read<R>(
        deadline: Duration? = nil, _ body: (Span<UInt8>) -> R
    ) async throws(EventLoopError) -> R {
        try await waitForInput(deadline)
        if lent == 0 {
            let bytes = held
            held = []
            return body(bytes.span)
        }
        let count = lent
        lent = 0
        let start = unsafe UnsafeRawPointer(loop.scratch).assumingMemoryBound(to: UInt8.self)
        let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
        return body(unsafe bytes.span)
    }

    override func didClose() {
        held = []
        lent = 0
        readTimer?.close()
        readTimer = nil
        writableWatch?.close()
        writableWatch = nil
        wakeReader(endError)
        writer?.streamClosed(endError)
        writer = nil
    }
}

// MARK: - Waiting for input

extension Stream {
    private func waitForInput(_ deadline: Duration?) async throws(EventLoopError) {
        guard try mustWait(deadline) else { return }
        let number = readerNumber
        let error = await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                unsafe reader = continuation
                // What came between the look above and this line found no reader to wake.
                if Task.isCancelled {
                    wakeReader(.cancelled)
                } else if lent > 0 || !held.isEmpty || inputEnd != nil {
                    wakeReader(inputEnd ?? nil)
                }
            }
        } onCancel: {
            loop.perform {
                if self.readerNumber == number { self.wakeReader(.cancelled) }
            }
        }
        if let error { throw error }
    }

    /// Readies the stream for a wait, unless there is something to read already.
    private func mustWait(_ deadline: Duration?) throws(EventLoopError) -> Bool {
        loop.preconditionOnLoop()
        unsafe precondition(reader == nil, "one task reads a stream at a time")
        if lent > 0 || !held.isEmpty { return false }
        if isClosed { throw endError }
        if let inputEnd {
            if let error = inputEnd { throw error }
            return false
        }
        if Task.isCancelled { throw .cancelled }
        try startReading()
        if owesAcknowledgement, acknowledgesAtOnce, let descriptor {
            signet_quick_ack(descriptor)
            owesAcknowledgement = false
        }
        if let deadline { try setReadDeadline(deadline) }
        readerNumber &+= 1
        return true
    }

    private func wakeReader(_ error: EventLoopError?) {
        readDue = nil
        guard let reader = unsafe reader else { return }
        unsafe self.reader = nil
        unsafe reader.resume(returning: error)
    }

    private func copyLent() -> [UInt8] {
        let count = lent
        lent = 0
        let start = unsafe UnsafeRawPointer(loop.scratch).assumingMemoryBound(to: UInt8.self)
        return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }

    private func setReadDeadline(_ deadline: Duration) throws(EventLoopError) {
        let due = loop.now() + deadline.timerMilliseconds
        readDue = due
        let timer: LoopTimer
        if let readTimer {
            timer = readTimer
        } else {
            timer = try ReadTimer(stream: self)
            readTimer = timer
        }
        timer.setNoLater(than: due)
    }

    /// Ends the wait that the time is over for; a timer of an earlier, ended wait finds a later
    /// due time or none.
    fileprivate func readTimerFired() {
        guard let due = readDue else { return }
        if loop.now() >= due { wakeReader(.timedOut) } else { readTimer?.set(due: due) }
    }

    private func startReading() throws(EventLoopError) {
        guard !isReading else { return }
        let code = unsafe uv_read_start(
            stream,
            { handle, _, buffer in
                guard let buffer = unsafe buffer else { return }
                guard let stream = unsafe LoopHandle.object(handle, as: Stream.self),
                    stream.hasRoom
                else {
                    unsafe buffer.pointee = uv_buf_t()
                    return
                }
                unsafe buffer.pointee = unsafe uv_buf_init(
                    stream.loop.scratch, UInt32(EventLoopLimits.readBytes))
            },
            { handle, count, _ in
                guard let stream = unsafe LoopHandle.object(handle, as: Stream.self) else { return }
                stream.received(count)
            })
        guard code == 0 else { throw EventLoopError(code: code, call: "uv_read_start") }
        isReading = true
    }

    /// Whether bytes may come: somebody waits for them, or nothing is held yet.
    private var hasRoom: Bool { unsafe reader != nil || held.isEmpty }

    private func received(_ count: Int) {
        switch count {
        case 1...:
            owesAcknowledgement = true
            lent = count
            if unsafe reader != nil {
                wakeReader(nil)
                loop.runReady()
            }
            if lent > 0 { held = copyLent() }
        case 0: break
        case Int(UV_ENOBUFS.rawValue):
            unsafe uv_read_stop(stream)
            isReading = false
        default:
            unsafe uv_read_stop(stream)
            isReading = false
            let error =
                count == Int(UV_EOF.rawValue)
                ? nil : EventLoopError(code: CInt(truncatingIfNeeded: count), call: "read")
            inputEnd = .some(error)
            wakeReader(error)
            loop.runReady()
        }
    }
}

/// The timer of a stream's read deadlines, which goes with the stream.
// Safe: used on its loop's thread alone.
private final class ReadTimer: LoopTimer, @unchecked Sendable {
    private unowned let stream: Stream

    init(stream: Stream) throws(EventLoopError) {
        self.stream = stream
        try super.init(loop: stream.loop)
    }

    override func fire() { stream.readTimerFired() }
}
