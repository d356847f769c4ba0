@testable import TLS

/// A client and a server that talk to each other in memory.
struct SessionPair {
    let client: TLSSession
    let server: TLSSession

    /// Cuts a flight into the parts in which it arrives.
    typealias Splitter = ([UInt8]) -> [[UInt8]]

    /// How a handshake ended on each side: the error, or nil.
    struct Result {
        var client: TLSError?
        var server: TLSError?
        var isComplete = false
    }

    /// Lets both sides talk until both are done or one has failed and the other has heard of it.
    func shakeHands(split: Splitter = { [$0] }) -> Result {
        var result = Result()
        var clientIsDone = false
        var serverIsDone = false
        deliver([], to: client, isDone: &clientIsDone, error: &result.client)
        for _ in 0..<20 {
            let flight = client.takeOutput()
            for part in split(flight) where !part.isEmpty {
                deliver(part, to: server, isDone: &serverIsDone, error: &result.server)
            }
            let answer = server.takeOutput()
            for part in split(answer) where !part.isEmpty {
                deliver(part, to: client, isDone: &clientIsDone, error: &result.client)
            }
            if flight.isEmpty && answer.isEmpty { break }
        }
        result.isComplete = clientIsDone && serverIsDone
        return result
    }

    /// Moves one side's output to the other.
    static func move(from sender: TLSSession, to receiver: TLSSession) {
        receiver.receive(sender.takeOutput())
    }

    /// Sends `plainText` in one direction; returns what came out.
    static func send(
        _ plainText: [UInt8], from sender: TLSSession, to receiver: TLSSession,
        split: Splitter = { [$0] }
    ) throws(TLSError) -> [UInt8] {
        try sender.encrypt(plainText.span)
        var received: [UInt8] = []
        for part in split(sender.takeOutput()) {
            receiver.receive(part.span)
            try receiver.decryptAll(into: &received)
        }
        return received
    }

    private func deliver(
        _ bytes: [UInt8], to session: TLSSession, isDone: inout Bool, error: inout TLSError?
    ) {
        session.receive(bytes.span)
        guard error == nil, !isDone else { return }
        do {
            isDone = try session.handshake() == .complete
        } catch let failure {
            error = failure
        }
    }
}

extension TLSSession {
    /// Decrypts everything that is there.
    func decryptAll(into plainText: inout [UInt8]) throws(TLSError) {
        while case .bytes = try decrypt(appendingTo: &plainText) {}
    }
}

/// An authority and what tests make with it.
struct TestAuthority {
    let authority: CertificateAuthority
    let pem: [UInt8]

    init(_ name: String = "Test Authority") throws {
        authority = try CertificateAuthority(commonName: name)
        pem = try authority.certificate.pem()
    }

    /// Accepts what this authority has issued.
    var policy: TLSClientPolicy { TLSClientPolicy(trust: .authorities(pem: [pem])) }

    func makeServer(
        names: [String] = ["mail.example.com"], clientAuthorities: [[UInt8]] = []
    ) throws -> TLSContext {
        let identity = try authority.issue(names: names)
        return try .server(
            chainPEM: identity.chainPEM, key: identity.key, clientAuthorities: clientAuthorities)
    }

    /// A certificate that says who a client is, and its key.
    func issueClient(
        purpose: CertificateTemplate.Purpose = .client, validUntil notAfter: Int64 = 4_000_000_000
    ) throws -> CertificateAuthority.ServerIdentity {
        try authority.issue(
            CertificateTemplate(
                commonName: "client", notBefore: 1_000_000_000, notAfter: notAfter,
                purpose: purpose))
    }

    func makePair(wireVersion: CInt? = nil) throws -> SessionPair {
        let server = try makeServer()
        let client = try TLSContext.client(policy)
        if let wireVersion { server.restrictForTesting(toWireVersion: wireVersion) }
        return SessionPair(
            client: try client.makeSession(to: TLSServerName("mail.example.com")),
            server: try server.makeSession())
    }
}

/// Wire versions of RFC 8446 §4.2.1.
enum WireVersion {
    static let tls11: CInt = 0x0302
    static let tls12: CInt = 0x0303
    static let tls13: CInt = 0x0304
}
