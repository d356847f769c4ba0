import POP3Core
import Testing

private let login = "USER bob\r\nPASS secret word\r\n"
private let digest = String(repeating: "ab", count: 16)

@Test("A mailbox is listed, read, marked and restored")
func mailbox() throws {
    var server = try ServerDriver()
    #expect(server.feed("") == "+OK POP3 ready <1.2@pop.test>\r\n")
    #expect(server.feed(login) == "+OK Password, please\r\n+OK 2 messages (61 octets)\r\n")
    #expect(server.logins == ["bob:secret word"])
    #expect(server.say("STAT") == "+OK 2 61\r\n")
    #expect(server.say("list") == "+OK 2 messages (61 octets)\r\n1 33\r\n2 28\r\n.\r\n")
    #expect(server.say("LIST 2") == "+OK 2 28\r\n")
    #expect(server.say("UIDL") == "+OK 2 messages (61 octets)\r\n1 id0\r\n2 id1\r\n.\r\n")
    #expect(server.say("UIDL 1") == "+OK 1 id0\r\n")
    #expect(
        server.say("RETR 1")
            == "+OK 33 octets\r\nSubject: one\r\n\r\nline 1\r\n..line 2\r\n.\r\n")
    #expect(
        server.say("RETR 2") == "+OK 28 octets\r\nSubject: two\r\n\r\n..\r\n...\r\nend\r\n.\r\n")
    #expect(server.say("TOP 1 0") == "+OK Top of message follows\r\nSubject: one\r\n\r\n.\r\n")
    #expect(
        server.say("TOP 1 1") == "+OK Top of message follows\r\nSubject: one\r\n\r\nline 1\r\n.\r\n"
    )
    #expect(server.say("TOP 1 99").hasSuffix("..line 2\r\n.\r\n"))
    #expect(server.say("DELE 1") == "+OK Message 1 is deleted at QUIT\r\n")
    #expect(server.say("DELE 1").hasPrefix("-ERR"))
    #expect(server.say("RETR 1").hasPrefix("-ERR"))
    #expect(server.say("STAT") == "+OK 1 28\r\n")
    #expect(server.say("LIST") == "+OK 1 messages (28 octets)\r\n2 28\r\n.\r\n")
    #expect(server.say("RSET") == "+OK 2 messages\r\n")
    #expect(server.say("STAT") == "+OK 2 61\r\n")
    #expect(server.say("NOOP").hasPrefix("+OK"))
    #expect(server.say("DELE 2", "QUIT") == "+OK Bye\r\n")
    #expect(server.deleted == [[1]])
    #expect(server.isClosed)
}

@Test("A session is the same wherever its bytes are split")
func splits() throws {
    let input = bytes(
        "CAPA\r\nNOPE\r\n\(login)LIST\r\nRETR 1\r\nTOP 2 1\r\nDELE 1\r\nUIDL\r\nQUIT\r\n")
    var expected: String?
    for piece in 1...input.count {
        var server = try ServerDriver()
        var output = ""
        for start in stride(from: 0, to: input.count, by: piece) {
            output += server.feed(Array(input[start..<min(start + piece, input.count)]))
        }
        #expect(server.isClosed)
        #expect(server.deleted == [[0]])
        #expect(server.logins == ["bob:secret word"])
        if expected == nil { expected = output }
        #expect(output == expected)
    }
}

@Test("Lines that may be passwords are overwritten in the buffer they came in")
func wipes() throws {
    var server = try ServerDriver()
    var buffer = bytes("USER bob\r\nPASS secret word\r\n")
    guard case .checkPassword("bob") = server.machine.next(&buffer) else {
        Issue.record("no password is to be checked")
        return
    }
    #expect(buffer.allSatisfy { $0 == 0 || $0 == 0x0A })
    #expect(server.machine.next(&buffer) == .checkPassword(userName: "bob"))
    #expect(server.machine.withPassword { $0.count } == 11)
    #expect(server.machine.withPassword { $0.count } == 0)
}

@Test("APOP is taken with the session's timestamp, where it is offered")
func apop() throws {
    var server = try ServerDriver()
    #expect(server.say("APOP bob \(digest)").hasSuffix("+OK 2 messages (61 octets)\r\n"))
    #expect(server.logins == ["bob:<1.2@pop.test>:16"])
    var refusing = try ServerDriver()
    #expect(refusing.say("APOP bob \(String(repeating: "0", count: 32))").contains("-ERR [AUTH]"))
    var without = try ServerDriver(POP3ServerConfiguration(allowsPasswordInClear: true))
    #expect(without.say("NOOP").contains("<") == false)
    #expect(without.say("APOP bob \(digest)") == "-ERR APOP is not offered\r\n")
}

