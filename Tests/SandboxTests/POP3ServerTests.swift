import EventLoop
import Locking
import POP3Core
import Sandbox
import Sodium
import TLS
import Testing
import VaultModel

extension TestClient {
    /// Sends a line and reads the lines of the answer up to the one with a single dot.
    fileprivate func list(_ command: String) throws -> [String] {
        var lines = [try say(command)]
        guard lines[0].hasPrefix("+OK") else { return lines }
        while true {
            let line = try line()
            if line == "." { return lines }
            lines.append(line.hasPrefix(".") ? String(line.dropFirst()) : line)
        }
    }

    /// The message of a RETR.
    fileprivate func retrieve(_ number: Int) throws -> String {
        try list("RETR \(number)").dropFirst().map { $0 + "\r\n" }.joined()
    }

    fileprivate func logIn(_ user: String = "default", _ password: String = "x") throws -> String {
        #expect(try say("USER \(user)").hasPrefix("+OK"))
        return try say("PASS \(password)")
    }
}

private func pop3(_ port: UInt16, tls authority: [UInt8]? = nil) throws -> (TestClient, String) {
    let client = try TestClient(port: port, implicitTLS: authority)
    return (client, try client.line())
}

private func digest(_ greeting: String, _ password: String) -> String {
    let start = greeting.firstIndex(of: "<") ?? greeting.startIndex
    let input = Array((greeting[start...] + password).utf8)
    return Digest.md5(input.span).map { byte in
        String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
}

@Test("Captured mail is read by POP3 byte for byte, in clear, with STLS and over TLS")
func reading() async throws {
    try await TestServer.run { server in
        let lines = (0..<3000).map { ".\($0)\r\n" }.joined() + "..\r\n.\r\nend \u{e9}\u{0}\r\n"
        let message = "Subject: dots\r\n\r\n" + lines
        let sender = try TestClient(port: server.port)
        try sender.hello()
        let receipt = try #require(receipt(try sender.deliver(Array(message.utf8))))
        _ = try sender.deliver(Array("Subject: second\r\n\r\nx\r\n".utf8))
        for way in 0..<3 {
            let (client, greeting) = try pop3(
                way == 2 ? server.pop3sPort : server.pop3Port,
                tls: way == 2 ? try server.authority() : nil)
            #expect(greeting == "+OK POP3 ready")
            if way == 1 {
                #expect(try client.list("CAPA").contains("STLS"))
                #expect(try client.say("STLS").hasPrefix("+OK"))
                try client.startTLS(try server.authority())
                #expect(try client.list("CAPA").contains("STLS") == false)
            }
            let size = message.utf8.count
            #expect(try client.logIn() == "+OK 2 messages (\(size + 22) octets)")
            #expect(try client.say("STAT") == "+OK 2 \(size + 22)")
            #expect(try client.list("LIST").dropFirst() == ["1 \(size)", "2 22"])
            #expect(try client.say("UIDL 1") == "+OK 1 \(receipt.id)")
            #expect(try client.retrieve(1) == message)
            #expect(try client.list("TOP 1 1").dropFirst() == ["Subject: dots", "", ".0"])
            #expect(try client.say("QUIT") == "+OK Bye")
            #expect(client.isClosed())
        }
    }
}

@Test("DELE takes effect at QUIT alone, and what came meanwhile stays")
func deleting() async throws {
    try await TestServer.run { server in
        for number in 1...3 {
            _ = try await server.store.capture(.mail(subject: "n\(number)"))
        }
        let (dropped, _) = try pop3(server.pop3Port)
        _ = try dropped.logIn()
        _ = try dropped.say("DELE 1")
        let (client, _) = try pop3(server.pop3Port)
        _ = try client.logIn()
        #expect(try client.say("DELE 2").hasPrefix("+OK"))
        #expect(try client.say("DELE 3").hasPrefix("+OK"))
        _ = try await server.store.capture(.mail(subject: "n4"))
        #expect(try await server.store.list(in: SandboxTests.default).count == 4)
        #expect(try client.say("QUIT") == "+OK Bye")
        let left = try await server.store.list(in: SandboxTests.default).map(\.subject)
        #expect(left == ["n4", "n1"])
        // What another session has deleted can no longer be read.
        #expect(try dropped.say("RETR 2").hasPrefix("-ERR [SYS/TEMP]"))
    }
}

@Test("Any name opens the inbox that its mail goes to")
func inboxes() async throws {
    try await TestServer.run { server in
        try await server.store.createInbox(SandboxTests.inbox("Team"))
        _ = try await server.store.capture(.mail(subject: "for the team", inbox: "team"))
        _ = try await server.store.capture(.mail(subject: "for anyone", inbox: "nobody"))
        for (name, subject) in [
            ("team", "team"), ("TEAM", "team"), ("nobody", "anyone"), ("a b", "anyone"),
            ("default", "anyone"),
        ] {
            let (client, _) = try pop3(server.pop3Port)
            #expect(try client.logIn(name).hasPrefix("+OK 1 messages"))
            #expect(
                try client.retrieve(1).contains(
                    "Subject: for \(subject == "team" ? "the team" : subject)"))
        }
    }
}

