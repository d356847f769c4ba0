internal import Glibc

/// A mutual exclusion lock over a pthread mutex, which ThreadSanitizer understands.
///
/// It is not recursive: a thread that locks it twice waits for itself.
// Safe: the mutex has one address for its whole life, and pthread calls may come from any thread.
@safe package final class Lock: @unchecked Sendable {
    let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// Makes an unlocked lock.
    package init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        let code = unsafe pthread_mutex_init(mutex, nil)
        precondition(code == 0, "pthread_mutex_init failed")
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Runs `body` while no other thread is inside; neither `await` nor a callback belongs there.
    package func withLock<R: ~Copyable, E>(_ body: () throws(E) -> R) throws(E) -> R {
        acquire()
        defer { release() }
        return try body()
    }

    func acquire() {
        let code = unsafe pthread_mutex_lock(mutex)
        precondition(code == 0, "pthread_mutex_lock failed")
    }

    func release() {
        let code = unsafe pthread_mutex_unlock(mutex)
        precondition(code == 0, "pthread_mutex_unlock failed")
    }
}
