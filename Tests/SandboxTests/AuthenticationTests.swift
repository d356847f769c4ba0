import SASL
import Sodium
import TLS
import Testing

@testable import Sandbox

/// AUTH as clients see it.
@Suite("Authentication")
struct AuthenticationTests {
    private static let tls12: CInt = 0x0303
    private static let tls13: CInt = 0x0304

    /// Runs `body` against a server with a file of users.
    private func withUsers(
        _ users: String = "alice:wonder:land\nbob:b\u{fc}ilder\n",
        _ body: (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run { configuration, folder in
            try write(users, to: folder.path + "/users")
            configuration.authentication = .file(path: folder.path + "/users")
        } _: { server in
            try await body(server)
        }
    }

    /// A client that has greeted, over TLS if a version is given.
    private func makeClient(_ server: TestServer, tls version: CInt? = nil) throws -> TestClient {
        let client = try TestClient(port: server.port)
        try client.hello()
        guard let version else { return client }
        _ = try client.say("STARTTLS")
        try client.startTLS(try server.authority(), wireVersion: version)
        _ = try client.say("EHLO client.example")
        return client
    }

    private func offered(_ capabilities: String) -> [String] {
        let line = capabilities.split(separator: "\n").first { $0.dropFirst(4).hasPrefix("AUTH ") }
        return line?.dropFirst(9).split(separator: " ").map(String.init) ?? []
    }

    @Test("What is offered follows from what the server can check")
    func offers() async throws {
        let telling = ["PLAIN", "LOGIN"]
        let tokens = ["XOAUTH2", "OAUTHBEARER"]
        let scram = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"]
        try await withUsers { server in
            let client = try TestClient(port: server.port)
            #expect(
                offered(try client.hello()) == telling + ["CRAM-MD5"] + tokens + scram)
            let secured = try TestClient(port: server.tlsPort, implicitTLS: server.authority())
            #expect(
                offered(try secured.hello())
                    == telling + ["CRAM-MD5"] + tokens + scram + scram.map { $0 + "-PLUS" })
            #expect(try client.say("AUTH SCRAM-SHA-256-PLUS").hasPrefix("504"))
            #expect(try client.say("AUTH EXTERNAL =").hasPrefix("504"))
        }
        try await TestServer.run { server in
            let client = try TestClient(port: server.tlsPort, implicitTLS: server.authority())
            #expect(offered(try client.hello()) == telling + ["CRAM-MD5"] + tokens)
        }
    }

    @Test(
        "-PLUS binds to whatever the session has, and to nothing else",
        arguments: [tls12, tls13])
    func bindings(_ version: CInt) async throws {
        try await withUsers { server in
            for kind in ChannelBinding.allCases {
                let client = try makeClient(server, tls: version)
                guard let binding = try client.binding(kind) else {
                    let none = SASLChannelBinding.bound(kind, data: [1])
                    let reply = try client.authenticate(
                        .scramSHA256Plus, "alice", "wonder:land", binding: none)
                    #expect(reply.hasPrefix("535"))
                    continue
                }
                var other = binding.data
                other[0] ^= 1
                let wrong = try client.authenticate(
                    .scramSHA256Plus, "alice", "wonder:land",
                    binding: .bound(kind, data: other))
                #expect(wrong.hasPrefix("535"))
                let right = try client.authenticate(
                    .scramSHA256Plus, "alice", "wonder:land",
                    binding: .bound(kind, data: binding.data))
                #expect(right.hasPrefix("235"))
            }
        }
    }

    @Test("A client that would bind and was shown no offer is refused, since there was one")
    func downgrade() async throws {
        try await withUsers { server in
            let secured = try makeClient(server, tls: Self.tls13)
            #expect(
                try secured.authenticate(
                    .scramSHA256, "alice", "wonder:land", binding: .notOffered
                ).hasPrefix("535"))
            #expect(
                try secured.authenticate(
                    .scramSHA256, "alice", "wonder:land", binding: .unsupported
                ).hasPrefix("235"))
            let clear = try makeClient(server)
            #expect(
                try clear.authenticate(
                    .scramSHA256, "alice", "wonder:land", binding: .notOffered
                ).hasPrefix("235"))
        }
    }

    @Test(
        "Nobody acts for somebody else",
        arguments: [SASLMechanism.plain, .scramSHA1, .scramSHA256, .scramSHA512])
    func authorization(_ mechanism: SASLMechanism) async throws {
        try await withUsers { server in
            let client = try makeClient(server)
            #expect(
                try client.authenticate(
                    mechanism, "alice", "wonder:land", authorizationID: "bob"
                ).hasPrefix("535"))
            #expect(
                try client.authenticate(
                    mechanism, "alice", "wonder:land", authorizationID: "alice"
                ).hasPrefix("235"))
        }
    }

    @Test("SCRAM follows the file of users, and its passwords need not be ASCII")
    func changes() async throws {
        try await withUsers { server in
            func login(_ user: String, _ password: String) throws -> String {
                try makeClient(server).authenticate(.scramSHA256, user, password)
            }
            #expect(try login("bob", "b\u{fc}ilder").hasPrefix("235"))
            #expect(try login("bob", "builder").hasPrefix("535"))
            #expect(try login("alice", "wonder:land").hasPrefix("235"))
            try write("alice:another\n", to: server.folder.path + "/users")
            #expect(try login("alice", "wonder:land").hasPrefix("535"))
            #expect(try login("alice", "another").hasPrefix("235"))
            #expect(try login("bob", "b\u{fc}ilder").hasPrefix("535"))
        }
    }

    @Test("A name that nobody has is given a salt of its own, the same each time")
    func decoys() async throws {
        try await withUsers { server in
            func terms(_ user: String, _ mechanism: String) throws -> Substring {
                let client = try makeClient(server)
                let first = Base64.encode(Array("n,,n=\(user),r=abc".utf8).span)
                let line = "AUTH \(mechanism) " + String(decoding: first, as: UTF8.self)
                let challenge = Array(try client.say(line).utf8.dropFirst(4))
                let text = String(decoding: try Base64.decode(challenge.span), as: UTF8.self)
                #expect(text.hasPrefix("r=abc"))
                return try #require(text.split(separator: ",", maxSplits: 1).last)
            }
            let names = ["alice", "bob", "carol", "dave"]
            let seen = try names.map { try terms($0, "SCRAM-SHA-256") }
            #expect(try names.map { try terms($0, "SCRAM-SHA-256") } == seen)
            #expect(Set(seen).count == 4)
            #expect(seen.allSatisfy { $0.hasSuffix(",i=4096") })
            #expect(Set(seen.map(\.count)).count == 1)
            #expect(try terms("alice", "SCRAM-SHA-1") != seen[0])
        }
    }

    @Test(
        "A token that is not the user's is refused with a reason first, then by 535",
        arguments: [(SASLMechanism.xoauth2, "401"), (.oauthBearer, "invalid_token")])
    func tokenRefusal(_ mechanism: SASLMechanism, _ status: String) async throws {
        try await withUsers { server in
            let client = try makeClient(server)
            let message =
                mechanism == .xoauth2
                ? "user=alice\u{1}auth=Bearer wrong\u{1}\u{1}"
                : "n,a=alice,\u{1}auth=Bearer wrong\u{1}\u{1}"
            let response = Base64.encode(Array(message.utf8).span)
            let reply = try client.say(
                "AUTH \(mechanism.rawValue) " + String(decoding: response, as: UTF8.self))
            #expect(reply.hasPrefix("334 "))
            let reason = try Base64.decode(Array(reply.utf8.dropFirst(4)).span)
            #expect(String(decoding: reason, as: UTF8.self).contains(status))
            #expect(try client.say(mechanism == .xoauth2 ? "" : "AQ==").hasPrefix("535"))
            #expect(try client.say("NOOP").hasPrefix("250"))
            let right = try client.authenticate(mechanism, "alice", "wonder:land")
            #expect(right.hasPrefix("235"))
        }
    }

    @Test("Any name and token are let in where any name and password are")
    func anyToken() async throws {
        try await TestServer.run { server in
            for mechanism in [SASLMechanism.xoauth2, .oauthBearer] {
                let client = try makeClient(server)
                #expect(try client.authenticate(mechanism, "x@y.example", "t0ken").hasPrefix("235"))
                #expect(receipt(try client.deliver(Array("Subject: x\r\n\r\n".utf8))) != nil)
                let message = try await server.store.message(.latest, in: `default`)
                #expect(message.session.auth?.mechanism == mechanism.rawValue)
                #expect(message.session.auth?.identity == "x@y.example")
            }
        }
    }

    @Test("Garbage in place of SCRAM's messages is answered by 501, and a cancelled one too")
    func garbage() async throws {
        try await withUsers { server in
            let client = try makeClient(server)
            for line in ["bm9uc2Vuc2U=", "????", "="] {
                #expect(try client.say("AUTH SCRAM-SHA-256 \(line)").hasPrefix("501"))
            }
            let first = Base64.encode(Array("n,,n=alice,r=abc".utf8).span)
            let command = "AUTH SCRAM-SHA-512 " + String(decoding: first, as: UTF8.self)
            #expect(try client.say(command).hasPrefix("334 "))
            #expect(try client.say("*").hasPrefix("501"))
            #expect(try client.say(command).hasPrefix("334 "))
            #expect(try client.say("Yz1iaXdz").hasPrefix("501"))
            let right = try client.authenticate(.scramSHA512, "alice", "wonder:land")
            #expect(right.hasPrefix("235"))
        }
    }
}
