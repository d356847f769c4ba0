import SASL
import Sodium
import TLS
import Testing

@Suite("SCRAM's server")
struct SCRAMServerTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    private static func makeServer(_ vector: SCRAMVector) throws -> ServerBox {
        try ServerBox(vector.mechanism, scramNonce: vector.serverNonce)
    }

    @Test("SCRAM says what published exchanges say", arguments: SCRAMVector.all)
    func vectors(_ vector: SCRAMVector) throws {
        let identity = try #require(try identity(of: vector))
        let server = try Self.makeServer(vector)
        #expect(try server.start(base64(vector.clientFirst)) == .lookUp(identity))
        let first = try server.provide(
            vector.password, salt: vector.salt, iterations: vector.iterations)
        #expect(first == .challenge(base64(vector.serverFirst)))
        #expect(
            try server.receive(base64(vector.clientFinal))
                == .challenge(base64(vector.serverFinal)))
        #expect(try server.receive("") == .authenticated(identity))
        #expect(throws: SASLError.unexpected(vector.mechanism)) { try server.receive("") }
    }

    /// Who the vector is about, in the server's own words.
    private func identity(of vector: SCRAMVector) throws -> SASLIdentity? {
        let outcome = try Self.makeServer(vector).start(base64(vector.clientFirst))
        guard case .lookUp(let identity) = outcome else { return nil }
        #expect(identity.username == vector.username)
        #expect(identity.authorizationID == vector.authorizationID)
        #expect(identity.isOneself == vector.authorizationID.isEmpty)
        return identity
    }

    @Test(
        "A first message of the client that breaks a rule ends the exchange",
        arguments: [
            ("", SASLError.malformed(.scramSHA256)), ("n", .malformed(.scramSHA256)),
            ("n,,", .malformed(.scramSHA256)), ("n,,n=user", .malformed(.scramSHA256)),
            ("n,,r=abc,n=user", .malformed(.scramSHA256)),
            ("n,,n=,r=abc", .malformed(.scramSHA256)),
            ("n,,n=us=er,r=abc", .malformed(.scramSHA256)),
            ("n,,n=user=2c,r=abc", .malformed(.scramSHA256)),
            ("n,,n=u\u{1}r,r=abc", .forbiddenCharacter(.username)),
            ("n,,n=user,r=a c", .malformed(.scramSHA256)),
            ("n,b=boss,n=user,r=abc", .malformed(.scramSHA256)),
            ("n,a=,n=user,r=abc", .empty(.authorizationID)),
            ("n,,m=x,n=user,r=abc", .mandatoryExtension),
            ("q,,n=user,r=abc", .malformed(.scramSHA256)),
            ("p=tls-exporter,,n=user,r=abc", .channelBindingRefused(.scramSHA256)),
        ])
    func firstRefusals(_ message: String, _ error: SASLError) throws {
        let server = try ServerBox(.scramSHA256)
        #expect(throws: error) { try server.start(base64(message)) }
        #expect(throws: SASLError.unexpected(.scramSHA256)) { try server.receive("") }
    }

    @Test("A client that would bind and sees no offer is refused where there was one")
    func downgrade() throws {
        let bindings: [ChannelBinding: [UInt8]] = [.tlsExporter: sampleBinding]
        let first = "y,,n=user,r=abc"
        let server = try ServerBox(.scramSHA256, bindings: bindings)
        #expect(throws: SASLError.channelBindingRefused(.scramSHA256)) {
            try server.start(base64(first))
        }
        let unbound = try ServerBox(.scramSHA256, bindings: [:])
        guard case .lookUp = try unbound.start(base64(first)) else {
            Issue.record("without an offer, nothing was taken away")
            return
        }
        let without = try ServerBox(.scramSHA256, bindings: bindings)
        guard case .lookUp = try without.start(base64("n,,n=user,r=abc")) else {
            Issue.record("a client that cannot bind is let on")
            return
        }
    }

    @Test(
        "-PLUS wants a binding that the session has",
        arguments: ["n,,n=u,r=a", "y,,n=u,r=a", "p=tls-unique,,n=u,r=a", "p=x,,n=u,r=a"])
    func bindingRefusals(_ message: String) throws {
        let server = try ServerBox(.scramSHA256Plus)
        #expect(throws: SASLError.channelBindingRefused(.scramSHA256Plus)) {
            try server.start(base64(message))
        }
        #expect(throws: SASLError.channelBindingMissing(.scramSHA256Plus)) {
            _ = try ServerBox(.scramSHA256Plus, bindings: [:])
        }
    }

    @Test("Who stands between two TLS sessions is found out")
    func relay() throws {
        for kind in ChannelBinding.allCases {
            let client = try ClientBox(
                .scramSHA256Plus, "tim", "secret",
                channelBinding: .bound(kind, data: sampleBinding))
            let server = try ServerBox(
                .scramSHA256Plus, bindings: [kind: sampleBinding.reversed()])
            #expect(throws: SASLError.channelBindingRefused(.scramSHA256Plus)) {
                _ = try talk(client, server, known: "secret")
            }
            #expect(client.isServerProofMissing)
        }
    }

    @Test("No part and no one-bit change of the client's last message is let in")
    func finalChanges() throws {
        let vector = SCRAMVector.rfc7677
        let original = bytes(vector.clientFinal)
        var changes = (0..<original.count).map { Array(original[..<$0]) }
        for bit in 0..<original.count * 8 {
            var changed = original
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            changes.append(changed)
        }
        let keys = try SCRAMDerivation(
            vector.mechanism, password: try secret(vector.password), salt: vector.salt,
            iterations: vector.iterations
        ).run()
        let record = SCRAMRecord(salt: vector.salt, iterations: vector.iterations, keys: keys)
        for change in changes {
            let server = try Self.makeServer(vector)
            _ = try server.start(base64(vector.clientFirst))
            _ = try server.provide(record)
            let line = Base64.encode(change.span)
            let outcome = (try? server.receive(line)) ?? .refuse
            #expect(outcome == .refuse)
        }
    }

    @Test("A decoy looks like a user, and lets nobody in")
    func decoy() throws {
        let salt = [UInt8](1...16)
        let record = try SCRAMRecord(decoyFor: .scramSHA256, salt: salt, iterations: 4_096)
        let client = try ClientBox(.scramSHA256, "nobody", "secret")
        let server = try ServerBox(.scramSHA256)
        _ = try server.start(try #require(try client.initialResponse()))
        guard case .challenge(let challenge) = try server.provide(record) else {
            Issue.record("a decoy has a salt")
            return
        }
        #expect(
            try plain(challenge).hasSuffix(
                ",s=\(base64(String(decoding: salt, as: UTF8.self))),i=4096"))
        #expect(try server.receive(try client.respond(challenge)) == .refuse)
        #expect(throws: SASLError.malformed(.plain)) {
            _ = try SCRAMRecord(decoyFor: .plain, salt: salt, iterations: 4_096)
        }
    }

    @Test("A record is provided when it is asked for, and fits the hash function")
    func records() throws {
        let record = try SCRAMRecord(decoyFor: .scramSHA1, salt: [1], iterations: 4_096)
        #expect(throws: SASLError.unexpected(.scramSHA1)) {
            try ServerBox(.scramSHA1).provide(record)
        }
        let server = try ServerBox(.scramSHA256)
        _ = try server.start(base64("n,,n=user,r=abc"))
        #expect(throws: SASLError.malformed(.scramSHA256)) { try server.provide(record) }
        let impatient = try ServerBox(.scramSHA256)
        _ = try impatient.start(base64("n,,n=user,r=abc"))
        #expect(throws: SASLError.unexpected(.scramSHA256)) { try impatient.receive("") }
    }

    @Test("After the server's proof the client has nothing to say")
    func consent() throws {
        let vector = SCRAMVector.rfc5802
        let server = try Self.makeServer(vector)
        _ = try server.start(base64(vector.clientFirst))
        _ = try server.provide(vector.password, salt: vector.salt)
        _ = try server.receive(base64(vector.clientFinal))
        #expect(throws: SASLError.malformed(.scramSHA1)) { try server.receive("QQ==") }
    }
}
