import EventLoop
import Glibc
import Locking
import SASL
import SMTPCore
import SeededRandom
import Sodium
import Testing
import VaultModel

@testable import Sandbox

@Test("Mail is stored as it was sent: NUL, 8-bit bytes, long lines and leading dots")
func exactCapture() async throws {
    try await TestServer.run { server in
        let client = try TestClient(port: server.port)
        try client.hello()
        var generator = SeededGenerator(seed: 3)
        for round in 0..<60 {
            var message: [UInt8] = []
            for _ in 0..<Int.random(in: 0...30, using: &generator) {
                if Bool.random(using: &generator) { message.append(UInt8(ascii: ".")) }
                let length = Int.random(in: 0...(round == 7 ? 200_000 : 300), using: &generator)
                for _ in 0..<length {
                    let byte = UInt8.random(in: 0...255, using: &generator)
                    message.append(byte == 10 || byte == 13 ? 0 : byte)
                }
                message += [13, 10]
            }
            let answer = try #require(receipt(try client.deliver(message)))
            let id = try #require(SandboxMessageID(answer.id))
            #expect(try await server.store.raw(.id(id), in: `default`) == message)
            #expect(answer.seq == Int64(round + 1))
        }
        #expect(try client.say("QUIT").hasPrefix("221"))
    }
}

@Test("BDAT stores any bytes at all")
func exactChunks() async throws {
    try await TestServer.run { server in
        let client = try TestClient(port: server.port)
        try client.hello()
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<20 {
            let size = Int.random(in: 1...150_000, using: &generator)
            let message = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let cut = Int.random(in: 0...size, using: &generator)
            try client.say("MAIL FROM:<>")
            try client.say("RCPT TO:<bob@example.com>")
            try client.send(Array("BDAT \(cut)\r\n".utf8) + message[..<cut])
            #expect(try client.reply().hasPrefix("250"))
            try client.send(Array("BDAT \(size - cut) LAST\r\n".utf8) + message[cut...])
            #expect(receipt(try client.reply()) != nil)
            #expect(try await server.store.raw(.latest, in: `default`) == message)
        }
    }
}

