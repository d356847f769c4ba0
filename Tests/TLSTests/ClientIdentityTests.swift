import Testing

@testable import TLS

@Suite("Client certificates")
struct ClientIdentityTests {
    private static let versions = [WireVersion.tls12, WireVersion.tls13]

    /// A client with `identity` and a server that asks for certificates of `clients`.
    private static func makePair(
        _ authority: TestAuthority, clients: TestAuthority, identity: ClientIdentity?,
        version: CInt
    ) throws -> SessionPair {
        let server = try authority.makeServer(clientAuthorities: [clients.pem])
        server.restrictForTesting(toWireVersion: version)
        var policy = authority.policy
        policy.identity = identity
        return SessionPair(
            client: try TLSContext.client(policy).makeSession(
                to: TLSServerName("mail.example.com")),
            server: try server.makeSession())
    }

    private static func identity(
        _ issued: CertificateAuthority.ServerIdentity
    ) throws -> ClientIdentity {
        try ClientIdentity(chainPEM: issued.chainPEM, key: issued.key)
    }

    @Test(
        "A server that asks lets in who shows a certificate of its authority", arguments: versions)
    func accepted(_ version: CInt) throws {
        let (authority, clients) = (try TestAuthority(), try TestAuthority("Clients"))
        let identity = try Self.identity(clients.issueClient())
        let pair = try Self.makePair(
            authority, clients: clients, identity: identity, version: version)
        #expect(pair.shakeHands().isComplete)
        let facts = try #require(pair.server.facts)
        #expect(facts.verification == .authority)
        #expect(facts.isVerified)
        #expect(facts.chain.count == 1)
        #expect(facts.chain[0].subject == "CN=client")
        #expect(facts.chain[0].sha256 == identity.fingerprintSHA256)
        let message = Array("hello".utf8)
        #expect(
            try SessionPair.send(message, from: pair.client, to: pair.server) == message)
    }

    @Test(
        "A server that asks lets in nobody else",
        arguments: ["none", "other authority", "server's purpose", "expired"], versions)
    func refused(_ kind: String, _ version: CInt) throws {
        let (authority, clients) = (try TestAuthority(), try TestAuthority("Clients"))
        let identity: ClientIdentity? =
            switch kind {
            case "none": nil
            case "other authority": try Self.identity(try TestAuthority("Others").issueClient())
            case "expired":
                try Self.identity(clients.issueClient(validUntil: 1_100_000_000))
            default: try Self.identity(clients.issueClient(purpose: .server))
            }
        let pair = try Self.makePair(
            authority, clients: clients, identity: identity, version: version)
        let result = pair.shakeHands()
        #expect(result.server != nil)
        #expect(pair.server.facts == nil)
        #expect(!result.isComplete)
        // With TLS 1.3 the client learns of it when it reads.
        var rest: [UInt8] = []
        var heard = result.client
        do {
            if heard == nil { _ = try pair.client.decrypt(appendingTo: &rest) }
        } catch {
            heard = error
        }
        guard case .alertReceived? = heard else {
            Issue.record("the client was told nothing")
            return
        }
    }

    @Test(
        "A server that does not ask learns nothing of a client's certificate", arguments: versions)
    func notAsked(_ version: CInt) throws {
        let authority = try TestAuthority()
        let server = try authority.makeServer()
        server.restrictForTesting(toWireVersion: version)
        var policy = authority.policy
        policy.identity = try Self.identity(authority.issueClient())
        let pair = SessionPair(
            client: try TLSContext.client(policy).makeSession(
                to: TLSServerName("mail.example.com")),
            server: try server.makeSession())
        #expect(pair.shakeHands().isComplete)
        #expect(pair.server.facts?.chain == [])
        #expect(pair.server.facts?.verification == .unchecked)
    }

    @Test("An identity whose key is another's is refused, and so is one without a certificate")
    func mismatch() throws {
        let issued = try TestAuthority().issueClient()
        #expect(throws: TLSError.keyMismatch) {
            _ = try ClientIdentity(chainPEM: issued.chainPEM, key: PrivateKey())
        }
        #expect(throws: TLSError.noCertificate) {
            _ = try ClientIdentity(chainPEM: [], key: issued.key)
        }
        #expect(throws: TLSError.noCertificate) {
            _ = try TestAuthority().makeServer(clientAuthorities: [[]])
        }
    }

    @Test("Policies are equal when their identities' certificates are")
    func equality() throws {
        let authority = try TestAuthority()
        let (first, second) = (try authority.issueClient(), try authority.issueClient())
        let policies = try [first, first, second].map {
            TLSClientPolicy(identity: try Self.identity($0))
        }
        #expect(policies[0] == policies[1])
        #expect(policies[0].hashValue == policies[1].hashValue)
        #expect(policies[0] != policies[2])
        #expect(policies[0] != TLSClientPolicy())
        let longer = try ClientIdentity(
            chainPEM: first.chainPEM + authority.pem, key: first.key)
        #expect(TLSClientPolicy(identity: longer) != policies[0])
    }
}
