import SASL
import Sodium
import Testing

@Suite("SASLServer")
struct SASLServerTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test("PLAIN takes the messages of RFC 4616 §4, with the command or after a challenge")
    func plain() throws {
        let expected = Outcome.verify(
            username: "Kurt", authorizationID: "Ursel", password: "xipj3plmq")
        let message = base64("Ursel\0Kurt\0xipj3plmq")
        #expect(try ServerBox(.plain).start(message) == expected)
        let server = try ServerBox(.plain)
        #expect(try server.start() == .challenge(""))
        #expect(try server.receive(message) == expected)
        #expect(throws: SASLError.unexpected(.plain)) { try server.receive(message) }
    }

    @Test("LOGIN prompts for the name, then for the password; the name may come first")
    func login() throws {
        let expected = Outcome.verify(username: "tim", authorizationID: "", password: "secret")
        let server = try ServerBox(.login)
        #expect(try server.start() == .challenge("VXNlcm5hbWU6"))
        #expect(try server.receive(base64("tim")) == .challenge("UGFzc3dvcmQ6"))
        #expect(try server.receive(base64("secret")) == expected)
        let early = try ServerBox(.login)
        #expect(try early.start(base64("tim")) == .challenge("UGFzc3dvcmQ6"))
        #expect(try early.receive(base64("secret")) == expected)
    }

    @Test("CRAM-MD5 verifies the exchange of RFC 2195 §2")
    func cramMD5() throws {
        var server = try SASLServer(
            mechanism: .cramMD5, hostName: "postoffice.reston.mci.net", nonce: (1_896, 697_170_952))
        let challenge = Outcome(try server.start())
        #expect(
            challenge
                == .challenge("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"))
        let answer = bytes("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw")
        guard case .verify(let credentials) = try server.receive(base64: answer.span) else {
            Issue.record("the answer is complete")
            return
        }
        let username = credentials.username
        #expect(username == "tim")
        let right = credentials.matches(password: try secret("tanstaaftanstaaf"))
        let wrong = credentials.matches(password: try secret("tanstaaftanstaag"))
        let nothing = credentials.withPassword { $0.count }
        #expect(right)
        #expect(!wrong)
        #expect(nothing == nil)
    }

    @Test(
        "What our client sends, our server verifies, and only with the right password",
        arguments: SASLMechanism.allCases.filter { $0 != .external }, [true, false])
    func together(_ mechanism: SASLMechanism, _ sendsInitialResponse: Bool) throws {
        let password = mechanism.takesToken ? "s3cret.token" : "s3cret pass"
        for username in ["tim", "dev/mail 2", "jürgen@müller.example", "a=b,c"] {
            for (known, isRight) in [
                (password, true), (password + "s", false), ("s3cret", false),
            ] {
                // CRAM-MD5's credentials are matched where the password is known.
                guard mechanism != .cramMD5 else { continue }
                let client = try ClientBox(mechanism, username, password)
                let verdict = try talk(
                    client, try ServerBox(mechanism), known: known,
                    sendsInitialResponse: sendsInitialResponse)
                #expect(verdict.isAdmitted == isRight)
                #expect(verdict.isBelieved || !isRight)
                #expect(client.hasVerifiedServer == (isRight && mechanism.provesServer))
                #expect(!client.holdsPassword)
            }
        }
    }

    @Test("CRAM-MD5's answer matches the right password alone")
    func cramMD5Together() throws {
        let client = try ClientBox(.cramMD5, "dev/mail 2", "s3cret pass")
        var server = try SASLServer(mechanism: .cramMD5, hostName: "mail.example.com")
        guard case .challenge(let challenge) = try server.start() else {
            Issue.record("the server speaks first")
            return
        }
        let answer = try client.respond(String(decoding: challenge, as: UTF8.self))
        guard case .verify(let credentials) = try server.receive(base64: bytes(answer).span) else {
            Issue.record("the answer is complete")
            return
        }
        let username = credentials.username
        #expect(username == "dev/mail 2")
        let right = credentials.matches(password: try secret("s3cret pass"))
        let wrong = credentials.matches(password: try secret("s3cret pasS"))
        let short = credentials.matches(password: try secret("s3cret"))
        #expect([right, wrong, short] == [true, false, false])
    }

    @Test("EXTERNAL hands the identity over, which may be empty")
    func external() throws {
        #expect(try ServerBox(.external).start("=") == .certificate(""))
        #expect(try ServerBox(.external).start(base64("boss")) == .certificate("boss"))
        let server = try ServerBox(.external)
        #expect(try server.start() == .challenge(""))
        #expect(try server.receive("") == .certificate(""))
        #expect(throws: SASLError.forbiddenCharacter(.authorizationID)) {
            try ServerBox(.external).start(base64("a\0b"))
        }
    }

    @Test("Challenges of CRAM-MD5 do not repeat")
    func nonces() throws {
        var seen: Set<Outcome> = []
        for _ in 0..<1_000 {
            var server = try SASLServer(mechanism: .cramMD5, hostName: "h")
            seen.insert(Outcome(try server.start()))
        }
        #expect(seen.count == 1_000)
    }

    @Test("CRAM-MD5 has no initial response")
    func noInitialResponse() throws {
        #expect(throws: SASLError.unexpected(.cramMD5)) {
            try ServerBox(.cramMD5).start(base64("tim"))
        }
    }

    @Test("`*` cancels, and `=` is an empty initial response")
    func signs() throws {
        for mechanism in SASLMechanism.allCases {
            let server = try ServerBox(mechanism)
            _ = try server.start()
            #expect(throws: SASLError.cancelled) { try server.receive("*") }
            #expect(throws: SASLError.unexpected(mechanism)) { try server.receive("QQ==") }
        }
        #expect(throws: SASLError.malformed(.plain)) { try ServerBox(.plain).start("=") }
        #expect(throws: SASLError.empty(.username)) { try ServerBox(.login).start("=") }
    }

    @Test(
        "PLAIN refuses every message that RFC 4616 does not allow",
        arguments: [
            ("", SASLError.malformed(.plain)), ("tim", .malformed(.plain)),
            ("\0tim", .malformed(.plain)), ("\0\0p", .empty(.username)),
            ("\0tim\0", .empty(.password)), ("\0tim\0a\0b", .forbiddenCharacter(.password)),
            ("\0t\nm\0p", .forbiddenCharacter(.username)),
            ("a\tb\0tim\0p", .forbiddenCharacter(.authorizationID)),
        ])
    func plainRefusals(_ message: String, _ error: SASLError) throws {
        let server = try ServerBox(.plain)
        _ = try server.start()
        #expect(throws: error) { try server.receive(base64(message)) }
        #expect(throws: SASLError.unexpected(.plain)) { try server.receive(base64("\0u\0p")) }
    }

    @Test("A name that is not UTF-8 is refused")
    func notUTF8() throws {
        let message: [UInt8] = [0, 0xff, 0xfe, 0, 0x70]
        let server = try ServerBox(.plain)
        _ = try server.start()
        #expect(throws: SASLError.malformed(.plain)) {
            try server.receive(Base64.encode(message.span))
        }
    }

    @Test("A password that is not UTF-8 is taken as it is")
    func rawPassword() throws {
        let message: [UInt8] = [0, 0x75, 0, 0xff, 0xfe]
        var server = try SASLServer(mechanism: .plain, hostName: "h")
        let line = Base64.encode(message.span)
        guard case .verify(let credentials) = try server.start(initialResponse: line.span) else {
            Issue.record("the message is complete")
            return
        }
        let password: [UInt8] = [0xff, 0xfe]
        let matches = credentials.matches(password: try SecretBytes(copying: password.span))
        #expect(matches)
    }

    @Test(
        "CRAM-MD5 refuses answers without a name, a space or 32 digits",
        arguments: [
            "", "tim", " b913a602c7eda7a495b4e6e7334d3890", "b913a602c7eda7a495b4e6e7334d3890",
            "tim b913a602c7eda7a495b4e6e7334d389", "tim b913a602c7eda7a495b4e6e7334d389g",
            "tim\u{9}b913a602c7eda7a495b4e6e7334d3890",
        ])
    func cramMD5Refusals(_ answer: String) throws {
        let server = try ServerBox(.cramMD5)
        _ = try server.start()
        #expect(throws: SASLError.malformed(.cramMD5)) { try server.receive(base64(answer)) }
    }

    @Test(
        "A line that is too long or not Base64 ends the exchange",
        arguments: [
            (String(repeating: "A", count: 12_289), SASLError.lineTooLong), ("QQ", .notBase64),
            ("QQ==\r\n", .notBase64), ("**", .notBase64), ("QR==", .notBase64), ("=", .notBase64),
        ])
    func badLines(_ line: String, _ error: SASLError) throws {
        for mechanism in SASLMechanism.allCases {
            let server = try ServerBox(mechanism)
            _ = try server.start()
            #expect(throws: error) { try server.receive(line) }
        }
    }

    @Test(
        "A host name that would break the challenge is refused",
        arguments: [
            ("", SASLError.empty(.hostName)), ("a b", .forbiddenCharacter(.hostName)),
            ("a>b", .forbiddenCharacter(.hostName)), ("a\r\nb", .forbiddenCharacter(.hostName)),
            (String(repeating: "a", count: 256), .tooLong(.hostName, limitBytes: 255)),
        ])
    func hostNames(_ hostName: String, _ error: SASLError) {
        #expect(throws: error) { _ = try SASLServer(mechanism: .cramMD5, hostName: hostName) }
    }

    @Test("No one-bit change of a CRAM-MD5 answer verifies as the same user")
    func oneBit() throws {
        let password = try secret("tanstaaftanstaaf")
        let original = bytes("tim b913a602c7eda7a495b4e6e7334d3890")
        for bit in 0..<original.count * 8 {
            var changed = original
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            var server = try SASLServer(
                mechanism: .cramMD5, hostName: "postoffice.reston.mci.net",
                nonce: (1_896, 697_170_952))
            _ = try server.start()
            let line = Base64.encode(changed.span)
            guard case .verify(let credentials)? = try? server.receive(base64: line.span) else {
                continue
            }
            let verified = credentials.username == "tim" && credentials.matches(password: password)
            // The case of a hexadecimal letter carries nothing.
            let isCase = bit % 8 == 5 && changed[bit / 8] & 0x40 != 0 && bit / 8 > 3
            #expect(verified == isCase)
        }
    }

    @Test("Ten thousand random lines end in an error or in credentials, never in a trap")
    func randomLines() throws {
        for round in 0..<10_000 {
            let mechanism = SASLMechanism.allCases[round % SASLMechanism.allCases.count]
            let server = try ServerBox(mechanism)
            _ = try server.start()
            var random = Random.bytes(Int(Random.uniform(below: 60)))
            // Zeros are rare among random bytes, and what PLAIN is made of.
            for index in random.indices where random[index] < 40 { random[index] = 0 }
            let line = round.isMultiple(of: 2) ? random : Base64.encode(random.span)
            for _ in 0..<3 {
                guard case .lookUp? = try? server.receive(line) else { continue }
                _ = try server.provide("secret")
            }
        }
    }
}