@Test("Everything that a client pipelines is answered, in one go")
func pipelining() async throws {
    try await TestServer.run { server in
        let client = try TestClient(port: server.port)
        try client.hello()
        let mail = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
        try client.send(mail)
        for code in ["250", "250", "354"] { #expect(try client.reply().hasPrefix(code)) }
        try client.send("Subject: 1\r\n\r\n.\r\n" + mail)
        for code in ["250", "250", "250", "354"] { #expect(try client.reply().hasPrefix(code)) }
        try client.send("Subject: 2\r\n\r\n.\r\nQUIT\r\n")
        for code in ["250", "221"] { #expect(try client.reply().hasPrefix(code)) }
        #expect(client.isClosed())
        #expect(try await server.store.list(in: `default`).map(\.subject) == ["2", "1"])
    }
}

@Test("STARTTLS and AUTH with a file of users: right and wrong, and the record of both")
func startTLSWithUsers() async throws {
    try await TestServer.run { configuration, folder in
        try write("# people\nalice:wonder:land\n\nbob:builder\r\n", to: folder.path + "/users")
        configuration.authentication = .file(path: folder.path + "/users")
        configuration.requiresAuth = true
    } _: { server in
        for mechanism in SASLMechanism.allCases where mechanism != .external {
            let client = try TestClient(port: server.port)
            #expect(try client.hello().contains("STARTTLS"))
            #expect(try client.say("MAIL FROM:<a@b.example>").hasPrefix("530"))
            #expect(try client.say("STARTTLS").hasPrefix("220"))
            try client.startTLS(try server.authority())
            let capabilities = try client.say("EHLO client.example")
            #expect(capabilities.contains("AUTH PLAIN LOGIN CRAM-MD5"))
            #expect(!capabilities.contains("STARTTLS"))
            #expect(try client.authenticate(mechanism, "alice", "wonder").hasPrefix("535"))
            #expect(try client.authenticate(mechanism, "carol", "wonder:land").hasPrefix("535"))
            #expect(try client.authenticate(mechanism, "alice", "wonder:land").hasPrefix("235"))
            #expect(receipt(try client.deliver(Array("Subject: x\r\n\r\n".utf8))) != nil)
            let message = try await server.store.message(.latest, in: `default`)
            #expect(message.session.auth?.mechanism == mechanism.rawValue)
            #expect(message.session.auth?.identity == "alice")
            #expect(message.session.tls?.version == "TLSv1.3")
            #expect(message.session.tls?.cipher.isEmpty == false)
            #expect(message.session.helo == "client.example")
            #expect(message.session.peer.hasPrefix("127.0.0.1:"))
            #expect(try client.say("QUIT").hasPrefix("221"))
        }
    }
}

@Test("The file of users is read again when it changes, and lets nobody in when it is gone")
func changedUsers() async throws {
    try await TestServer.run { configuration, folder in
        try write("alice:one\n", to: folder.path + "/users")
        configuration.authentication = .file(path: folder.path + "/users")
    } _: { server in
        func login(_ password: String) throws -> String {
            let client = try TestClient(port: server.port)
            try client.hello()
            return try client.authenticate(.plain, "alice", password)
        }
        #expect(try login("one").hasPrefix("235"))
        try write("alice:second\n", to: server.folder.path + "/users")
        #expect(try login("one").hasPrefix("535"))
        #expect(try login("second").hasPrefix("235"))
        unsafe unlink(server.folder.path + "/users")
        #expect(try login("second").hasPrefix("535"))
    }
}

@Test("Too many wrong passwords end the session")
func guessing() async throws {
    try await TestServer.run { configuration, folder in
        try write("alice:one\n", to: folder.path + "/users")
        configuration.authentication = .file(path: folder.path + "/users")
    } _: { server in
        let client = try TestClient(port: server.port)
        try client.hello()
        #expect(try client.authenticate(.plain, "alice", "x").hasPrefix("535"))
        #expect(try client.authenticate(.login, "alice", "x").hasPrefix("535"))
        #expect(try client.authenticate(.cramMD5, "alice", "x").hasPrefix("421"))
        #expect(client.isClosed())
    }
}

@Test("Implicit TLS delivers a large message whole")
func implicitTLS() async throws {
    try await TestServer.run { server in
        let client = try TestClient(port: server.tlsPort, implicitTLS: try server.authority())
        #expect(!(try client.hello()).contains("STARTTLS"))
        var generator = SeededGenerator(seed: 9)
        var message = Array("Subject: large\r\n\r\n".utf8)
        while message.count < 3_000_000 {
            message += (0..<76).map { _ in UInt8.random(in: 32...126, using: &generator) }
            message += [13, 10]
        }
        #expect(receipt(try client.deliver(message)) != nil)
        #expect(try await server.store.raw(.latest, in: `default`) == message)
        #expect(try client.say("QUIT").hasPrefix("221"))
    }
}

@Test("The name given in AUTH chooses the inbox if there is one of that name")
func routing() async throws {
    try await TestServer.run { server in
        try await server.store.createInbox(inbox("team-a"))
        for (name, expected) in [("Team-A", "team-a"), ("nobody", "default"), ("a b/c", "default")]
        {
            let client = try TestClient(unixPath: server.addresses.unixPath ?? "")
            try client.hello()
            #expect(try client.authenticate(.plain, name, "anything").hasPrefix("235"))
            #expect(receipt(try client.deliver(Array("Subject: \(name)\r\n\r\n".utf8))) != nil)
            let message = try await server.store.message(.latest, in: inbox(expected))
            #expect(message.summary.subject == name)
            #expect(message.session.auth?.identity == name)
            #expect(message.session.peer == "unix")
        }
    }
}

/// Lets in whoever has the password `token`, to one inbox.
struct TokenVerifier: SandboxAuthenticator {
    func inbox(
        for credentials: borrowing SASLCredentials, from peer: SocketAddress?
    ) async -> SandboxAdmission<SandboxPlace>? {
        let expected = Array("token".utf8)
        let isRight =
            credentials.withPassword { password in
                ConstantTime.equal(password, expected.span)
            } ?? false
        return isRight
            ? SandboxAdmission(
                SandboxPlace(SandboxTests.inbox("chosen"), of: .local)) : nil
    }

    func maildrop(
        for credentials: borrowing SASLCredentials, from peer: SocketAddress?
    ) async -> SandboxAdmission<SandboxMaildropAccess>? {
        await inbox(for: credentials, from: peer).map { admission in
            let mayDelete = credentials.username == "writer"
            return SandboxAdmission(
                SandboxMaildropAccess(.inbox(admission.access), mayDelete: mayDelete))
        }
    }
}

@Test("A verifier decides who delivers where, and is not asked about CRAM-MD5")
func verifier() async throws {
    try await TestServer.run { configuration, _ in
        configuration.authentication = .verifier(TokenVerifier())
    } _: { server in
        try await server.store.createInbox(inbox("chosen"))
        let client = try TestClient(port: server.port)
        #expect(try client.hello().contains("AUTH PLAIN LOGIN\n") == false)
        #expect(try client.authenticate(.cramMD5, "x", "token").hasPrefix("504"))
        #expect(try client.authenticate(.login, "x", "wrong").hasPrefix("535"))
        #expect(try client.authenticate(.login, "x", "token").hasPrefix("235"))
        #expect(receipt(try client.deliver(Array("Subject: t\r\n\r\n".utf8))) != nil)
        #expect(try await server.store.list(in: inbox("chosen")).count == 1)
    }
}

@Test("A password is taken in clear from this machine alone")
func authInClear() async throws {
    try await TestServer.run { server in
        let service = try SandboxService(
            store: server.store, configuration: SandboxConfiguration(smtp: .loopback(port: 0)),
            folder: server.folder.path + "/tls")
        let far = try #require(SocketAddress(ip: "192.0.2.1", port: 9))
        #expect(
            service.machineConfiguration(.plain, peer: .loopback(port: 9)).policy.allowsAuthInClear)
        #expect(
            service.machineConfiguration(.plain, peer: .loopback6(port: 9)).policy.allowsAuthInClear
        )
        #expect(service.machineConfiguration(.unix, peer: nil).policy.allowsAuthInClear)
        #expect(!service.machineConfiguration(.plain, peer: far).policy.allowsAuthInClear)
        #expect(!service.machineConfiguration(.plain, peer: nil).policy.allowsAuthInClear)
    }
}

@Test("A message over the bound is refused with 552, and the session goes on")
func oversize() async throws {
    try await TestServer.run { configuration, _ in
        configuration.limits.messageBytes = 100_000
    } _: { server in
        let client = try TestClient(port: server.port)
        #expect(try client.hello().contains("SIZE 100000"))
        #expect(try client.say("MAIL FROM:<a@b.example> SIZE=100001").hasPrefix("552"))
        let line = Array(repeating: UInt8(ascii: "x"), count: 98) + [13, 10]
        let exact = Array(repeating: line, count: 1_000).flatMap(\.self)
        #expect(receipt(try client.deliver(exact)) != nil)
        #expect(try client.deliver(exact + line).hasPrefix("552"))
        #expect(
            try client.deliver(Array(repeating: exact, count: 20).flatMap(\.self)).hasPrefix("552"))
        #expect(receipt(try client.deliver(exact)) != nil)
        #expect(try await server.store.list(in: `default`).map(\.size) == [100_000, 100_000])
    }
}

