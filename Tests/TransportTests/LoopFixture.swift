import EventLoop
import Locking
import Sodium
import Testing

@testable import Transport

/// Runs `body` on a loop of its own, and expects that it leaves nothing open.
func onLoop<R: Sendable>(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (EventLoop) async throws -> R
) async throws -> R {
    try SodiumRuntime.start(allowSwap: true)
    let loop = try EventLoop(name: "test")
    try loop.start()
    let result = await Task(executorPreference: loop) {
        let value = try await body(loop)
        // Closed handles go in the loop's next turns.
        for _ in 0..<2_000 where loop.openHandles > 0 { await Task.yield() }
        return (value, loop.openHandles)
    }.result
    await loop.stop()
    let (value, handles) = try result.get()
    #expect(handles == 0, sourceLocation: sourceLocation)
    return value
}

/// Opens a route as a session does, from a task that knows nothing of the loop.
func open(
    _ route: Route, on loop: EventLoop, lookUp: Opening.LookUp? = nil,
    observe: (@Sendable (TransportEvent) -> Void)? = nil
) async -> Result<Wire, TransportFailure> {
    await Task { () -> Result<Wire, TransportFailure> in
        do throws(TransportFailure) {
            return .success(
                try await Connector.open(route, on: loop, lookUp: lookUp, observe: observe))
        } catch {
            return .failure(error)
        }
    }.value
}

extension Result {
    /// The failure, if it is one.
    var failure: Failure? {
        guard case .failure(let failure) = self else { return nil }
        return failure
    }
}

/// Keeps what happened, in order.
final class Recorder<Item: Sendable>: Sendable {
    private let state = Locked<[Item]>([])

    var items: [Item] { state.withLock { $0 } }

    func add(_ item: Item) { state.withLock { $0.append(item) } }
}

/// A server that plays a script on each connection: it waits for so many bytes, then answers.
struct ScriptedPeer: Sendable {
    /// What is waited for and what is said then; the last answer is followed by the client's end.
    var exchanges: [(expected: Int, answer: [UInt8])]
    /// Whether the server hangs up after the last answer.
    var closes = false
    let received = Recorder<[UInt8]>()
    let peers = Recorder<SocketAddress>()

    /// Serves `count` connections, one after the other.
    func serve(_ listener: Listener, count: Int = 1) async {
        for _ in 0..<count {
            guard let stream = try? await listener.accept() else { break }
            stream.peerAddress.map(peers.add)
            var bytes: [UInt8] = []
            for exchange in exchanges {
                let end = bytes.count + exchange.expected
                while bytes.count < end, let more = try? await stream.read(deadline: .seconds(120)),
                    !more.isEmpty
                {
                    bytes += more
                }
                try? await stream.write(exchange.answer)
            }
            if !closes {
                while let more = try? await stream.read(deadline: .seconds(120)), !more.isEmpty {
                    bytes += more
                }
            }
            received.add(bytes)
            stream.close()
        }
        listener.close()
    }
}
