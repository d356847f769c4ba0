import EventLoop
import TLS
import Testing

@testable import Transport

@Suite("A wire")
struct WireTests {
    /// Connects a wire to a server that plays `peer`.
    @discardableResult
    static func connected<R: Sendable>(
        _ peer: ScriptedPeer, unread: [UInt8] = [],
        _ body: @escaping @Sendable (Wire) async throws -> R
    ) async throws -> R {
        try await onLoop { loop -> R in
            let listener = try loop.listen(on: .loopback(port: 0))
            let serving = Task(executorPreference: loop) { await peer.serve(listener) }
            let stream = try await loop.connect(to: listener.address)
            let wire = Wire(stream, unread: unread)
            let result = try await body(wire)
            wire.close()
            await serving.value
            return result
        }
    }

    static func session() throws -> TLSSession {
        let authority = try CertificateAuthority(commonName: "Test Authority")
        let policy = TLSClientPolicy(trust: .authorities(pem: [try authority.certificate.pem()]))
        return try TLSContext.client(policy).makeSession(to: TLSServerName("mail.example"))
    }

    @Test("yields what was read before it first")
    func unread() async throws {
        let peer = ScriptedPeer(exchanges: [(0, Array("second".utf8))])
        let read = try await Self.connected(peer, unread: Array("first".utf8)) { wire in
            #expect(wire.hasUnreadBytes)
            let due = ContinuousClock.now + .seconds(60)
            let first = try await wire.read(until: due)
            return [first, try await wire.read(until: due)]
        }
        #expect(read == [Array("first".utf8), Array("second".utf8)])
    }

    @Test("does not begin TLS on bytes that nobody has read")
    func unreadBeforeTLS() async throws {
        let peer = ScriptedPeer(exchanges: [])
        try await Self.connected(peer, unread: [50]) { wire in
            await #expect(throws: WireFault.tls(.notTLS)) {
                try await wire.startTLS(Self.session(), until: .now + .seconds(60))
            }
        }
        #expect(peer.received.items == [[]])
    }

    @Test("lets nothing pass after a handshake that failed")
    func failedHandshake() async throws {
        let peer = ScriptedPeer(exchanges: [(1, Array("220 in clear\r\n".utf8))])
        try await Self.connected(peer) { wire in
            let due = ContinuousClock.now + .seconds(60)
            await #expect(throws: WireFault.tls(.notTLS)) {
                try await wire.startTLS(Self.session(), until: due)
            }
            let closed = WireFault.ended("TLS was not established")
            await #expect(throws: closed) { try await wire.write([1], until: due) }
            await #expect(throws: closed) { _ = try await wire.read(until: due) }
        }
        let received = try #require(peer.received.items.first)
        #expect(received.first == 22)
    }

    @Test("knows of bytes that came behind those it was asked for")
    func behind() async throws {
        let peer = ScriptedPeer(exchanges: [(0, [1]), (1, [2]), (1, [3])])
        let states = try await Self.connected(peer) { wire in
            let due = ContinuousClock.now + .seconds(60)
            var states = [wire.hasUnreadBytes]
            _ = try await wire.read(until: due)
            states.append(wire.hasUnreadBytes)
            try await wire.write([0], until: due)
            // The loop reads ahead while nobody waits.
            for _ in 0..<2_000 where !wire.hasUnreadBytes {
                try await wire.loop.sleep(for: .milliseconds(1))
            }
            states.append(wire.hasUnreadBytes)
            return states
        }
        #expect(states == [false, false, true])
    }

    @Test("is of this machine unless a proxy stands between")
    func loopback() async throws {
        let peer = ScriptedPeer(exchanges: [])
        try await onLoop { loop in
            let listener = try loop.listen(on: .loopback(port: 0))
            let serving = Task(executorPreference: loop) { await peer.serve(listener, count: 2) }
            for isProxied in [false, true] {
                let stream = try await loop.connect(to: listener.address)
                let wire = Wire(stream, isProxied: isProxied)
                #expect(wire.isLoopback == !isProxied)
                #expect(wire.peerAddress == listener.address)
                wire.close()
            }
            await serving.value
        }
    }
}