@Test("A message for which there is no memory is refused for now, and the session goes on")
func noRoom() async throws {
    try await TestServer.run { configuration, _ in
        configuration.limits.inFlightBytes = 200_000
    } _: { server in
        let client = try TestClient(port: server.port)
        try client.hello()
        let line = Array(repeating: UInt8(ascii: "x"), count: 98) + [13, 10]
        let large = Array(repeating: line, count: 3_000).flatMap(\.self)
        #expect(try client.deliver(large).hasPrefix("452"))
        for _ in 0..<5 {
            #expect(receipt(try client.deliver(Array(large.prefix(150_000)))) != nil)
        }
    }
}

@Test(
    "A line that does not end with CR LF ends the session, and nothing is stored or executed",
    arguments: ["\n.\n", "\n.\r\n", "\r.\r", "\r.\r\n", "\r\n.\n", "\r\n.\r", "a\nb", "a\rb"])
func smuggling(_ sequence: String) async throws {
    try await TestServer.run { server in
        let client = try TestClient(port: server.port)
        try client.hello()
        try client.say("MAIL FROM:<a@b.example>")
        try client.say("RCPT TO:<c@d.example>")
        #expect(try client.say("DATA").hasPrefix("354"))
        try client.send(
            "Subject: outer\r\n\r\ntext" + sequence
                + "MAIL FROM:<evil@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: inner"
                + "\r\n\r\n.\r\n")
        #expect(try client.reply().hasPrefix("550 5.6.11"))
        #expect(client.isClosed())
        #expect(try await server.store.list(in: `default`).isEmpty)
    }
}

