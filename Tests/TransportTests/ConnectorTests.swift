import EventLoop
import Explained
import Glibc
import Testing
import VaultModel

@testable import Transport

@Suite("Opening a connection")
struct ConnectorTests {
    static func anywhere() throws -> EgressPolicy {
        try EgressPolicy(allow: "127.0.0.0/8,::1", ports: "any")
    }

    @Test("asks once more for a name that nobody knows, and no more")
    func twice() async throws {
        let asked = Recorder<String>()
        let failure = try await onLoop { loop in
            let route = Route(host: "no.example", port: 25, egress: nil)
            return await open(route, on: loop) { host, _, _ in
                asked.add(host)
                return .failure(.hostNotFound(host))
            }.failure
        }
        #expect(asked.items == ["no.example", "no.example"])
        #expect(failure == .hostNotFound("no.example"))
        let (retried, connected) = try await onLoop { loop in
            let listener = try loop.listen(on: .loopback(port: 0))
            let address = listener.address
            let count = Recorder<Int>()
            let route = Route(
                host: "late.example", port: Int(address.port), egress: try Self.anywhere())
            let result = await open(route, on: loop) { host, _, _ in
                count.add(1)
                return count.items.count == 1
                    ? .failure(.hostNotFound(host)) : .success([address])
            }
            let wire = try result.get()
            wire.close()
            listener.close()
            return (count.items.count, wire.loop === loop)
        }
        #expect(retried == 2)
        #expect(connected)
    }

    @Test("does not ask again when the name service fails")
    func serviceFailure() async throws {
        let asked = Recorder<String>()
        let failure = try await onLoop { loop in
            await open(Route(host: "a.example", port: 25, egress: nil), on: loop) { host, _, _ in
                asked.add(host)
                return .failure(
                    .nameServiceFailed(host: host, reason: "SERVFAIL", temporary: true))
            }.failure
        }
        #expect(asked.items.count == 1)
        #expect(failure == .nameServiceFailed("looking up a.example failed: SERVFAIL"))
    }

    @Test("asks for the A-labels of a name beyond ASCII")
    func internationalName() async throws {
        let asked = Recorder<String>()
        for host in ["örnek.com.tr", "ÖRNEK.com.tr", "xn--rnek-4qa.com.tr"] {
            _ = try await onLoop { loop in
                await open(Route(host: host, port: 25, egress: nil), on: loop) { host, _, _ in
                    asked.add(host)
                    return .failure(.timedOut)
                }.failure
            }
        }
        #expect(asked.items == Array(repeating: "xn--rnek-4qa.com.tr", count: 3))
    }

    @Test(
        "refuses what is no host or no port without asking",
        arguments: [
            ("", 25), ("a b", 25), ("a\0b", 25), ("a\r\nb", 25), ("[nonsense]", 25), ("a..ö", 25),
            (String(repeating: "x", count: 256), 25), ("a.example", 0), ("a.example", 65_536),
            ("a.example", -1),
        ])
    func badHost(_ host: String, _ port: Int) async throws {
        let failure = try await onLoop { loop in
            await open(Route(host: host, port: port, egress: nil), on: loop) { _, _, _ in
                Issue.record("the name service was asked")
                return .failure(.timedOut)
            }.failure
        }
        guard case .badHost = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test("checks every address, and says the same whichever is forbidden")
    func everyAddress() async throws {
        let answers: [[SocketAddress]] = [
            [.ipv4(0x0A00_0001, port: 25)],
            [.ipv4(0x0808_0808, port: 25), .ipv4(0xA9FE_A9FE, port: 25)],
            [.ipv4(0x0808_0808, port: 25), .loopback6(port: 25)],
            [.ipv6(0xFFFF_0A00_0001, port: 25, scope: 0)],
        ]
        for answer in answers {
            let events = Recorder<TransportEvent>()
            let failure = try await onLoop { loop in
                let route = Route(host: "mixed.example", port: 25, egress: .standard)
                return await open(
                    route, on: loop, lookUp: { _, _, _ in .success(answer) },
                    observe: { events.add($0) }
                ).failure
            }
            #expect(failure == .egressDenied)
            #expect(events.items.isEmpty)
        }
        let port = try await onLoop { loop in
            await open(Route(host: "8.8.8.8", port: 6379, egress: .standard), on: loop).failure
        }
        #expect(port == .egressDenied)
    }

    @Test("tries the next address as soon as one refuses")
    func nextAddress() async throws {
        let events = Recorder<TransportEvent>()
        let (port, closed) = try await onLoop { loop in
            let listener = try loop.listen(on: .loopback(port: 0))
            let port = listener.address.port
            let route = Route(host: "two.example", port: Int(port), egress: try Self.anywhere())
            let wire = try await open(
                route, on: loop,
                lookUp: { _, port, _ in
                    .success([.ipv4(0x7F00_0009, port: port), .loopback(port: port)])
                }, observe: { events.add($0) }
            ).get()
            wire.close()
            listener.close()
            return (port, wire.peerAddress == nil)
        }
        #expect(closed)
        let refusing = SocketAddress.ipv4(0x7F00_0009, port: port)
        let answering = SocketAddress.loopback(port: port)
        #expect(
            events.items == [
                .resolved(
                    [IPAddress(bytes: [127, 0, 0, 9]), IPAddress(bytes: [127, 0, 0, 1])].compactMap
                    { $0 }),
                .trying(refusing), .failed(refusing, "nothing listens at \(refusing)"),
                .trying(answering), .connected(answering),
            ])
    }

