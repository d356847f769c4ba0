import SeededRandom
import Testing

@testable import EventLoop

@Suite("Streams", .timeLimit(.minutes(2)))
struct StreamTests {
    @Test("What is written arrives, on IPv4 and IPv6", arguments: ["127.0.0.1:0", "[::1]:0"])
    func echo(_ literal: String) async throws {
        let address = try #require(SocketAddress(literal: literal))
        try await onLoop { loop in
            let (pair, listener) = try await pair(loop, on: address)
            #expect(listener.address.port != 0)
            #expect(pair.client.peerAddress == listener.address)
            #expect(pair.server.peerAddress == pair.client.localAddress)
            #expect(pair.server.hasNoDelay && pair.client.hasNoDelay)
            #expect(pair.server.peerCredentials() == nil)
            try await pair.client.write(Array("hello".utf8))
            #expect(try await pair.server.read() == Array("hello".utf8))
            try await pair.server.write(Array("world".utf8))
            let length = try await pair.client.read { $0.count }
            #expect(length == 5)
            pair.client.close()
            #expect(try await pair.server.read() == [])
            #expect(try await pair.server.read() == [])
        }
    }

    @Test("64 MiB in odd pieces come back as they went")
    func bulkEcho() async throws {
        let total = 64 << 20
        try await onLoop { loop in
            let (pair, _) = try await pair(loop)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) {
                    while true {
                        let bytes = try await pair.server.read()
                        if bytes.isEmpty { break }
                        try await pair.server.write(bytes)
                    }
                    try await pair.server.shutdownWrite()
                }
                group.addTask(executorPreference: loop) {
                    var generator = SeededGenerator(seed: 7)
                    var sent = 0
                    while sent < total {
                        let odd = Int.random(in: 1...1_048_573, using: &generator)
                        let count = min(total - sent, odd)
                        let start = sent
                        var piece: [UInt8] = []
                        piece.reserveCapacity(count)
                        for i in start..<start + count {
                            piece.append(UInt8(truncatingIfNeeded: i &* 31 >> 3))
                        }
                        try await pair.client.write(piece, deadline: .seconds(60))
                        sent += count
                    }
                    try await pair.client.shutdownWrite()
                }
                group.addTask(executorPreference: loop) {
                    var seen = 0
                    var isSame = true
                    var isOver = false
                    while !isOver {
                        (seen, isSame, isOver) = try await pair.client.read { bytes in
                            var seen = seen
                            var isSame = isSame
                            for i in bytes.indices {
                                isSame =
                                    isSame && bytes[i] == UInt8(truncatingIfNeeded: seen &* 31 >> 3)
                                seen += 1
                            }
                            return (seen, isSame, bytes.isEmpty)
                        }
                    }
                    #expect(seen == total)
                    #expect(isSame)
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("A thousand connections are served at once")
    func thousand() async throws {
        try await onLoop { loop in
            let listener = try loop.listen(on: .loopback(port: 0))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) {
                    try await withThrowingDiscardingTaskGroup { sessions in
                        for _ in 0..<1000 {
                            guard let stream = try await listener.accept() else { break }
                            sessions.addTask(executorPreference: loop) {
                                defer { stream.close() }
                                while true {
                                    let bytes = try await stream.read(deadline: .seconds(30))
                                    if bytes.isEmpty { return }
                                    try await stream.write(bytes)
                                }
                            }
                        }
                    }
                }
                let connected = Gate(count: 1000)
                for number in 0..<1000 {
                    group.addTask(executorPreference: loop) {
                        let stream = try await loop.connect(to: listener.address)
                        defer { stream.close() }
                        await connected.arrive()
                        let message = Array("message \(number)".utf8)
                        try await stream.write(message)
                        #expect(try await stream.read(exactly: message.count) == message)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("Each half of a connection ends on its own")
    func halfClose() async throws {
        try await onLoop { loop in
            let (pair, _) = try await pair(loop)
            try await pair.client.write([1, 2, 3])
            try await pair.client.shutdownWrite()
            #expect(try await pair.server.readAll() == [1, 2, 3])
            try await pair.server.write([4, 5])
            #expect(try await pair.client.read() == [4, 5])
            await #expect(throws: EventLoopError.brokenPipe) { try await pair.client.write([6]) }
            pair.server.close()
            #expect(try await pair.client.read() == [])
        }
    }

    @Test("A reset by the peer is an error of the read and of later writes")
    func reset() async throws {
        try await onLoop { loop in
            let (pair, _) = try await pair(loop)
            // Closing with unread input makes Linux send RST.
            try await pair.client.write([1])
            _ = try await pair.server.read()
            try await pair.client.write([2])
            pair.server.close()
            await #expect(throws: EventLoopError.connectionReset) { try await pair.client.read() }
            await #expect(throws: EventLoopError.self) {
                for _ in 0..<3 { try await pair.client.write([3]) }
            }
        }
    }

    @Test("Closing ends a read that waits, and everything after it")
    func closeWhileReading() async throws {
        try await onLoop { loop in
            let (pair, _) = try await pair(loop)
            await withTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) {
                    await #expect(throws: EventLoopError.closed) { try await pair.server.read() }
                }
                group.addTask(executorPreference: loop) {
                    try? await loop.sleep(for: .milliseconds(5))
                    pair.server.close()
                    pair.server.close()
                }
            }
            await #expect(throws: EventLoopError.closed) { try await pair.server.read() }
            await #expect(throws: EventLoopError.closed) { try await pair.server.write([1]) }
            #expect(pair.server.localAddress == nil && pair.server.peerAddress == nil)
        }
    }

    @Test("A write that the peer does not take ends by its deadline and closes the stream")
    func writeDeadline() async throws {
        try await onLoop { loop in
            let (pair, _) = try await pair(loop)
            await #expect(throws: EventLoopError.timedOut) {
                try await pair.client.write(
                    [UInt8](repeating: 1, count: 32 << 20), deadline: .milliseconds(50))
            }
            #expect(pair.client.isClosed)
        }
    }

    @Test("Closing ends a write that waits")
    func closeWhileWriting() async throws {
        try await onLoop { loop in
            let (pair, _) = try await pair(loop)
            await withTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) {
                    await #expect(throws: EventLoopError.closed) {
                        try await pair.client.write([UInt8](repeating: 1, count: 32 << 20))
                    }
                }
                group.addTask(executorPreference: loop) {
                    try? await loop.sleep(for: .milliseconds(5))
                    pair.client.close()
                }
            }
        }
    }

    @Test("A caller can send its own span piece by piece")
    func writable() async throws {
        let total = 8 << 20
        try await onLoop { loop in
            let (pair, _) = try await pair(loop)
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask(executorPreference: loop) {
                    let bytes = [UInt8](repeating: 9, count: total)
                    var sent = 0
                    var waits = 0
                    while sent < total {
                        let taken = try pair.client.writeNow(
                            bytes.span.extracting(droppingFirst: sent))
                        sent += taken
                        if taken == 0 {
                            waits += 1
                            try await pair.client.writable(deadline: .seconds(20))
                        }
                    }
                    pair.client.close()
                    #expect(waits > 0)
                    return 0
                }
                group.addTask(executorPreference: loop) { try await pair.server.readAll().count }
                var sum = 0
                for try await count in group { sum += count }
                #expect(sum == total)
            }
            await #expect(throws: EventLoopError.closed) { try await pair.client.writable() }
        }
    }

    @Test("A writer that waits for room is told when time is over or the stream closes")
    func writableEnds() async throws {
        try await onLoop { loop in
            let (pair, _) = try await pair(loop)
            let filler = [UInt8](repeating: 0, count: 1 << 20)
            var ending: EventLoopError?
            // The system may find more room when it has thought about it.
            while ending == nil {
                while try pair.client.writeNow(filler.span) > 0 {}
                ending = await failure {
                    try await pair.client.writable(deadline: .milliseconds(50))
                }
            }
            #expect(ending == .timedOut)
            await withTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) {
                    await #expect(throws: EventLoopError.closed) {
                        try await pair.client.writable()
                    }
                }
                group.addTask(executorPreference: loop) {
                    try? await loop.sleep(for: .milliseconds(5))
                    pair.client.close()
                }
            }
        }
    }

    @Test("Input that nobody asks for is bounded and not lost")
    func backpressure() async throws {
        try await onLoop { loop in
            let (pair, _) = try await pair(loop)
            let total = 3 << 20
            try await pair.client.write([1])
            #expect(try await pair.server.read() == [1])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) {
                    try await pair.client.write([UInt8](repeating: 5, count: total))
                    try await pair.client.shutdownWrite()
                }
                group.addTask(executorPreference: loop) {
                    try await loop.sleep(for: .milliseconds(20))
                    let first = try await pair.server.read()
                    #expect((1...EventLoopLimits.readBytes).contains(first.count))
                    #expect(first.count + (try await pair.server.readAll()).count == total)
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("A read deadline fires once, and the stream goes on")
    func readDeadline() async throws {
        try await onLoop { loop in
            let (pair, _) = try await pair(loop)
            for _ in 0..<3 {
                await #expect(throws: EventLoopError.timedOut) {
                    try await pair.server.read(deadline: .milliseconds(5))
                }
            }
            try await pair.client.write([1])
            #expect(try await pair.server.read(deadline: .seconds(60)) == [1])
        }
    }

    @Test("The timer of an earlier read does not end a later one")
    func staleTimer() async throws {
        try await onLoop { loop in
            let (pair, _) = try await pair(loop)
            try await pair.client.write([1])
            #expect(try await pair.server.read(deadline: .milliseconds(500)) == [1])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) {
                    // The timer of the read above fires during this one, and finds no due time.
                    let second = try await pair.server.read()
                    #expect(second == [2])
                    // And here it would find a later due time.
                    let third = try await pair.server.read(deadline: .seconds(10))
                    #expect(third == [3])
                }
                group.addTask(executorPreference: loop) {
                    try await loop.sleep(for: .milliseconds(600))
                    try await pair.client.write([2])
                    try await loop.sleep(for: .milliseconds(600))
                    try await pair.client.write([3])
                }
                try await group.waitForAll()
            }
        }
    }
}

/// Lets everybody through once `count` have come; used on one loop.
actor Gate {
    private var missing: Int
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(count: Int) { missing = count }

    func arrive() async {
        missing -= 1
        if missing == 0 {
            for waiter in waiters { waiter.resume() }
            waiters = []
        } else {
            await withCheckedContinuation { waiters.append($0) }
        }
    }
}