@Test("Users of a file log in by password and by APOP, others do not")
func users() async throws {
    try await TestServer.run { configuration, folder in
        try write("alice:wonder land\nbob:builder\n", to: folder.path + "/users")
        configuration.authentication = .file(path: folder.path + "/users")
    } _: { server in
        let (client, greeting) = try pop3(server.pop3Port)
        let (other, otherGreeting) = try pop3(server.pop3Port)
        #expect(greeting != otherGreeting)
        #expect(
            try client.say("APOP alice \(digest(otherGreeting, "wonder land"))").hasPrefix(
                "-ERR [AUTH]"))
        #expect(
            try client.say("APOP eve \(digest(greeting, "wonder land"))").hasPrefix("-ERR [AUTH]"))
        #expect(try client.say("APOP alice \(digest(greeting, "wonder land"))").hasPrefix("+OK"))
        #expect(try other.logIn("bob", "wonder land").hasPrefix("-ERR [AUTH]"))
        #expect(try other.logIn("eve", "builder").hasPrefix("-ERR [AUTH]"))
        #expect(try other.logIn("bob", "builder").hasPrefix("+OK"))
        let (guesser, _) = try pop3(server.pop3sPort, tls: try server.authority())
        for _ in 0..<SandboxLimits.authFailures {
            #expect(try guesser.logIn("bob", "x").hasPrefix("-ERR [AUTH]"))
        }
        #expect(guesser.isClosed())
    }
}

@Test("A verifier decides which inbox is read, and whether mail may be deleted from it")
func verifiedReading() async throws {
    try await TestServer.run { configuration, _ in
        configuration.authentication = .verifier(TokenVerifier())
    } _: { server in
        let (early, greeting) = try pop3(server.pop3Port)
        #expect(!greeting.contains("<"))
        // The right token for an inbox that does not exist opens no other.
        #expect(try early.logIn("writer", "token").hasPrefix("-ERR [AUTH]"))
        try await server.store.createInbox(SandboxTests.inbox("chosen"))
        _ = try await server.store.capture(.mail(inbox: "chosen"))
        let (reader, _) = try pop3(server.pop3Port)
        #expect(try reader.logIn("reader", "wrong").hasPrefix("-ERR [AUTH]"))
        #expect(
            try reader.say("APOP reader \(String(repeating: "0", count: 32))").hasPrefix("-ERR"))
        #expect(try reader.logIn("reader", "token").hasPrefix("+OK 1 messages"))
        #expect(try reader.say("DELE 1") == "-ERR The mailbox is read-only")
        let (writer, _) = try pop3(server.pop3Port)
        #expect(try writer.logIn("writer", "token").hasPrefix("+OK 1 messages"))
        #expect(try writer.say("DELE 1").hasPrefix("+OK"))
        #expect(try writer.say("QUIT") == "+OK Bye")
        #expect(try await server.store.list(in: SandboxTests.inbox("chosen")).isEmpty)
    }
}

@Test("What follows STLS in clear ends the session before TLS begins")
func clearAfterSTLS() async throws {
    try await TestServer.run { server in
        let (client, _) = try pop3(server.pop3Port)
        try client.send("STLS\r\nUSER eve\r\n")
        #expect(try client.line() == "-ERR Nothing may follow STLS, closing")
        #expect(client.isClosed())
        let (late, _) = try pop3(server.pop3Port)
        #expect(try late.say("STLS").hasPrefix("+OK"))
        try late.send("USER eve\r\nPASS x\r\nSTAT\r\n")
        // No answer in clear follows on what was said behind the command.
        #expect(late.isClosed())
    }
}

@Test("Commands that come together are answered together")
func pipelinedReading() async throws {
    try await TestServer.run { server in
        _ = try await server.store.capture(.mail(subject: "x", text: "y"))
        let (client, _) = try pop3(server.pop3Port)
        try client.send("USER default\r\nPASS x\r\nSTAT\r\nRETR 1\r\nTOP 1 0\r\nNOOP\r\nQUIT\r\n")
        var lines: [String] = []
        while let line = try? client.line() { lines.append(line) }
        #expect(lines.filter { $0.hasPrefix("+OK") }.count == 7)
        #expect(lines.filter { $0 == "." }.count == 2)
        #expect(lines.last == "+OK Bye")
    }
}

@Test("A full server tells a POP3 client so")
func boundOfReaders() async throws {
    try await TestServer.run { configuration, _ in
        configuration.limits.sessions = 1
    } _: { server in
        let (first, _) = try pop3(server.pop3Port)
        let (_, greeting) = try pop3(server.pop3Port)
        #expect(greeting == "-ERR [SYS/TEMP] Too many sessions, try again later")
        #expect(try first.say("CAPA").hasPrefix("+OK"))
    }
}

@Test("A silent POP3 client is sent away")
func silentReader() async throws {
    try await TestServer.run { configuration, _ in
        configuration.limits.idleBeforeAuth = .milliseconds(300)
    } _: { server in
        let (silent, _) = try pop3(server.pop3Port)
        #expect(try silent.line() == "-ERR [SYS/TEMP] Idle for too long, closing")
        #expect(silent.isClosed())
    }
}

@Test("A message for which there is no memory left is refused, not the session")
func noRoomForReading() async throws {
    try await TestServer.run { configuration, _ in
        configuration.limits.inFlightBytes = 4096
    } _: { server in
        _ = try await server.store.capture(.mail(text: String(repeating: "x", count: 5000)))
        _ = try await server.store.capture(.mail(text: "small"))
        let (client, _) = try pop3(server.pop3Port)
        _ = try client.logIn()
        for _ in 0..<100 {
            #expect(try client.retrieve(2).contains("small"))
        }
        #expect(try client.say("RETR 1").hasPrefix("-ERR [SYS/TEMP]"))
        #expect(try client.retrieve(2).contains("small"))
    }
}
