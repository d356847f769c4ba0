import Synchronization
import Testing

@testable import EventLoop

@Suite("The event loop", .timeLimit(.minutes(2)))
struct EventLoopTests {
    @Test("An actor whose executor is the loop runs on its thread")
    func actorOnLoop() async throws {
        try await onLoop { loop in
            let session = Session(loop: loop)
            #expect(await session.isOnLoop())
            #expect(loop.isOnLoop)
            loop.assertIsolated()
        }
    }

    @Test("Jobs from other threads all run, in order for each sender")
    func manySenders() async throws {
        try await onLoop { loop in
            let session = Session(loop: loop)
            await withTaskGroup(of: Void.self) { group in
                for sender in 0..<8 {
                    group.addTask(executorPreference: globalConcurrentExecutor) {
                        for number in 0..<500 { await session.record(sender, number) }
                    }
                }
            }
            let (isOrdered, count) = await (session.isOrdered, session.count)
            #expect(isOrdered && count == 4000)
        }
    }

    @Test("A call from another thread runs on the loop")
    func perform() async throws {
        let loop = try EventLoop(name: "test")
        try loop.start()
        let isOnLoop = await withCheckedContinuation { continuation in
            loop.perform { continuation.resume(returning: loop.isOnLoop) }
        }
        #expect(isOnLoop && !loop.isOnLoop)
        await loop.stop()
    }

    @Test("Jobs wait for the start")
    func jobsBeforeStart() async throws {
        let loop = try EventLoop(name: "test")
        let task = Task(executorPreference: loop) { loop.isOnLoop }
        try loop.start()
        #expect(await task.value)
        await loop.stop()
    }

    @Test("A loop that never started can be dropped or stopped")
    func neverStarted() async throws {
        weak var dropped: EventLoop?
        do {
            let loop = try EventLoop(name: "test")
            dropped = loop
        }
        #expect(dropped == nil)
        let stopped = try EventLoop(name: "test")
        let task = Task(executorPreference: stopped) { 7 }
        await stopped.stop()
        #expect(await task.value == 7)
    }

    @Test("Stopping ends every wait, closes everything and leaks nothing")
    func stopping() async throws {
        weak var leftLoop: EventLoop?
        weak var leftStream: Stream?
        do {
            let loop = try EventLoop(name: "test")
            leftLoop = loop
            try loop.start()
            let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
            let task = Task(executorPreference: loop) { () -> [EventLoopError?] in
                let (pair, listener) = try await pair(loop)
                let socket = try await loop.connect(to: listener.address)
                return await withTaskGroup(of: (Int, EventLoopError?).self) { group in
                    group.addTask(executorPreference: loop) {
                        (0, await failure { _ = try await pair.client.read() })
                    }
                    group.addTask(executorPreference: loop) {
                        (1, await failure { try await loop.sleep(for: .seconds(3600)) })
                    }
                    group.addTask(executorPreference: loop) {
                        let error = await failure {
                            while try await listener.accept() != nil {}
                        }
                        return (2, error)
                    }
                    group.addTask(executorPreference: loop) {
                        let bytes = [UInt8](repeating: 0, count: 64 << 20)
                        return (3, await failure { try await pair.client.write(bytes) })
                    }
                    group.addTask(executorPreference: loop) {
                        (
                            4,
                            await failure {
                                _ = try await socket.read(deadline: .seconds(3600))
                            }
                        )
                    }
                    try? await loop.sleep(for: .milliseconds(20))
                    isReady.yield()
                    var all = [EventLoopError?](repeating: .timedOut, count: 5)
                    for await (index, error) in group { all[index] = error }
                    return all
                }
            }
            for await _ in ready { break }
            let stream = Task(executorPreference: loop) {
                let listener = try loop.listen(on: .loopback(port: 0))
                return try await loop.connect(to: listener.address)
            }
            leftStream = try await stream.value
            await loop.stop()
            await loop.stop()
            let stopped = EventLoopError.stopped
            let outcomes = try await task.value
            #expect(outcomes == [stopped, stopped, nil, stopped, stopped])
            let late = Task(executorPreference: loop) { () -> [EventLoopError?] in
                #expect(loop.isOnLoop)
                return [
                    await failure { try await loop.sleep(for: .zero) },
                    await failure { _ = try await loop.connect(to: .loopback(port: 1)) },
                    await failure { _ = try loop.listen(on: .loopback(port: 0)) },
                    await failure { _ = try await loop.resolve(host: "::1", port: 1) },
                    await failure { _ = try await loop.run(ChildProcess(path: "/bin/true")) },
                ]
            }
            let lateOutcomes = await late.value
            #expect(lateOutcomes == [EventLoopError?](repeating: stopped, count: 5))
        }
        // The thread lets go of the loop right after it has told `stop()`.
        let patience = ContinuousClock.now + .seconds(60)
        while leftLoop != nil, ContinuousClock.now < patience { await Task.yield() }
        #expect(leftLoop == nil && leftStream == nil)
    }

