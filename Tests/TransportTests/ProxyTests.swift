import EventLoop
import Sodium
import Testing
import VaultModel

@testable import Transport

@Suite("Going through a proxy")
struct ProxyTests {
    static let connect = "CONNECT 192.0.2.80:587 HTTP/1.1\r\nHost: 192.0.2.80:587\r\n\r\n"
    /// Permits the documentation's network alone, so neither loopback nor any proxy on it.
    static func policy() throws -> EgressPolicy {
        try EgressPolicy(allow: "192.0.2.0/24", ports: "587")
    }

    static func secret(_ text: String) -> @Sendable () throws -> SecretBytes {
        return {
            let bytes = Array(text.utf8)
            return try SecretBytes(copying: bytes.span)
        }
    }

    static func attempt(
        _ peer: ScriptedPeer, _ kind: ProxySettings.Kind, host: String = "mail.example",
        answers: [SocketAddress] = [.ipv4(0xC000_0250, port: 587)], connections: Int = 1,
        username: String? = nil, password: String? = nil, speaksFirst: Bool = true,
        limit: Duration = .seconds(60), observe: (@Sendable (TransportEvent) -> Void)? = nil
    ) async throws -> Result<[UInt8], TransportFailure> {
        try await onLoop { loop -> Result<[UInt8], TransportFailure> in
            let listener = try loop.listen(on: .loopback(port: 0))
            let port = Int(listener.address.port)
            let serving = Task(executorPreference: loop) {
                await peer.serve(listener, count: connections)
            }
            var route = Route(host: host, port: 587, egress: try policy())
            route.connectLimit = limit
            route.hostSpeaksFirst = speaksFirst
            route.proxy = ProxySettings(
                kind: kind, host: "127.0.0.1", port: port, username: username,
                password: password.map(Self.secret))
            let result = await open(
                route, on: loop, lookUp: { _, _, _ in .success(answers) }, observe: observe)
            switch result {
            case .success(let wire):
                #expect(!wire.isLoopback)
                let first = try await wire.read(until: .now + .seconds(60))
                wire.close()
                listener.close()
                await serving.value
                return .success(first)
            case .failure(let failure):
                listener.close()
                await serving.value
                return .failure(failure)
            }
        }
    }

    @Test("tells a SOCKS proxy the checked address and never the name")
    func socks() async throws {
        let consent: [UInt8] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for early in [true, false] {
            let greeting = Array("220 hi\r\n".utf8)
            let peer = ScriptedPeer(
                exchanges: early
                    ? [(3, [5, 0]), (10, consent + greeting)]
                    : [(3, [5, 0]), (10, consent), (0, greeting)])
            let events = Recorder<TransportEvent>()
            let result = try await Self.attempt(peer, .socks5, observe: { events.add($0) })
            #expect(result == .success(greeting))
            #expect(peer.received.items == [[5, 1, 0, 5, 1, 0, 1, 192, 0, 2, 80, 2, 75]])
            #expect(events.items.last == .proxied(.ipv4(0xC000_0250, port: 587)))
        }
    }

    @Test("tells an HTTP proxy the checked address and never the name")
    func httpConnect() async throws {
        let peer = ScriptedPeer(exchanges: [
            (Self.connect.utf8.count, Array("HTTP/1.1 200 OK\r\n\r\n220 hi\r\n".utf8))
        ])
        let result = try await Self.attempt(peer, .httpConnect)
        #expect(result == .success(Array("220 hi\r\n".utf8)))
        #expect(peer.received.items == [Array(Self.connect.utf8)])
    }

