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
        let code = unsafe pthread_cond_init(condition, nil)
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

    /// Wakes one sleeping thread.
    package func wakeOne() { _ = unsafe pthread_cond_signal(condition) }

    /// Wakes every sleeping thread.
    package func wakeAll() { _ = unsafe pthread_cond_broadcast(condition) }
}