@Test("The password is not taken in clear where that is forbidden, and STLS lifts it")
func stls() throws {
    var server = try ServerDriver(POP3ServerConfiguration(offersSTLS: true, offersAPOP: true))
    #expect(server.say("CAPA").contains("USER") == false)
    #expect(server.say("CAPA").contains("STLS"))
    #expect(server.say("USER bob").hasPrefix("-ERR [AUTH]"))
    #expect(server.say("PASS x").hasPrefix("-ERR"))
    #expect(server.say("STLS") == "+OK Begin TLS\r\n")
    #expect(server.handshakes == 1)
    #expect(server.machine.isEncrypted)
    #expect(server.say("CAPA").contains("USER"))
    #expect(server.say("CAPA").contains("STLS") == false)
    #expect(server.say("STLS") == "-ERR TLS is on already\r\n")
    #expect(server.feed(login).contains("+OK 2 messages"))
    #expect(server.say("STLS") == "-ERR Logged in already\r\n")
}

@Test("A name said before TLS does not count after it")
func forgetsUser() throws {
    var server = try ServerDriver()
    #expect(server.say("USER bob", "STLS").hasPrefix("+OK"))
    #expect(server.say("PASS secret word") == "-ERR Say USER first\r\n")
}

@Test(
    "What follows STLS in clear ends the session, and is never a command",
    arguments: ["\r\n", "NOOP\r\n", "U", "USER eve\r\nPASS x\r\n", "\u{0}"])
func serverInjection(_ injected: String) throws {
    var server = try ServerDriver()
    let answer = server.feed("STLS\r\n" + injected)
    #expect(answer.hasSuffix("-ERR Nothing may follow STLS, closing\r\n"))
    #expect(server.isClosed)
    #expect(server.handshakes == 0)
    #expect(server.logins.isEmpty)
}

@Test(
    "What is no command here is refused",
    arguments: [
        "", "X", "AUTH PLAIN", "STAT 1", "LIST 0", "LIST 3", "LIST -1", "LIST +1", "LIST 1 2",
        "LIST 9999999999", "RETR", "RETR x", "RETR  1", "TOP 1", "TOP 1 x", "TOP 1 2 3", "DELE 0",
        "UIDL 3", "NOOP x", "QUIT x", "CAPA x", "RSET x", "PASS", "USER x", "RETR 1\u{0}",
    ])
func refusals(_ line: String) throws {
    var server = try ServerDriver()
    _ = server.feed(login)
    #expect(server.say(line).hasPrefix("-ERR"))
    #expect(!server.isClosed)
    #expect(server.say("STAT") == "+OK 2 61\r\n")
}

@Test("Commands have their time: before and after login")
func order() throws {
    var server = try ServerDriver()
    _ = server.feed("")
    for line in ["STAT", "LIST", "RETR 1", "DELE 1", "RSET", "NOOP", "TOP 1 1", "UIDL"] {
        #expect(server.say(line) == "-ERR Log in first\r\n")
    }
    for line in ["PASS x", "USER", "USER a\tb", "PASS ", "APOP a", "APOP a b"] {
        #expect(server.say(line).hasPrefix("-ERR"))
    }
    #expect(server.say("USER bob", "CAPA", "PASS secret word") == "-ERR Say USER first\r\n")
    #expect(server.say("QUIT") == "+OK Bye\r\n")
}

