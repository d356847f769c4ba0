internal import CUV

extension EventLoop {
    /// Delivers the signals `numbers` to the caller instead of their default action.
    ///
    /// It may be called on any thread. The signals keep their default action until the loop has
    /// begun to watch, and get it back when the sequence is dropped or the loop stops, which ends
    /// the sequence. A reader that is late finds the newest `EventLoopLimits.signals`.
    package func signals(_ numbers: [Int32]) -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Int32.self, bufferingPolicy: .bufferingNewest(EventLoopLimits.signals))
        perform { self.watch(numbers, for: continuation) }
        return stream
    }

    private func watch(_ numbers: [Int32], for continuation: AsyncStream<Int32>.Continuation) {
        var watches: [SignalWatch] = []
        for number in numbers {
            do throws(EventLoopError) {
                watches.append(try SignalWatch(loop: self, number: number, for: continuation))
            } catch {
                continuation.finish()
            }
        }
        continuation.onTermination = { [watches] _ in
            self.perform { for watch in watches { watch.close() } }
        }
    }
}

/// One signal's way to a sequence.
// Safe: used on its loop's thread alone.
private final class SignalWatch: LoopHandle, @unchecked Sendable {
    private let continuation: AsyncStream<Int32>.Continuation

    init(
        loop: EventLoop, number: Int32, for continuation: AsyncStream<Int32>.Continuation
    ) throws(EventLoopError) {
        self.continuation = continuation
        try unsafe super.init(loop: loop, type: UV_SIGNAL, call: "uv_signal_init") { raw in
            unsafe uv_signal_init(loop.native, raw.assumingMemoryBound(to: uv_signal_t.self))
        }
        let signal = unsafe raw.assumingMemoryBound(to: uv_signal_t.self)
        let code = unsafe uv_signal_start(
            signal,
            { handle, number in
                guard let watch = unsafe LoopHandle.object(handle, as: SignalWatch.self) else {
                    return
                }
                watch.continuation.yield(number)
                watch.loop.runReady()
            }, number)
        guard code == 0 else {
            close()
            throw EventLoopError(code: code, call: "uv_signal_start")
        }
    }

    override func didClose() { continuation.finish() }
}
