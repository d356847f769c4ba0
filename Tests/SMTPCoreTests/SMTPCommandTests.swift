import SMTPCore
import SeededRandom
import Testing

@Suite("SMTP commands")
struct SMTPCommandTests {
    private func parse(_ line: String) throws -> SMTPCommand {
        let line = bytes(line)
        return try SMTPCommand(parsing: line.span)
    }

    private static func mail(
        _ path: SMTPReversePath, _ change: (inout SMTPMailParameters) -> Void = { _ in }
    ) -> SMTPCommand {
        var parameters = SMTPMailParameters()
        change(&parameters)
        return .mail(path, parameters)
    }

    static func commands() throws -> [(SMTPCommand, String)] {
        let ana = try SMTPAddress(parsing: "ana@example.com")
        let odd = try SMTPAddress(parsing: "\"a b>\"@example.com")
        let unicode = try SMTPAddress(parsing: "ışık@örnek.example")
        var recipient = SMTPRecipientParameters()
        recipient.notify = [.success, .failure]
        recipient.originalRecipient = SMTPOriginalRecipient(address: "a+b=c@x")
        return [
            (.ehlo("client.example"), "EHLO client.example"),
            (.ehlo("[127.0.0.1]"), "EHLO [127.0.0.1]"),
            (.helo("[IPv6:::1]"), "HELO [IPv6:::1]"),
            (mail(.null), "MAIL FROM:<>"),
            (mail(.mailbox(ana)), "MAIL FROM:<ana@example.com>"),
            (mail(.mailbox(odd)), "MAIL FROM:<\"a b>\"@example.com>"),
            (
                mail(.mailbox(unicode)) {
                    $0.size = 123
                    $0.body = .eightBitMIME
                    $0.smtpUTF8 = true
                    $0.requireTLS = true
                    $0.dsnReturn = .headers
                    $0.envelopeID = "a=b+c d"
                    $0.authSubmitter = .null
                },
                "MAIL FROM:<ışık@örnek.example> SIZE=123 BODY=8BITMIME SMTPUTF8 REQUIRETLS"
                    + " RET=HDRS ENVID=a+3Db+2Bc+20d AUTH=<>"
            ),
            (.rcpt(.mailbox(ana), .init()), "RCPT TO:<ana@example.com>"),
            (
                .rcpt(.mailbox(ana), recipient),
                "RCPT TO:<ana@example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+2Bb+3Dc@x"
            ),
            (.rcpt(.postmaster, .init()), "RCPT TO:<Postmaster>"),
            (.data, "DATA"), (.rset, "RSET"), (.quit, "QUIT"), (.startTLS, "STARTTLS"),
            (.noop(""), "NOOP"), (.noop("hi there"), "NOOP hi there"), (.help(""), "HELP"),
            (.vrfy("someone"), "VRFY someone"), (.auth(mechanism: "CRAM-MD5"), "AUTH CRAM-MD5"),
            (.bdat(count: 10, isLast: false), "BDAT 10"),
            (.bdat(count: 0, isLast: true), "BDAT 0 LAST"),
        ]
    }

    @Test("A command is one line, and the line is the command")
    func roundTrip() throws {
        for (command, line) in try Self.commands() {
            #expect(text(try command.encoded()) == line + "\r\n")
            var parsed = try parse(line)
            if case .mail(let path, var parameters) = parsed {
                parameters.verbatim = ""
                parsed = .mail(path, parameters)
            } else if case .rcpt(let path, var parameters) = parsed {
                parameters.verbatim = ""
                parsed = .rcpt(path, parameters)
            }
            #expect(parsed == command)
        }
    }

