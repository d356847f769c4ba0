internal import Glibc

/// A shared value whose changes a thread can sleep for.
// Safe: `state` is read and written inside `lock` alone; the condition has one address.
@safe package final class Monitor<State: Sendable>: @unchecked Sendable {
    private let lock = Lock()
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    /// Keeps `state` behind a lock.
    package init(_ state: State) {
        self.state = state
        unsafe condition = .allocate(capacity: 1)
        unsafe condition.initialize(to: pthread_cond_t())
        // Deadlines must not move when somebody sets the wall clock.
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        let code = unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
        precondition(code == 0, "pthread_cond_init failed")
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deallocate()
    }

    /// Lends the value to `body` and wakes nobody.
    package func withLock<R, E>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
        lock.acquire()
        defer { lock.release() }
        return try body(&state)
    }

    /// Sleeps until `body` returns a value; it runs under the lock, again after each wake-up.
    package func wait<R>(until body: (inout State) -> R?) -> R {
        lock.acquire()
        defer { lock.release() }
        while true {
            if let result = body(&state) { return result }
            let code = unsafe pthread_cond_wait(condition, lock.mutex)
            precondition(code == 0, "pthread_cond_wait failed")
        }
    }

    /// The same for at most `duration`; `nil` when `body` returned no value until then.
    package func wait<R>(
        atMost duration: Duration, until body: (inout State) -> R?
    ) -> R? {
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
        let (seconds, attoseconds) = max(duration, .zero).components
        let nanoseconds = deadline.tv_nsec + Int(attoseconds / 1_000_000_000)
        deadline.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        lock.acquire()
        defer { lock.release() }
        while true {
            if let result = body(&state) { return result }
            let code = unsafe pthread_cond_timedwait(condition, lock.mutex, &deadline)
            if code == ETIMEDOUT { return body(&state) }
            precondition(code == 0, "pthread_cond_timedwait failed")
        }
    }

    /// Wakes one sleeping thread.
    package func wakeOne() { _ = unsafe pthread_cond_signal(condition) }

    /// Wakes every sleeping thread.
    package func wakeAll() { _ = unsafe pthread_cond_broadcast(condition) }
}