    @Test("authenticates to both kinds of proxy")
    func authentication() async throws {
        let message: [UInt8] = [1, 2] + Array("me".utf8) + [4] + Array("pass".utf8)
        let socks = ScriptedPeer(exchanges: [
            (4, [5, 2]), (message.count, [1, 0]),
            (10, [5, 0, 0, 1, 0, 0, 0, 0, 0, 0] + Array("220 hi".utf8)),
        ])
        let result = try await Self.attempt(socks, .socks5, username: "me", password: "pass")
        #expect(result == .success(Array("220 hi".utf8)))
        #expect(socks.received.items.first?.dropFirst(4).starts(with: message) == true)
        let http = ScriptedPeer(exchanges: [
            (Self.connect.utf8.count + 41, Array("HTTP/1.1 200 OK\r\n\r\nx".utf8))
        ])
        #expect(
            try await Self.attempt(http, .httpConnect, username: "me", password: "pass")
                == .success([120]))
        let request = String(decoding: http.received.items.first ?? [], as: UTF8.self)
        #expect(request.contains("\r\nProxy-Authorization: Basic bWU6cGFzcw==\r\n"))
    }

    @Test("takes bytes before they are asked for only where the host speaks first")
    func earlyBytes() async throws {
        for kind in ProxySettings.Kind.allCases {
            let consent: [(Int, [UInt8])] =
                kind == .socks5
                ? [(3, [5, 0]), (10, [5, 0, 0, 1, 0, 0, 0, 0, 0, 0] + Array("220 x\r\n".utf8))]
                : [(Self.connect.utf8.count, Array("HTTP/1.1 200 OK\r\n\r\n220 x\r\n".utf8))]
            let result = try await Self.attempt(
                ScriptedPeer(exchanges: consent.map { (expected: $0.0, answer: $0.1) }), kind,
                speaksFirst: false)
            #expect(
                result
                    == .failure(.proxy("bytes came through the proxy before any were asked for")))
        }
    }

    @Test("asks for the next address when the proxy cannot reach one")
    func nextAddress() async throws {
        let peer = ScriptedPeer(exchanges: [
            (3, [5, 0]), (10, [5, 5, 0, 1, 0, 0, 0, 0, 0, 0]),
        ])
        let result = try await Self.attempt(
            peer, .socks5,
            answers: [.ipv4(0xC000_0250, port: 587), .ipv4(0xC000_0251, port: 587)], connections: 2)
        #expect(result == .failure(.proxy("nothing listens at the address, says the proxy")))
        #expect(peer.received.items.map { $0[10] } == [80, 81])
    }

    @Test("does not ask the proxy for a forbidden address")
    func forbidden() async throws {
        let peer = ScriptedPeer(exchanges: [])
        for answer in [SocketAddress.ipv4(0x0A00_0001, port: 587), .loopback(port: 587)] {
            let result = try await Self.attempt(
                peer, .socks5, answers: [.ipv4(0xC000_0250, port: 587), answer])
            #expect(result == .failure(.egressDenied))
        }
        #expect(peer.received.items.isEmpty)
    }

    @Test("bounds a proxy that says nothing or closes")
    func silence() async throws {
        let silent = ScriptedPeer(exchanges: [])
        let late = try await Self.attempt(silent, .httpConnect, limit: .milliseconds(200))
        #expect(late == .failure(.timedOut))
        let closing = ScriptedPeer(exchanges: [(3, [])], closes: true)
        #expect(
            try await Self.attempt(closing, .socks5)
                == .failure(.proxy("the proxy closed the connection")))
    }

    @Test(
        "sends no user name or password that a protocol has no room for",
        arguments: [
            (ProxySettings.Kind.socks5, "", "p"),
            (.socks5, String(repeating: "u", count: 256), "p"),
            (.socks5, "a\nb", "p"), (.httpConnect, "a:b", "p"), (.httpConnect, "a\r\nb", "p"),
            (.socks5, "a", ""), (.socks5, "a", String(repeating: "p", count: 256)),
            (.httpConnect, String(repeating: "u", count: 1025), "p"), (.socks5, "a", nil),
        ] as [(ProxySettings.Kind, String, String?)])
    func badCredentials(
        _ kind: ProxySettings.Kind, _ username: String, _ password: String?
    ) async throws {
        let peer = ScriptedPeer(exchanges: kind == .socks5 ? [(4, [5, 2])] : [])
        let result = try await Self.attempt(
            peer, kind, username: username, password: password)
        guard case .failure(.proxy) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(peer.received.items.allSatisfy { $0.count <= 4 })
    }
}