@Test("A command after STARTTLS in the same packet ends the session")
func startTLSInjection() async throws {
    try await TestServer.run { server in
        let client = try TestClient(port: server.port)
        try client.hello()
        try client.send("STARTTLS\r\nMAIL FROM:<evil@b.example>\r\n")
        #expect(try client.reply().hasPrefix("554"))
        #expect(client.isClosed())
    }
}

@Test("Silent clients are told so and leave")
func idle() async throws {
    try await TestServer.run { configuration, _ in
        configuration.limits.idle = .milliseconds(300)
    } _: { server in
        let clients = [try TestClient(port: server.port), try TestClient(port: server.port)]
        for client in clients {
            #expect(try client.reply().hasPrefix("220"))
            #expect(try client.reply().hasPrefix("421 4.4.2"))
            #expect(client.isClosed())
        }
    }
}

@Test("More sessions than allowed are turned away")
func full() async throws {
    try await TestServer.run { configuration, _ in
        configuration.limits.sessions = 2
    } _: { server in
        let first = try TestClient(port: server.port)
        let second = try TestClient(port: server.port)
        #expect(try first.reply().hasPrefix("220"))
        #expect(try second.reply().hasPrefix("220"))
        let third = try TestClient(port: server.port)
        #expect(try third.reply().hasPrefix("421 4.3.2"))
        #expect(third.isClosed())
        #expect(try first.say("NOOP").hasPrefix("250"))
    }
}

@Test("Two hundred hostile sessions do not disturb the two hundred and first")
func hostileSessions() async throws {
    try await TestServer.run { server in
        var generator = SeededGenerator(seed: 11)
        var clients: [TestClient] = []
        for index in 0..<200 {
            let client = try TestClient(port: index % 3 == 0 ? server.tlsPort : server.port)
            let noise = (0..<Int.random(in: 1...20_000, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            // The server may have closed already: that is its right.
            switch index % 5 {
            case 0: try? client.send(noise)
            case 1:
                try? client.send(
                    Array(
                        "EHLO x\r\nMAIL FROM:<a@b.c> SIZE=52428800\r\nRCPT TO:<d@e.f>\r\nDATA\r\n"
                            .utf8) + noise)
            case 2: try? client.send(String(repeating: "AUTH PLAIN ", count: 2_000))
            case 3: try? client.send("EHLO x\r\nBDAT 52428800\r\n")
            default: try? client.send(String(repeating: "NOOP\r\n", count: 1_000))
            }
            clients.append(client)
        }
        let client = try TestClient(port: server.port)
        try client.hello()
        #expect(receipt(try client.deliver(Array("Subject: fine\r\n\r\n".utf8))) != nil)
        #expect(try await server.store.list(in: `default`).map(\.subject) == ["fine"])
        withExtendedLifetime(clients) {}
    }
}

@Test("Stopping ends every session and frees the addresses; what was acknowledged stays")
func stopping() async throws {
    try await TestServer.run { server in
        let clients = try (0..<20).map { _ in try TestClient(port: server.port) }
        for client in clients { try client.hello() }
        #expect(receipt(try clients[0].deliver(Array("Subject: kept\r\n\r\n".utf8))) != nil)
        try clients[1].say("MAIL FROM:<a@b.example>")
        #expect(server.server.sessionCount == 20)
        await server.server.stop()
        #expect(server.server.sessionCount == 0)
        for client in clients { #expect(try client.reply().hasPrefix("421")) }
        for client in clients { #expect(client.isClosed()) }
        #expect(throws: (any Error).self) { try TestClient(port: server.port) }
        #expect(throws: (any Error).self) {
            try TestClient(unixPath: server.addresses.unixPath ?? "")
        }
        #expect(try await server.store.list(in: `default`).map(\.subject) == ["kept"])
        await #expect(throws: SandboxError.closed) { try await server.server.start() }
    }
}

@Test("A server without an address, with a bad name or without its file of users does not start")
func badSettings() async throws {
    try await withStore { store in
        for configuration in [
            SandboxConfiguration(),
            SandboxConfiguration(unixPath: "/tmp/x.sock", hostName: "two words"),
            SandboxConfiguration(
                unixPath: "/tmp/x.sock", authentication: .file(path: "/nonexistent/users")),
        ] {
            let server = SandboxServer(
                store: store, configuration: configuration, certificates: "/nonexistent/tls")
            await #expect(throws: SandboxError.self) { try await server.start() }
            await server.stop()
        }
    }
}
