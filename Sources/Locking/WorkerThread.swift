internal import Glibc

/// A named thread of its own for work that blocks.
package enum WorkerThread {
    /// The identity of a running thread.
    package struct ID: Sendable, Equatable {
        fileprivate let value: pthread_t
    }

    /// The thread that asks.
    package static var current: ID { ID(value: pthread_self()) }

    /// Starts a detached thread that runs `body` with every signal blocked, then ends.
    ///
    /// - Parameter name: Seen in `top -H` and debuggers; its first 15 bytes are kept.
    /// - Returns: Whether the system had a thread to give (`pthread_create` can say EAGAIN).
    package static func start(named name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var everySignal = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&everySignal)
        unsafe pthread_sigmask(SIG_SETMASK, &everySignal, &before)
        defer { _ = unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, nil, enterThread, start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}

/// What a new thread is told: its name and its work.
private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private let enterThread: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    argument in
    guard let argument = unsafe argument else { return nil }
    let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
    nameThread(start.name)
    start.body()
    return nil
}

/// Names the calling thread through `/proc`: Swift's Glibc has no `pthread_setname_np`.
///
/// A thread without a name works as well, so failures are left alone.
private func nameThread(_ name: String) {
    let file = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    let bytes = Array(name.utf8.prefix(15))
    _ = unsafe write(file, bytes, bytes.count)
}