    @Test("goes on to the next address beside one that does not answer, and leaves none open")
    func happyEyeballs() async throws {
        let hole = try BlackHole()
        defer { hole.close() }
        let port = hole.port
        let events = Recorder<TransportEvent>()
        let elapsed = try await onLoop { loop in
            let listener = try loop.listen(on: .ipv4(0x7F00_0002, port: port))
            let route = Route(host: "slow.example", port: Int(port), egress: try Self.anywhere())
            let start = ContinuousClock.now
            let wire = try await open(
                route, on: loop,
                lookUp: { _, port, _ in
                    .success([.loopback(port: port), .ipv4(0x7F00_0002, port: port)])
                }, observe: { events.add($0) }
            ).get()
            let elapsed = ContinuousClock.now - start
            wire.close()
            listener.close()
            return elapsed
        }
        #expect(elapsed >= TransportLimits.attemptDelay)
        // Linux goes on trying the first for two minutes.
        #expect(elapsed < .seconds(60))
        #expect(events.items.last == .connected(.ipv4(0x7F00_0002, port: port)))
        #expect(events.items.contains(.trying(.loopback(port: port))))
        #expect(events.items.count == 4)
    }

    @Test("gives up when the time for all addresses together is over")
    func timeLimit() async throws {
        let hole = try BlackHole()
        defer { hole.close() }
        let port = hole.port
        let (failure, elapsed) = try await onLoop { loop in
            var route = Route(host: "hole.example", port: Int(port), egress: try Self.anywhere())
            route.connectLimit = .milliseconds(300)
            let start = ContinuousClock.now
            let failure = await open(route, on: loop) { _, port, _ in
                .success([.loopback(port: port), .loopback(port: port)])
            }.failure
            return (failure, ContinuousClock.now - start)
        }
        #expect(failure == .timedOut)
        #expect(elapsed < .seconds(60))
    }

    @Test("stops at once when its task is cancelled")
    func cancellation() async throws {
        let hole = try BlackHole()
        defer { hole.close() }
        let port = hole.port
        let failure = try await onLoop { loop in
            let route = Route(host: "hole.example", port: Int(port), egress: try Self.anywhere())
            return await open(
                route, on: loop,
                lookUp: { _, port, _ in
                    .success([.loopback(port: port), .ipv4(0x7F00_0009, port: port)])
                },
                observe: {
                    if case .trying = $0 { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
                }
            ).failure
        }
        #expect(failure == .cancelled)
    }

    @Test("takes the families in turn, beginning with the resolver's first")
    func interleaving() {
        let four = (1...3).map { SocketAddress.ipv4($0, port: 1) }
        let six = (1...3).map { SocketAddress.ipv6($0, port: 1, scope: 0) }
        #expect(
            Opening.interleaved(six + four, from: nil)
                == [six[0], four[0], six[1], four[1], six[2], four[2]])
        #expect(
            Opening.interleaved(four + [six[0]], from: nil) == [four[0], six[0], four[1], four[2]])
        #expect(Opening.interleaved(four + six, from: IPAddress("::1")) == six)
        let many = (1...UInt32(TransportLimits.triedAddresses + 1)).map {
            SocketAddress.ipv4($0, port: 1)
        }
        #expect(Opening.interleaved(many, from: nil) == many.dropLast())
        #expect(Opening.interleaved([], from: nil).isEmpty)
    }

    @Test("connects from the source address, or says that it cannot")
    func sourceAddress() async throws {
        let peer = ScriptedPeer(exchanges: [])
        let failures = try await onLoop { loop in
            let listener = try loop.listen(on: .loopback(port: 0))
            let port = Int(listener.address.port)
            let serving = Task(executorPreference: loop) { await peer.serve(listener) }
            var route = Route(host: "127.0.0.1", port: port, egress: try Self.anywhere())
            route.sourceAddress = IPAddress("127.0.0.5")
            let wire = try await open(route, on: loop).get()
            let local = wire.localAddress
            wire.close()
            await serving.value
            #expect(local?.host == "127.0.0.5")
            route.sourceAddress = IPAddress("::1")
            let family = await open(route, on: loop).failure
            route.sourceAddress = IPAddress("198.51.100.7")
            return [family, await open(route, on: loop).failure]
        }
        #expect(peer.peers.items.map(\.host) == ["127.0.0.5"])
        for failure in failures {
            guard case .sourceAddress = failure else {
                Issue.record("\(String(describing: failure))")
                continue
            }
        }
    }
}

/// A port of 127.0.0.1 that takes no more connections and refuses none.
struct BlackHole {
    let port: UInt16
    private var descriptors: [Int32] = []

    init() throws {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptors.append(listening)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe bind(listening, $0, size)
                _ = unsafe getsockname(listening, $0, &size)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        try #require(listen(listening, 0) == 0)
        // The queue of a listener with no backlog holds one connection that nobody accepts.
        for _ in 0..<4 {
            let filling = socket(
                AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            descriptors.append(filling)
            unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = unsafe connect(filling, $0, size)
                }
            }
        }
    }

    func close() { for descriptor in descriptors { _ = Glibc.close(descriptor) } }
}
