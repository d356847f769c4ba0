import SASL
import Sodium
import Testing

@Suite("SASLClient")
struct SASLClientTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    /// Mechanisms that take any challenge of the right form.
    static let telling: [SASLMechanism] = [.plain, .login, .cramMD5]

    @Test("PLAIN sends the messages of RFC 4616 §4, with the command or when asked")
    func plain() throws {
        let first = try ClientBox(.plain, "tim", "tanstaaftanstaaf")
        #expect(try first.initialResponse() == base64("\0tim\0tanstaaftanstaaf"))
        #expect(first.isFinished)
        #expect(!first.holdsPassword)
        let second = try ClientBox(.plain, "Kurt", "xipj3plmq", authorizationID: "Ursel")
        #expect(try second.respond("") == base64("Ursel\0Kurt\0xipj3plmq"))
        #expect(!second.holdsPassword)
    }

    @Test(
        "LOGIN sends the name, then the password, whatever the prompts say",
        arguments: [
            ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"), ("VXNlciBOYW1lAA==", "UGFzc3dvcmQA"), ("", ""),
            ("not base64", "at all"),
        ])
    func login(_ namePrompt: String, _ passwordPrompt: String) throws {
        let client = try ClientBox(.login, "tim", "tanstaaftanstaaf")
        #expect(try client.initialResponse() == nil)
        #expect(try client.respond(namePrompt) == base64("tim"))
        #expect(client.holdsPassword)
        #expect(!client.isFinished)
        #expect(try client.respond(passwordPrompt) == base64("tanstaaftanstaaf"))
        #expect(client.isFinished)
        #expect(!client.holdsPassword)
    }

    @Test("CRAM-MD5 answers the challenge of RFC 2195 §2 as printed there")
    func cramMD5() throws {
        let client = try ClientBox(.cramMD5, "tim", "tanstaaftanstaaf")
        #expect(try client.initialResponse() == nil)
        #expect(client.holdsPassword)
        let answer = try client.respond("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+")
        #expect(answer == "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw")
        #expect(client.isFinished)
        #expect(!client.holdsPassword)
    }

    @Test("Nothing follows the last answer", arguments: telling + [.external])
    func afterTheEnd(_ mechanism: SASLMechanism) throws {
        let client = try ClientBox(mechanism, "tim", "secret")
        while !client.isFinished { _ = try client.respond("QQ==") }
        #expect(throws: SASLError.unexpected(mechanism)) { try client.respond("QQ==") }
        #expect(try client.initialResponse() == nil)
    }

    @Test(
        "A challenge that is not Base64, or empty, wipes the password and ends CRAM-MD5",
        arguments: [
            ("", SASLError.malformed(.cramMD5)), ("*", .notBase64), ("QQ", .notBase64),
            ("QQ==\r\n", .notBase64), ("QR==", .notBase64),
        ])
    func badChallenges(_ challenge: String, _ error: SASLError) throws {
        let client = try ClientBox(.cramMD5, "tim", "secret")
        #expect(throws: error) { try client.respond(challenge) }
        #expect(!client.holdsPassword)
        #expect(throws: SASLError.unexpected(.cramMD5)) { try client.respond("QQ==") }
    }

    @Test(
        "A challenge of 12,288 bytes is taken, one more byte is not",
        arguments: SASLMechanism.allCases)
    func challengeBound(_ mechanism: SASLMechanism) throws {
        let longest = String(repeating: "A", count: SASLLimits.lineBytes)
        if Self.telling.contains(mechanism) {
            _ = try ClientBox(mechanism, "tim", "secret").respond(longest)
        }
        let client = try ClientBox(mechanism, "tim", "secret")
        #expect(throws: SASLError.lineTooLong) { try client.respond(longest + "A") }
        #expect(!client.holdsPassword)
    }

    @Test(
        "Names and passwords that cannot be sent are refused before anything is",
        arguments: [
            ("", "", "p", SASLError.empty(.username)), ("u", "", "", .empty(.password)),
            ("a\0b", "", "p", .forbiddenCharacter(.username)),
            ("a\r\nb", "", "p", .forbiddenCharacter(.username)),
            ("a\u{7f}", "", "p", .forbiddenCharacter(.username)),
            ("u", "a\0b", "p", .forbiddenCharacter(.authorizationID)),
            ("u", "", "a\0b", .forbiddenCharacter(.password)),
            (
                String(repeating: "ü", count: 513), "", "p",
                .tooLong(.username, limitBytes: 1_024)
            ),
            (
                "u", String(repeating: "a", count: 1_025), "p",
                .tooLong(.authorizationID, limitBytes: 1_024)
            ),
            (
                "u", "", String(repeating: "a", count: 6_145),
                .tooLong(.password, limitBytes: 6_144)
            ),
        ])
    func refusals(
        _ username: String, _ authorizationID: String, _ password: String, _ error: SASLError
    ) {
        #expect(throws: error) {
            _ = try SASLClient(
                mechanism: .plain, username: username, authorizationID: authorizationID,
                password: secret(password))
        }
    }

    @Test("The longest names and password still fit a line")
    func longest() throws {
        let name = String(repeating: "n", count: SASLLimits.nameBytes)
        let password = String(repeating: "p", count: SASLLimits.passwordBytes)
        let client = try ClientBox(.plain, name, password, authorizationID: name)
        let answer = try #require(try client.initialResponse())
        #expect(answer.utf8.count <= SASLLimits.lineBytes)
    }

    @Test(
        "LOGIN, CRAM-MD5 and XOAUTH2 have no place for an authorization identity",
        arguments: [SASLMechanism.login, .cramMD5, .xoauth2])
    func authorization(_ mechanism: SASLMechanism) {
        #expect(throws: SASLError.authorizationUnsupported(mechanism)) {
            _ = try SASLClient(
                mechanism: mechanism, username: "u", authorizationID: "a", password: secret("p"))
        }
    }

    @Test("Names and passwords of any script go out as UTF-8")
    func unicode() throws {
        let client = try ClientBox(.plain, "jürgen@müller.example", "пароль🔑")
        #expect(try client.initialResponse() == base64("\0jürgen@müller.example\0пароль🔑"))
    }

    @Test("Every error says what happened and what to do")
    func errors() {
        let errors: [SASLError] = [
            .empty(.password), .forbiddenCharacter(.password),
            .tooLong(.password, limitBytes: 6_144), .authorizationUnsupported(.login),
            .lineTooLong, .notBase64, .malformed(.plain), .unexpected(.login), .cancelled,
            .channelBindingMissing(.scramSHA1Plus), .channelBindingRefused(.scramSHA1Plus),
            .nonceMismatch, .tooFewIterations(1, minimum: 4_096),
            .tooManyIterations(maximum: 1_000_000), .mandatoryExtension, .serverNotProven,
            .refusedByServer(.unknownUser), .derivationFailed,
            .secureMemory(.secureMemoryExhausted(wantedBytes: 16)),
        ]
        for error in errors {
            #expect(!error.explanation.cause.isEmpty)
            #expect(!error.explanation.remedy.isEmpty)
            #expect(error.explanation.cause != "the authentication failed")
        }
    }
}