@Test("Too many errors, refused logins and idle commands end the session")
func bounds() throws {
    var errors = try ServerDriver()
    for _ in 0..<POP3Limits.errors { #expect(errors.say("X").hasSuffix("command\r\n")) }
    #expect(!errors.isClosed)
    #expect(errors.say("X").hasSuffix("closing\r\n"))
    #expect(errors.isClosed)
    var logins = try ServerDriver()
    for _ in 1..<POP3Limits.loginFailures {
        #expect(logins.say("USER a", "PASS b").contains("AUTH"))
    }
    #expect(!logins.isClosed)
    #expect(logins.say("USER a", "PASS b").contains("AUTH"))
    #expect(logins.isClosed)
    var idle = try ServerDriver()
    _ = idle.feed(login)
    for _ in 0..<POP3Limits.idleCommands { #expect(idle.say("NOOP").hasPrefix("+OK")) }
    #expect(idle.say("NOOP").hasSuffix("closing\r\n"))
    #expect(idle.isClosed)
}

@Test("A command line may be as long as its bound and no longer")
func commandLineLength() throws {
    var server = try ServerDriver()
    _ = server.say("USER bob")
    let most = POP3Limits.commandLine - "PASS \r\n".utf8.count
    #expect(server.say("PASS " + String(repeating: "p", count: most)).hasPrefix("-ERR [AUTH]"))
    _ = server.say("USER bob")
    #expect(
        server.say("PASS " + String(repeating: "p", count: most + 1)) == "-ERR Line too long\r\n")
    #expect(server.logins.count == 1)
    for _ in 0..<1000 { #expect(server.feed([UInt8](repeating: 0x41, count: 1000)).isEmpty) }
    #expect(server.feed("\r\n") == "-ERR Line too long\r\n")
    #expect(server.say("CAPA").hasPrefix("+OK"))
}

@Test("A line that ends with LF alone ends the session")
func bareLineFeed() throws {
    var server = try ServerDriver()
    #expect(server.feed("CAPA\n").hasSuffix("-ERR Line ends without CR, closing\r\n"))
    #expect(server.isClosed)
}

@Test("Nothing is deleted without QUIT, nor where DELE is not permitted, nor silently in part")
func deletion() throws {
    var reader = try ServerDriver()
    reader.mayDelete = false
    _ = reader.feed(login)
    #expect(reader.say("DELE 1") == "-ERR The mailbox is read-only\r\n")
    #expect(reader.say("QUIT") == "+OK Bye\r\n")
    #expect(reader.deleted.isEmpty)
    var ended = try ServerDriver()
    _ = ended.feed(login)
    _ = ended.say("DELE 1")
    ended.machine.end(because: "Shutting down")
    #expect(ended.feed("QUIT\r\n") == "-ERR [SYS/TEMP] Shutting down\r\n")
    #expect(ended.deleted.isEmpty)
    var failing = try ServerDriver()
    failing.deletes = false
    _ = failing.feed(login)
    #expect(failing.say("DELE 1", "QUIT").hasPrefix("-ERR [SYS/TEMP]"))
}

@Test("Large messages and long lists leave in pieces, and come out whole")
func pieces() throws {
    let line = "." + String(repeating: "x", count: 70) + "\r\n"
    let large = "Subject: x\r\n\r\n" + String(repeating: line, count: 20_000)
    var server = try ServerDriver(
        mail: Array(repeating: "Subject: x\r\n\r\n", count: 9_999) + [large])
    _ = server.feed(login)
    let listing = server.say("LIST")
    #expect(listing.split(separator: "\r\n").count == 10_002)
    #expect(listing.hasSuffix("\r\n10000 \(large.utf8.count)\r\n.\r\n"))
    #expect(server.say("UIDL").split(separator: "\r\n").count == 10_002)
    let stuffed = large.replacing("\r\n.", with: "\r\n..")
    #expect(server.say("RETR 10000") == "+OK \(large.utf8.count) octets\r\n\(stuffed).\r\n")
    #expect(server.largestWrite < 3 * POP3Limits.pendingOutput)
}

@Test(
    "Every line end leaves as CRLF, and no message can end its answer early",
    arguments: [
        ("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"), ("a\r.\rb\r\n", "a\r\n..\r\nb\r\n.\r\n"),
        ("", ".\r\n"), (".", "..\r\n.\r\n"), ("a\r\n.\r\n", "a\r\n..\r\n.\r\n"),
    ])
func lineEnds(_ message: String, _ expected: String) throws {
    var server = try ServerDriver(mail: [message])
    _ = server.feed(login)
    let answer = server.say("RETR 1")
    #expect(answer == "+OK \(message.utf8.count) octets\r\n\(expected)")
}

@Test("TOP counts the lines after the first empty one, whatever ends them")
func top() throws {
    for (message, count, expected) in [
        ("A: b\n\n1\n2\n", 1, "A: b\r\n\r\n1\r\n"), ("A: b\r\n", 5, "A: b\r\n"),
        ("\r\nx\r\ny", 1, "\r\nx\r\n"), ("A: b\r\n\r\nx", 0, "A: b\r\n\r\n"),
        ("A: b\r\n\r\n\r\n\r\nx\r\n", 2, "A: b\r\n\r\n\r\n\r\n"),
    ] {
        var server = try ServerDriver(mail: [message])
        _ = server.feed(login)
        #expect(
            server.say("TOP 1 \(count)") == "+OK Top of message follows\r\n\(expected).\r\n")
    }
}

@Test("A message that cannot be read is refused, and the session goes on")
func unreadable() throws {
    var server = try ServerDriver()
    _ = server.feed(login)
    var buffer = bytes("RETR 1\r\nSTAT\r\n")
    #expect(server.machine.next(&buffer) == .retrieve(0))
    server.machine.retrieveFailed()
    #expect(server.machine.next(&buffer) == .needInput)
    #expect(text(server.machine.takeOutput()).hasSuffix("read\r\n+OK 2 61\r\n"))
}