    @Test("Whoever closes what it opened leaves no handle behind")
    func handleCount() async throws {
        try await onLoop { loop in
            for _ in 0..<50 {
                let (pair, listener) = try await pair(loop)
                try await pair.client.write([1])
                _ = try await pair.server.read(deadline: .seconds(5))
                pair.client.close()
                pair.server.close()
                listener.close()
            }
            try await loop.sleep(for: .milliseconds(1))
            try await loop.sleep(for: .milliseconds(1))
            // The last timer may still be closing.
            #expect(loop.openHandles <= 1)
        }
    }
}

@Suite("Time on the loop", .timeLimit(.minutes(2)))
struct EventLoopTimeTests {
    @Test("Sleepers wake in the order of their times, never early")
    func order() async throws {
        try await onLoop { loop in
            let clock = ContinuousClock()
            let start = clock.now
            let woken = await withTaskGroup(of: Int.self) { group in
                // Far apart, so that they stay in order where the thread has to wait between them.
                for delay in [600, 200, 400, 0] {
                    group.addTask(executorPreference: loop) {
                        try? await loop.sleep(for: .milliseconds(delay))
                        return delay
                    }
                }
                var woken: [Int] = []
                for await delay in group { woken.append(delay) }
                return woken
            }
            #expect(woken == [0, 200, 400, 600])
            // libuv's clock is coarse: it ticks every 4 ms at worst.
            #expect(clock.now - start >= .milliseconds(595))
        }
    }

    @Test("Cancelling ends a sleep, a read and an accept, and the stream goes on")
    func cancellation() async throws {
        try await onLoop { loop in
            let (pair, listener) = try await pair(loop)
            let waits: [@Sendable () async throws -> Void] = [
                { try await loop.sleep(for: .seconds(3600)) },
                { _ = try await pair.server.read() },
                { _ = try await pair.server.read(deadline: .seconds(3600)) },
                { _ = try await listener.accept() },
                {
                    _ = try await loop.withDeadline(.seconds(3600)) { try await pair.server.read() }
                },
            ]
            for wait in waits {
                for delay in [Duration.zero, .milliseconds(3)] {
                    let error = await withTaskGroup(of: EventLoopError?.self) { group in
                        group.addTask(executorPreference: loop) { await failure(wait) }
                        if delay > .zero { try? await loop.sleep(for: delay) }
                        group.cancelAll()
                        return await group.next() ?? nil
                    }
                    #expect(error == .cancelled)
                }
            }
            try await pair.client.write([1])
            #expect(try await pair.server.read() == [1])
            let late = try await loop.connect(to: listener.address)
            #expect(try await listener.accept()?.peerAddress == late.localAddress)
        }
    }

    @Test("Cancelling from another thread ends a read")
    func cancellationFromOutside() async throws {
        let loop = try EventLoop(name: "test")
        try loop.start()
        for _ in 0..<100 {
            let task = Task(executorPreference: loop) {
                let (pair, listener) = try await pair(loop)
                defer {
                    pair.client.close()
                    pair.server.close()
                    listener.close()
                }
                return await failure { _ = try await pair.server.read() }
            }
            await Task.yield()
            task.cancel()
            let error = await task.result
            if case .success(let error) = error { #expect(error == .cancelled) }
        }
        await loop.stop()
    }

    @Test("A deadline ends its work; work in time keeps its result or error")
    func withDeadline() async throws {
        try await onLoop { loop in
            await #expect(throws: EventLoopError.timedOut) {
                try await loop.withDeadline(.milliseconds(5)) {
                    try await loop.sleep(for: .seconds(3600))
                }
            }
            let five = try await loop.withDeadline(.seconds(10)) { 5 }
            #expect(five == 5)
            await #expect(throws: EventLoopError.brokenPipe) {
                try await loop.withDeadline(.seconds(10)) { throw EventLoopError.brokenPipe }
            }
        }
    }

    @Test("Durations become milliseconds, rounded up and bounded")
    func milliseconds() {
        #expect(Duration.milliseconds(5).timerMilliseconds == 5)
        #expect(Duration.microseconds(1).timerMilliseconds == 1)
        #expect(Duration.seconds(-1).timerMilliseconds == 0)
        #expect(Duration.zero.timerMilliseconds == 0)
        #expect(Duration.seconds(Int64.max).timerMilliseconds == EventLoopLimits.timerMilliseconds)
    }
}

/// The error of the loop that `body` throws.
func failure(_ body: () async throws -> Void) async -> EventLoopError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? EventLoopError
    }
}

/// A session bound to its loop, as servers have them.
actor Session {
    private let loop: EventLoop
    private var last = [Int](repeating: -1, count: 8)
    private(set) var isOrdered = true
    private(set) var count = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(loop: EventLoop) { self.loop = loop }

    func isOnLoop() -> Bool { loop.isOnLoop }

    func record(_ sender: Int, _ number: Int) {
        isOrdered = isOrdered && last[sender] == number - 1
        last[sender] = number
        count += 1
    }
}
