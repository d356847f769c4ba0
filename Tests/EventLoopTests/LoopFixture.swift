import EventLoop
import Testing

/// Runs `body` on a loop of its own and stops the loop; nothing may be left open but what the
/// body's last callbacks still close.
func onLoop<R: Sendable>(
    _ body: @escaping @Sendable (EventLoop) async throws -> R
) async throws -> R {
    let loop = try EventLoop(name: "test")
    try loop.start()
    let result = await Task(executorPreference: loop) { try await body(loop) }.result
    await loop.stop()
    return try result.get()
}

/// A connected pair of TCP streams on one loop: the client's end, the server's end.
func pair(
    _ loop: EventLoop, on address: SocketAddress = .loopback(port: 0)
) async throws -> (client: EventLoop.Pair, listener: Listener) {
    let listener = try loop.listen(on: address)
    let client = try await loop.connect(to: listener.address, deadline: .seconds(10))
    let server = try #require(try await listener.accept())
    return (EventLoop.Pair(client: client, server: server), listener)
}

extension EventLoop {
    struct Pair: Sendable {
        let client: Stream
        let server: Stream
    }
}

extension Stream {
    /// Reads until the end.
    func readAll() async throws(EventLoopError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let bytes = try await read(deadline: .seconds(20))
            if bytes.isEmpty { return all }
            all += bytes
        }
    }

    /// Reads exactly `count` bytes, fewer at the end.
    func read(exactly count: Int) async throws(EventLoopError) -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count {
            let bytes = try await read(deadline: .seconds(20))
            if bytes.isEmpty { break }
            all += bytes
        }
        return all
    }
}
