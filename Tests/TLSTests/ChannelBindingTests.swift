import Testing

@testable import TLS

@Suite("Channel binding")
struct ChannelBindingTests {
    private static let versions = [WireVersion.tls12, WireVersion.tls13]

    @Test(
        "Both ends of a session have the same bindings, each where its version has it",
        arguments: versions)
    func bothEnds(_ version: CInt) throws {
        let pair = try TestAuthority().makePair(wireVersion: version)
        for kind in ChannelBinding.allCases {
            #expect(try pair.client.channelBinding(kind) == nil)
            #expect(try pair.server.channelBinding(kind) == nil)
        }
        #expect(pair.shakeHands().isComplete)
        for kind in ChannelBinding.allCases {
            let binding = try pair.client.channelBinding(kind)
            #expect(try pair.server.channelBinding(kind) == binding)
            let expected =
                switch kind {
                case .tlsExporter: version == WireVersion.tls13 ? 32 : nil
                case .tlsServerEndPoint: 32
                case .tlsUnique: version == WireVersion.tls12 ? 12 : nil as Int?
                }
            #expect(binding?.count == expected)
        }
        #expect(
            try pair.client.channelBinding(.tlsServerEndPoint)
                == pair.client.facts?.chain.first?.sha256)
    }

    @Test("Two sessions share the server's certificate and nothing else", arguments: versions)
    func sessions(_ version: CInt) throws {
        let authority = try TestAuthority()
        let server = try authority.makeServer()
        server.restrictForTesting(toWireVersion: version)
        let client = try TLSContext.client(authority.policy)
        var seen: [ChannelBinding: Set<[UInt8]>] = [:]
        for _ in 0..<3 {
            let pair = SessionPair(
                client: try client.makeSession(to: TLSServerName("mail.example.com")),
                server: try server.makeSession())
            #expect(pair.shakeHands().isComplete)
            for kind in ChannelBinding.allCases {
                guard let binding = try pair.client.channelBinding(kind) else { continue }
                seen[kind, default: []].insert(binding)
            }
        }
        let own: ChannelBinding = version == WireVersion.tls13 ? .tlsExporter : .tlsUnique
        #expect(seen.mapValues(\.count) == [own: 3, .tlsServerEndPoint: 1])
    }

    @Test("A client prefers what its session exports", arguments: versions)
    func preferred(_ version: CInt) throws {
        let pair = try TestAuthority().makePair(wireVersion: version)
        #expect(try pair.client.preferredChannelBinding() == nil)
        #expect(pair.shakeHands().isComplete)
        let preferred = try #require(try pair.client.preferredChannelBinding())
        #expect(
            preferred.kind
                == (version == WireVersion.tls13 ? .tlsExporter : .tlsServerEndPoint))
        #expect(try pair.server.channelBinding(preferred.kind) == preferred.data)
    }

    @Test("A session that has failed has no binding")
    func failed() throws {
        let pair = try TestAuthority().makePair()
        pair.client.receive(Array("220 mail.example.com\r\n".utf8))
        #expect(throws: TLSError.notTLS) { try pair.client.handshake() }
        #expect(throws: TLSError.notTLS) { try pair.client.channelBinding(.tlsExporter) }
    }
}
