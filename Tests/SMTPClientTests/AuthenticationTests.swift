import Explained
import SMTPClient
import SMTPCore
import Sodium
import TLS
import Testing
import Transport
import VaultModel

@Suite("Authentication of an SMTP session")
struct AuthenticationTests {
    static let secrets = [
        Fixture.password, base64(Fixture.password), base64("\0alice\0" + Fixture.password),
    ]

    static func plain() -> Fixture {
        var fixture = Fixture()
        fixture.script.capabilities = fixture.script.secureCapabilities
        return fixture
    }

    @Test("runs each mechanism through TLS", arguments: ["PLAIN", "LOGIN", "CRAM-MD5"])
    func mechanisms(_ name: String) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.mechanisms = [name]
        let outcome = try await fixture.login()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.report.mechanism == name)
        for secret in Self.secrets { expect(outcome.transcript.wire, lack: secret) }
        let lines = outcome.transcript.lines.joined(separator: "\n")
        switch name {
        case "PLAIN":
            #expect(lines.contains("AUTH PLAIN " + base64("\0alice\0" + Fixture.password)))
        case "LOGIN": #expect(lines.contains("\(base64("alice"))\n\(base64(Fixture.password))\n"))
        default: for secret in Self.secrets { #expect(!lines.contains(secret)) }
        }
    }

    @Test("prefers the password through TLS and the challenge in clear")
    func builtInOrder() async throws {
        #expect(try await Fixture.secure(.starttls).login().report.mechanism == "PLAIN")
        var fixture = Self.plain()
        fixture.inClear = true
        #expect(try await fixture.login().report.mechanism == "CRAM-MD5")
    }

    @Test("keeps the order that its plan gives")
    func givenOrder() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.mechanisms = ["SCRAM-SHA-256", "login", "PLAIN"]
        #expect(try await fixture.login().report.mechanism == "LOGIN")
        fixture.mechanisms = ["NTLM"]
        let outcome = try await fixture.login()
        #expect(outcome.report.failure?.failureClass == .config)
        #expect(outcome.transcript.sessions == 0)
    }

    @Test("sends the password in clear inside the AUTH exchange alone, and once")
    func inClear() async throws {
        for name in ["PLAIN", "LOGIN"] {
            var fixture = Self.plain()
            fixture.inClear = true
            fixture.mechanisms = [name]
            let outcome = try await fixture.send()
            #expect(outcome.report.outcome == .done)
            let text = String(decoding: outcome.transcript.clear, as: UTF8.self)
            #expect(!text.contains(Fixture.password))
            let form = name == "PLAIN" ? Self.secrets[2] : Self.secrets[1]
            let parts = text.split(separator: form, omittingEmptySubsequences: false)
            #expect(parts.count == 2)
            #expect(parts.first?.contains("AUTH \(name)") == true)
            #expect(parts.first?.contains("MAIL") == false)
        }
    }

    @Test("writes a response too long for a command line after the server's challenge")
    func longPassword() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.password = String(repeating: "p", count: 2_000)
        let outcome = try await fixture.login()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.transcript.lines.contains("AUTH PLAIN"))
        #expect(outcome.transcript.lines.contains(base64("\0alice\0" + fixture.password)))
    }

    @Test(
        "never lets the password out where TLS is missing",
        arguments: [
            TransportDecision.Protection.starttls, .starttlsIfOffered, .plain,
        ])
    func noTLS(_ protection: TransportDecision.Protection) async throws {
        for mechanisms in [["PLAIN", "LOGIN"], ["CRAM-MD5"], []] {
            var fixture = try Fixture.secure(.starttls)
            fixture.protection = protection
            fixture.script.capabilities = ["AUTH PLAIN LOGIN CRAM-MD5"]
            fixture.mechanisms = mechanisms
            // Whatever else is allowed, a mode that wants TLS does not authenticate without it.
            fixture.inClear = protection != .plain
            fixture.challengeInClear = protection != .plain
            let outcome = try await fixture.send()
            #expect(outcome.report.failure?.failureClass == .tlsDowngrade)
            #expect(outcome.report.mechanism == nil)
            expect(outcome.transcript.wire, lack: "AUTH")
            expect(outcome.transcript.wire, lack: "MAIL")
            for secret in Self.secrets { expect(outcome.transcript.wire, lack: secret) }
        }
    }

    @Test("lets a challenge be answered in clear where its plan says so")
    func challengeInClear() async throws {
        var fixture = Self.plain()
        fixture.challengeInClear = true
        let outcome = try await fixture.login()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.report.mechanism == "CRAM-MD5")
        for secret in Self.secrets { expect(outcome.transcript.wire, lack: secret) }
        fixture.mechanisms = ["PLAIN"]
        #expect(try await fixture.login().report.failure?.reason == .authNeedsTLS)
    }

    @Test(
        "maps what a server answers to its class",
        arguments: [
            ("535 5.7.8 bad credentials", SMTPFailureClass.credential),
            ("534 5.7.9 use an app password", .credential), ("530 5.7.0 no", .credential),
            ("454 4.7.0 try later", .transientAuth), ("421 4.3.2 busy", .transientAuth),
            ("504 5.5.4 unknown mechanism", .config), ("235", .credential),
        ])
    func refusals(_ reply: String, _ failureClass: SMTPFailureClass) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps["AUTH*"] = .reply(reply)
        let outcome = try await fixture.send()
        if reply == "235" {
            #expect(outcome.report.outcome == .done)
        } else {
            #expect(outcome.report.failure?.failureClass == failureClass)
            #expect(outcome.report.failure?.phase == .auth)
            #expect(outcome.report.finalReply?.description == reply)
            #expect(outcome.report.isAuthenticated == false)
            #expect(outcome.transcript.count("MAIL") == 0)
            #expect(outcome.transcript.count("AUTH") == 1)
        }
    }

    @Test("fails without a try where AUTH or the mechanism is not offered")
    func notOffered() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.secureCapabilities = ["PIPELINING"]
        var report = try await fixture.login().report
        #expect(report.failure?.reason == .authNotOffered)
        #expect(report.failure?.failureClass == .credential)
        fixture.script.secureCapabilities = ["AUTH XOAUTH2 GSSAPI"]
        report = try await fixture.login().report
        #expect(report.failure?.reason == .mechanismNotOffered)
        #expect(report.failure?.detail == "offered: XOAUTH2 GSSAPI")
    }

    @Test(
        "cancels an exchange whose challenge makes no sense",
        arguments: [
            "334 *not base64*", "334 " + String(repeating: "A", count: 13_000),
        ])
    func badChallenge(_ reply: String) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.mechanisms = ["CRAM-MD5"]
        fixture.script.steps["AUTH"] = .reply(reply)
        let outcome = try await fixture.login()
        #expect(outcome.report.failure?.failureClass == .protocolViolation)
        #expect(outcome.report.failure?.phase == .auth)
    }

    @Test("does not follow a server that challenges for ever")
    func endlessChallenges() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.mechanisms = ["LOGIN"]
        fixture.script.steps["AUTH"] = .flood("334 VXNlcm5hbWU6\r\n")
        let report = try await fixture.login().report
        #expect(report.failure?.failureClass == .protocolViolation)
    }

    @Test("refuses a user name that no line may hold, before AUTH")
    func badUsername() async throws {
        for name in ["", "a\r\nMAIL", "a\0b", String(repeating: "n", count: 2_000)] {
            var fixture = try Fixture.secure(.starttls)
            fixture.username = name
            let outcome = try await fixture.login()
            #expect(outcome.report.failure?.failureClass == .config)
            #expect(outcome.transcript.count("AUTH") == 0)
        }
    }

    @Test(
        "keeps a secret that the server repeats out of the report", arguments: ["PLAIN", "LOGIN"])
    func echo(_ name: String) async throws {
        for form in Self.secrets {
            var fixture = try Fixture.secure(.starttls)
            fixture.mechanisms = [name]
            fixture.script.steps["AUTH*"] = .reply("535-5.7.8 no:\r\n535 5.7.8 I got “\(form)”!")
            let report = try await fixture.login().report
            #expect(report.failure?.failureClass == .credential)
            let text = "\(report)" + (report.failure?.description ?? "")
            if form != Self.secrets[2] || name == "PLAIN" {
                #expect(!text.contains(form))
                #expect(text.contains("I got “[masked]”!"))
            }
            #expect(!text.contains(Fixture.password))
        }
    }

    @Test("uses a credential once")
    func once() async throws {
        try SodiumRuntime.start(allowSwap: true)
        let bytes = Array(Fixture.password.utf8)
        let credential = Credential(
            username: "alice", password: try SecretBytes(copying: bytes.span))
        #expect("\(credential)" == "Credential(redacted)")
        var dumped = ""
        dump(credential, to: &dumped)
        #expect(!dumped.contains("alice"))
        #expect(credential.take()?.count == bytes.count)
        #expect(credential.take()?.count == nil)
    }
}