    @Test("Case, one space after the colon and spaces at the end do not matter")
    func tolerance() throws {
        #expect(try parse("ehlo x") == .ehlo("x"))
        #expect(try parse("QuIt  ") == .quit)
        #expect(try parse("mail from: <a@b>") == parse("MAIL FROM:<a@b>"))
        #expect(try parse("rcpt to:<postMASTER>") == .rcpt(.postmaster, .init()))
        #expect(try parse("EHLO my_pc") == .ehlo("my_pc"))
        guard case .mail(_, let parameters) = try parse("MAIL FROM:<a@b> size=5 body=8bitmime")
        else { return #expect(Bool(false)) }
        #expect(parameters.size == 5 && parameters.body == .eightBitMIME)
        #expect(parameters.verbatim == "size=5 body=8bitmime")
        #expect(
            try parse("AUTH plain AGEAYg==") == .auth(mechanism: "PLAIN"),
            "the response is no part of the command")
    }

    static let bad: [(String, SMTPSyntaxError)] = [
        ("", .unknownCommand), ("X", .unknownCommand), ("EHLOX a", .unknownCommand),
        ("EXPN list", .unimplementedCommand), ("TURN", .unimplementedCommand),
        ("EHLO", .missing(.helloName)), ("DATA now", .unwantedArgument),
        ("QUIT now", .unwantedArgument), ("RSET x", .unwantedArgument),
        ("STARTTLS x", .unwantedArgument), ("MAIL", .missing(.argument)),
        ("MAIL TO:<a@b>", .missing(.argument)), ("MAIL FROM:", .missing(.address)),
        ("MAIL FROM:<a@b> SIZE", .badValue(.size)), ("MAIL FROM:<a@b> SIZE=x", .badValue(.size)),
        ("MAIL FROM:<a@b> SIZE=1 SIZE=1", .repeatedParameter),
        ("MAIL FROM:<a@b> FOO=1", .unknownParameter), ("MAIL FROM:<a@b> BODY=9", .badValue(.body)),
        ("MAIL FROM:<a@b> SIZE=184467440737095516150", .badValue(.size)),
        ("MAIL FROM:<a@b> RET=BOTH", .badValue(.dsnReturn)),
        ("RCPT TO:<a@b> NOTIFY=NEVER,DELAY", .badValue(.notify)),
        ("RCPT TO:<a@b> NOTIFY=", .missing(.parameter)),
        ("RCPT TO:<a@b> NOTIFY=DELAY,", .badValue(.notify)),
        ("RCPT TO:<a@b> ORCPT=rfc822", .badValue(.originalRecipient)),
        ("RCPT TO:<a@b> ORCPT=rfc822;+0D+0A", .forbiddenCharacters(.encodedText)),
        ("RCPT TO:<a@b> ORCPT=rfc822;+0", .badValue(.encodedText)),
        ("RCPT TO:<a@b> SIZE=1", .unknownParameter), ("AUTH", .missing(.mechanism)),
        ("AUTH A\"B x", .badValue(.mechanism)), ("BDAT", .missing(.chunkSize)),
        ("BDAT x", .badValue(.chunkSize)), ("BDAT -1", .badValue(.chunkSize)),
        ("BDAT 1 FIRST", .badValue(.argument)), ("VRFY", .missing(.argument)),
        ("NOOP a\0b", .unexpectedByte(.commandLine, offset: 6)),
        ("NOOP a\rb", .unexpectedByte(.commandLine, offset: 6)),
    ]

    @Test("What is no command is refused for its reason", arguments: bad)
    func refused(_ line: String, _ error: SMTPSyntaxError) {
        #expect(throws: error) { try parse(line) }
    }

    @Test(
        "Paths without brackets, with source routes or with trailing text are refused",
        arguments: [
            "MAIL FROM:a@b", "MAIL FROM:<a@b", "MAIL FROM:<<a@b>>", "MAIL FROM:<@x:a@b>",
            "MAIL FROM:<a@b>>", "MAIL FROM:<a@b>SIZE=1", "MAIL FROM:<a@b>  SIZE=1",
            "MAIL FROM:  <a@b>", "RCPT TO:<>", "RCPT TO:<a>", "RCPT TO:<a@b> x y=",
            "MAIL FROM:<a@b> =1", "MAIL FROM:<a@b> SIZE==1", "MAIL FROM:<a@b> -X=1",
        ])
    func badPath(_ line: String) {
        #expect(throws: SMTPSyntaxError.self) { try parse(line) }
    }

