internal import CUV
internal import Glibc
internal import Locking
private import Synchronization

/// One thread that waits for sockets, timers and processes, and runs the Swift jobs given to it.
///
/// It is an executor: a session is an actor whose `unownedExecutor` is its loop, in a task started
/// with `Task(executorPreference: loop)`. Streams, listeners and timers belong to the loop that
/// made them and are used on its thread alone; each of their methods checks that.
// Safe: `native`, `wake`, `scratch`, `ready`, `calls` and the flags beside them are touched on the
// loop's thread alone (or before it starts); `inbox` is locked; `thread` is atomic.
@safe package final class EventLoop: @unchecked Sendable {
    /// What other threads leave for the loop, and where the loop is in its life.
    @safe private struct Inbox {
        var jobs: [UnownedJob] = []
        var calls: [@Sendable () -> Void] = []
        var phase = Phase.idle
        var stopWaiters: [UnsafeContinuation<Void, Never>] = unsafe []

        var isEmpty: Bool { jobs.isEmpty && calls.isEmpty }
    }

    private enum Phase {
        /// Not started: jobs gather.
        case idle
        /// The thread waits in libuv: the first arrival wakes it.
        case running
        /// The thread empties the inbox for the last time.
        case ending
        /// The thread is gone; a job that comes late gets a short-lived one, one at a time.
        case ended(isDraining: Bool)
    }

    /// The name that the thread carries.
    package let name: String
    let native: UnsafeMutablePointer<uv_loop_t>
    /// Where every read of this loop puts its bytes.
    let scratch: UnsafeMutablePointer<CChar>
    private let wake: UnsafeMutablePointer<uv_async_t>
    private let thread = Atomic<UInt>(0)
    private let inbox = Locked(Inbox())
    private var ready: [UnownedJob] = []
    private var running: [UnownedJob] = []
    private var calls: [@Sendable () -> Void] = []
    private var isDraining = false
    /// Whether the loop accepts no new handle.
    private(set) var isStopping = false
    /// Waits that end when the loop stops although no handle stands for them.
    var lookups: [ObjectIdentifier: Pending<[SocketAddress]>] = [:]

    /// Makes a loop that gathers jobs until `start()`; a write to a closed socket becomes an error
    /// instead of SIGPIPE for the whole process.
    ///
    /// - Throws: `.tooManyFiles` when epoll has no descriptor.
    package init(name: String) throws(EventLoopError) {
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        self.name = name
        unsafe native = .allocate(capacity: 1)
        unsafe wake = .allocate(capacity: 1)
        unsafe scratch = .allocate(capacity: EventLoopLimits.readBytes)
        var code = unsafe uv_loop_init(native)
        if code == 0 {
            code = unsafe uv_async_init(native, wake, EventLoop.woken)
            if code != 0 { unsafe uv_loop_close(native) }
        }
        guard code == 0 else {
            unsafe native.deallocate()
            unsafe wake.deallocate()
            unsafe scratch.deallocate()
            throw EventLoopError(code: code, call: "uv_loop_init")
        }
        unsafe native.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        unsafe wake.pointee.data = nil
    }

    deinit {
        if case .idle = inbox.withLock({ $0.phase }) { closeNative() }
        unsafe native.deallocate()
        unsafe wake.deallocate()
        unsafe scratch.deallocate()
    }

    /// Whether the caller runs on this loop's thread.
    package var isOnLoop: Bool { thread.load(ordering: .relaxed) == UInt(signet_thread()) }

    /// Traps unless the caller runs on this loop's thread.
    func preconditionOnLoop() {
        precondition(isOnLoop, "used away from its event loop")
    }

    /// Starts the thread, once.
    ///
    /// - Throws: `.system` when there is no thread to be had; the loop may be started again then.
    package func start() throws(EventLoopError) {
        let isFirst = inbox.withLock { inbox in
            guard case .idle = inbox.phase else { return false }
            inbox.phase = .running
            if !inbox.isEmpty { unsafe uv_async_send(wake) }
            return true
        }
        precondition(isFirst, "an event loop starts once")
        guard WorkerThread.start(named: name, { self.run() }) else {
            inbox.withLock { $0.phase = .idle }
            throw .system(call: "pthread_create", reason: "no thread is left")
        }
    }

    /// Closes everything that the loop holds, ends its thread and returns once both are gone.
    ///
    /// Whoever waits for a stream or timer of the loop gets `.closed` or `.stopped`, an `accept()`
    /// gets `nil`. A lookup that the system's resolver still works on delays the end. Tasks that
    /// outlive the loop still run, one at a time, but every operation of theirs is refused.
    package func stop() async {
        await unsafe withUnsafeContinuation { continuation in
            let (isOver, isUnstarted) = inbox.withLock { inbox in
                switch inbox.phase {
                case .ended: return (true, false)
                case .idle:
                    inbox.phase = .ended(isDraining: false)
                    return (true, true)
                case .running, .ending:
                    unsafe inbox.stopWaiters.append(continuation)
                    return (false, false)
                }
            }
            if isUnstarted {
                closeNative()
                rouse()
            }
            if isOver {
                unsafe continuation.resume()
            } else {
                perform { self.beginStop() }
            }
        }
    }

    /// How many sockets, timers and other handles the loop holds, closing ones included.
    package var openHandles: Int {
        preconditionOnLoop()
        var count = 0
        unsafe uv_walk(
            native,
            { handle, count in
                guard let handle = unsafe handle, unsafe handle.pointee.data != nil else { return }
                unsafe count?.assumingMemoryBound(to: Int.self).pointee += 1
            }, &count)
        return count
    }

    /// Runs `call` on the loop's thread, soon but never before this returns, whoever asks.
    package func perform(_ call: @escaping @Sendable () -> Void) {
        if isOnLoop {
            calls.append(call)
        } else {
            post { $0.calls.append(call) }
        }
    }

    /// The loop's clock in milliseconds, never behind the time of the call by more than a few.
    func now() -> UInt64 {
        unsafe uv_update_time(native)
        return unsafe uv_now(native)
    }

    /// Runs the jobs that are ready; every callback of libuv ends with this.
    func runReady() {
        guard !isDraining else { return }
        isDraining = true
        var rounds = 0
        while rounds < EventLoopLimits.roundsPerTurn, !(ready.isEmpty && calls.isEmpty) {
            runRound()
            rounds += 1
        }
        isDraining = false
    }

    private func runRound() {
        if !calls.isEmpty {
            let now = calls
            calls = []
            for call in now { call() }
        }
        swap(&ready, &running)
        let serial = unsafe asUnownedSerialExecutor()
        let preferred = unsafe asUnownedTaskExecutor()
        for job in running {
            unsafe job.runSynchronously(isolatedTo: serial, taskExecutor: preferred)
        }
        running.removeAll(keepingCapacity: true)
    }

    private func post(_ add: (inout Inbox) -> Void) {
        let needsThread = inbox.withLock { inbox in
            let wasEmpty = inbox.isEmpty
            add(&inbox)
            switch inbox.phase {
            case .running:
                if wasEmpty { unsafe uv_async_send(wake) }
            case .ended(isDraining: false):
                inbox.phase = .ended(isDraining: true)
                return true
            case .idle, .ending, .ended(isDraining: true): break
            }
            return false
        }
        if needsThread { startDraining() }
    }

    private func takeInbox() {
        inbox.withLock { inbox in
            if ready.isEmpty { swap(&ready, &inbox.jobs) } else { ready += inbox.jobs }
            inbox.jobs.removeAll(keepingCapacity: inbox.jobs.capacity <= 1024)
            calls += inbox.calls
            inbox.calls.removeAll()
        }
    }

    private static let woken: uv_async_cb = { handle in
        guard let native = unsafe handle?.pointee.loop, let data = unsafe native.pointee.data
        else { return }
        let loop = unsafe Unmanaged<EventLoop>.fromOpaque(data).takeUnretainedValue()
        loop.takeInbox()
        loop.runReady()
    }
}

