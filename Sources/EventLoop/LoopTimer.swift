internal import CUV

/// A timer that calls `fire` once each time it is set.
class LoopTimer: LoopHandle, @unchecked Sendable {
    // Safe: used on its loop's thread alone.

    /// When the timer fires, on the loop's clock; `nil` while it is not set.
    final private(set) var due: UInt64?

    init(loop: EventLoop) throws(EventLoopError) {
        try unsafe super.init(loop: loop, type: UV_TIMER, call: "uv_timer_init") { raw in
            unsafe uv_timer_init(loop.native, raw.assumingMemoryBound(to: uv_timer_t.self))
        }
    }

    private final var timer: UnsafeMutablePointer<uv_timer_t> {
        unsafe raw.assumingMemoryBound(to: uv_timer_t.self)
    }

    /// Sets the timer to `due`, in place of what it was set to.
    final func set(due: UInt64) {
        guard !isClosed else { return }
        let now = loop.now()
        self.due = due
        unsafe uv_timer_start(
            timer,
            { handle in
                guard let timer = unsafe LoopHandle.object(handle, as: LoopTimer.self) else {
                    return
                }
                timer.due = nil
                timer.fire()
                timer.loop.runReady()
            }, due > now ? due - now : 0, 0)
    }

    /// Sets the timer unless it already fires by then; an owner that is called early sets it again.
    final func setNoLater(than due: UInt64) {
        if let set = self.due, set <= due { return }
        set(due: due)
    }

    /// What the time was set for.
    func fire() {}

    override func didClose() { due = nil }
}

/// A timer that runs a closure, and another one when it closes before.
final class ActionTimer: LoopTimer, @unchecked Sendable {
    // Safe: used on its loop's thread alone.
    private var action: (() -> Void)?
    /// Told when the timer closes.
    var whenClosed: ((EventLoopError) -> Void)?

    init(loop: EventLoop, action: @escaping () -> Void) throws(EventLoopError) {
        try super.init(loop: loop)
        self.action = action
    }

    override func fire() { action?() }

    override func didClose() {
        super.didClose()
        action = nil
        whenClosed?(endError)
        whenClosed = nil
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, from 0 to the longest timer.
    var timerMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
        guard !overflow else { return EventLoopLimits.timerMilliseconds }
        let rest = (UInt64(attoseconds) + 999_999_999_999_999) / 1_000_000_000_000_000
        return min(whole &+ rest, EventLoopLimits.timerMilliseconds)
    }
}