    @Test("A line of the limit passes and one octet more does not")
    func limits() throws {
        let most = SMTPLimits.commandLine - 2 - "NOOP ".utf8.count
        #expect(
            try SMTPCommand.noop(String(repeating: "x", count: most)).encoded().count
                == SMTPLimits.commandLine)
        #expect(throws: SMTPSyntaxError.tooLong(.commandLine, limit: SMTPLimits.commandLine)) {
            try SMTPCommand.noop(String(repeating: "x", count: most + 1)).encoded()
        }
        func envelopeID(_ n: Int) -> SMTPCommand {
            Self.mail(.null) { $0.envelopeID = String(repeating: "x", count: n) }
        }
        #expect(try envelopeID(100).encoded().count > 100)
        #expect(throws: SMTPSyntaxError.tooLong(.envelopeID, limit: 100)) {
            try envelopeID(101).encoded()
        }
        #expect(
            try SMTPCommand.authPrefix(mechanism: String(repeating: "A", count: 20)).count == 25)
        #expect(throws: SMTPSyntaxError.badValue(.mechanism)) {
            try SMTPCommand.authPrefix(mechanism: String(repeating: "A", count: 21))
        }
        let parameters = (0..<17).map { " X\($0)=1" }.joined()
        #expect(throws: SMTPSyntaxError.unknownParameter) { try parse("MAIL FROM:<>\(parameters)") }
    }

    @Test("Whatever stands in a field, a command is exactly one line or an error")
    func property() throws {
        var generator = SeededGenerator(seed: 42)
        let pieces = [
            "a", "b@c", "\r", "\n", "\r\n", "\0", " ", ">", "<", "\"", "\\", "@", ".",
            "RCPT TO:<x@y>",
            "é", "\u{2028}", "=", "+", ",", ";", "QUIT", "\u{7F}", "\t", "[", "]", ":", "-", "9",
            "\u{85}", "x.example",
        ]
        func field() -> String {
            (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
        }
        var encoded = 0
        for round in 0..<100_000 {
            let command: SMTPCommand?
            switch round % 10 {
            case 0: command = .ehlo(field())
            case 1: command = .helo(field())
            case 2:
                command = (try? SMTPAddress(parsing: field())).map { Self.mail(.mailbox($0)) }
            case 3:
                command = (try? SMTPAddress(parsing: field())).map {
                    .rcpt(.mailbox($0), .init())
                }
            case 4: command = Self.mail(.null) { $0.envelopeID = field() }
            case 5:
                var parameters = SMTPRecipientParameters()
                parameters.originalRecipient = SMTPOriginalRecipient(
                    addressType: field(), address: field())
                command = .rcpt(.postmaster, parameters)
            case 6: command = .noop(field())
            case 7: command = .vrfy(field())
            case 8: command = .auth(mechanism: field())
            default:
                command = (try? SMTPAddress(parsing: field())).map { address in
                    Self.mail(.null) { $0.authSubmitter = .mailbox(address) }
                }
            }
            guard let command, let line = try? command.encoded() else { continue }
            encoded += 1
            #expect(line.suffix(2) == [13, 10])
            #expect(!line.dropLast(2).contains { $0 < 0x20 || $0 == 0x7F })
            #expect(line.count <= SMTPLimits.commandLine)
            let body = Array(line.dropLast(2))
            let parsed = try? SMTPCommand(parsing: body.span)
            #expect(parsed?.verb == command.verb)
            if case .rcpt(let path, _) = command, case .rcpt(let other, _)? = parsed {
                #expect(path == other)
            }
            if case .mail(let path, _) = command, case .mail(let other, _)? = parsed {
                #expect(path == other)
            }
        }
        #expect(encoded > 5_000)
    }
}