// MARK: - The thread

extension EventLoop {
    private func run() {
        thread.store(UInt(signet_thread()), ordering: .relaxed)
        while true {
            runReady()
            let isIdle = ready.isEmpty && calls.isEmpty
            let isAlive = unsafe uv_run(native, isIdle ? UV_RUN_ONCE : UV_RUN_NOWAIT)
            if isAlive == 0, isStopping, ready.isEmpty, calls.isEmpty { break }
        }
        inbox.withLock { $0.phase = .ending }
        closeNative()
        drainToEnd()
    }

    private func beginStop() {
        guard !isStopping else { return }
        isStopping = true
        let abandoned = lookups.values
        lookups = [:]
        for lookup in abandoned { lookup.finish(.failure(.stopped)) }
        unsafe uv_unref(
            UnsafeMutableRawPointer(wake).assumingMemoryBound(to: uv_handle_t.self))
        unsafe uv_walk(
            native,
            { handle, _ in
                guard let data = unsafe handle?.pointee.data else { return }
                unsafe Unmanaged<LoopHandle>.fromOpaque(data).takeUnretainedValue().close()
            }, nil)
    }

    private func closeNative() {
        isStopping = true
        unsafe uv_close(
            UnsafeMutableRawPointer(wake).assumingMemoryBound(to: uv_handle_t.self), nil)
        unsafe uv_run(native, UV_RUN_DEFAULT)
        let code = unsafe uv_loop_close(native)
        precondition(code == 0, "an event loop ended with open handles")
    }

    /// Runs what is left; the thread does no more after it.
    private func drainToEnd() {
        while true {
            takeInbox()
            runReady()
            guard ready.isEmpty, calls.isEmpty else { continue }
            let waiters: [UnsafeContinuation<Void, Never>]? = unsafe inbox.withLock { inbox in
                guard inbox.isEmpty else { return nil }
                thread.store(0, ordering: .relaxed)
                inbox.phase = .ended(isDraining: false)
                defer { unsafe inbox.stopWaiters = [] }
                return unsafe inbox.stopWaiters
            }
            guard let waiters = unsafe waiters else { continue }
            unsafe waiters.forEach { unsafe $0.resume() }
            return
        }
    }

    /// Serves jobs that came before a start that never was.
    private func rouse() { post { _ in } }

    private func startDraining() {
        let isStarted = WorkerThread.start(named: name) {
            self.thread.store(UInt(signet_thread()), ordering: .relaxed)
            self.drainToEnd()
        }
        precondition(isStarted, "no thread is left for the last jobs of an event loop")
    }
}

// MARK: - SerialExecutor, TaskExecutor

extension EventLoop: SerialExecutor, TaskExecutor {
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isOnLoop {
            ready.append(job)
        } else {
            post { $0.jobs.append(job) }
        }
    }

    package func checkIsolated() { preconditionOnLoop() }

    package func isIsolatingCurrentContext() -> Bool? { isOnLoop }
}
