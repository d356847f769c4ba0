import SMTPClient
import SMTPCore
import Sodium
import Testing
import Transport
import VaultModel

@Suite("The mechanisms of an SMTP session")
struct MechanismTests {
    static let token = "ya29.token-0123456789"

    /// Every form in which the secret must not be seen.
    static func forms(_ secret: String, username: String = "alice") -> [String] {
        let hex = secret.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        return [
            secret, base64(secret), base64("\0\(username)\0\(secret)"), hex.joined(),
            hex.joined().uppercased(),
        ]
    }

    static func fixture(_ offered: [String], _ mechanisms: [String]) throws -> Fixture {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.secureCapabilities = ["AUTH " + offered.joined(separator: " ")]
        fixture.mechanisms = mechanisms
        return fixture
    }

    static func secret(_ text: String) throws -> SecretBytes {
        let bytes = Array(text.utf8)
        return try SecretBytes(copying: bytes.span)
    }

    @Test(
        "log in and keep the password where the mechanism puts it",
        arguments: [
            "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS",
            "SCRAM-SHA-512", "SCRAM-SHA-512-PLUS",
        ])
    func login(_ name: String) async throws {
        let outcome = try await Self.fixture([name], [name]).send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.report.mechanism == name)
        #expect(outcome.report.isAuthenticated)
        let lines = outcome.transcript.lines.joined(separator: "\n")
        for form in Self.forms(Fixture.password) {
            expect(outcome.transcript.wire, lack: form)
            let isOwn =
                name == "PLAIN" && form == Self.forms(Fixture.password)[2]
                || name == "LOGIN" && form == base64(Fixture.password)
            #expect(lines.contains(form) == isOwn)
        }
    }

    @Test("log in with a token where there is one", arguments: ["XOAUTH2", "OAUTHBEARER"])
    func tokens(_ name: String) async throws {
        for mechanisms in [[name], []] {
            var fixture = try Self.fixture([name, "PLAIN"], mechanisms)
            fixture.script.secret = Self.token
            fixture.configure = {
                $0.credential = nil
                $0.token = try? Credential(username: "alice", password: Self.secret(Self.token))
            }
            let outcome = try await fixture.login()
            #expect(outcome.report.outcome == .done)
            #expect(outcome.report.mechanism == name)
            for form in Self.forms(Self.token) { expect(outcome.transcript.wire, lack: form) }
        }
    }

    @Test("take a listed token mechanism's token for the secret when there is no other")
    func passwordAsToken() async throws {
        var fixture = try Self.fixture(["XOAUTH2"], ["XOAUTH2"])
        fixture.password = Self.token
        fixture.script.secret = Self.token
        #expect(try await fixture.login().report.outcome == .done)
        fixture.mechanisms = []
        #expect(try await fixture.login().report.failure?.reason == .mechanismNotOffered)
    }

    @Test("write a long token after the server's challenge")
    func longToken() async throws {
        let token = String(repeating: "t", count: 2_000)
        var fixture = try Self.fixture(["XOAUTH2"], [])
        fixture.script.secret = token
        fixture.configure = {
            $0.token = try? Credential(username: "alice", password: Self.secret(token))
        }
        let outcome = try await fixture.login()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.transcript.lines.contains("AUTH XOAUTH2"))
    }

    @Test("tell the server's status of a token that it refuses")
    func refusedToken() async throws {
        for name in ["XOAUTH2", "OAUTHBEARER"] {
            var fixture = try Self.fixture([name], [name])
            fixture.script.secret = "another"
            fixture.password = Self.token
            let outcome = try await fixture.login()
            let failure = try #require(outcome.report.failure)
            #expect(failure.failureClass == .credential)
            #expect(failure.detail.hasPrefix("the server's status: "))
            #expect(outcome.transcript.count("AUTH") == 1)
        }
    }

    @Test("name EXTERNAL's identity and need no secret for it")
    func external() async throws {
        for identity in ["", "bob"] {
            var fixture = try Self.fixture(["EXTERNAL", "PLAIN"], ["EXTERNAL"])
            fixture.hasCredential = false
            fixture.configure = { $0.authorizationID = identity }
            let outcome = try await fixture.login()
            #expect(outcome.report.outcome == .done)
            #expect(
                outcome.transcript.lines.contains(
                    "AUTH EXTERNAL " + (identity.isEmpty ? "=" : base64(identity))))
        }
    }

    @Test("come in the order that protects the password best")
    func order() async throws {
        var offered = [
            "CRAM-MD5", "LOGIN", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512",
            "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS",
        ]
        while let best = offered.popLast() {
            let report = try await Self.fixture(offered + [best], []).login().report
            // PLAIN and LOGIN come before CRAM-MD5 through TLS.
            #expect(report.mechanism == best)
        }
    }

    @Test("do not follow one that is refused by a weaker one")
    func noFallback() async throws {
        var fixture = try Self.fixture(["PLAIN", "LOGIN", "SCRAM-SHA-256"], [])
        fixture.script.secret = "another"
        let outcome = try await fixture.login()
        #expect(outcome.report.failure?.failureClass == .credential)
        #expect(outcome.report.mechanism == "SCRAM-SHA-256")
        #expect(outcome.transcript.count("AUTH") == 1)
        for form in Self.forms(Fixture.password) {
            #expect(!outcome.transcript.lines.joined(separator: "\n").contains(form))
        }
    }

    @Test(
        "do not believe a server that has not proven itself",
        arguments: [
            Step.reply("235 2.7.0 welcome"),
            .reply("334 " + base64("r=made up,s=AQID,i=4096") + "\r\n235 2.7.0 welcome"),
        ])
    func unproven(_ step: Step) async throws {
        for name in ["SCRAM-SHA-1", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512"] {
            var fixture = try Self.fixture([name], [])
            fixture.script.steps["AUTH"] = step
            let outcome = try await fixture.send()
            #expect(!outcome.report.isAuthenticated)
            #expect(outcome.transcript.count("MAIL") == 0)
            if case .reply("235 2.7.0 welcome") = step {
                #expect(outcome.report.failure?.reason == .serverNotProven)
                #expect(outcome.report.failure?.failureClass == .tlsTrust)
            }
        }
    }

    @Test(
        "refuse what weakens or stalls SCRAM",
        arguments: [
            ("s=AQID,i=1", SMTPFailureClass.config), ("s=AQID,i=4095", .config),
            ("s=AQID,i=1000001", .config), ("s=AQID,i=-1", .protocolViolation),
            ("s=AQID", .protocolViolation), ("s=,i=4096", .protocolViolation),
            ("s=*,i=4096", .protocolViolation), ("i=4096,s=AQID", .protocolViolation),
        ])
    func parameters(_ parameters: String, _ expected: SMTPFailureClass) async throws {
        var fixture = try Self.fixture(["SCRAM-SHA-256", "PLAIN"], [])
        fixture.script.scramParameters = parameters
        let outcome = try await fixture.login()
        #expect(outcome.report.failure?.failureClass == expected)
        #expect(outcome.report.failure?.reason == .authAbandoned)
        #expect(outcome.transcript.count("AUTH") == 1)
        #expect(outcome.transcript.lines.last == "*")
    }

    @Test("use each credential once")
    func credentialOnce() async throws {
        var fixture = try Self.fixture(["PLAIN"], [])
        let credential = try Credential(username: "alice", password: Self.secret("pw"))
        fixture.configure = { $0.credential = credential }
        #expect(try await fixture.login().report.outcome == .done)
        let failure = try #require(try await fixture.login().report.failure)
        #expect(failure.failureClass == .config && failure.reason == .authAbandoned)
    }

    @Test("are refused before connecting when none can use the secret")
    func unusable() async throws {
        var fixture = try Self.fixture(["PLAIN"], ["PLAIN"])
        fixture.configure = {
            $0.credential = nil
            $0.token = try? Credential(username: "alice", password: Self.secret("t"))
        }
        let outcome = try await fixture.login()
        #expect(outcome.report.failure?.failureClass == .config)
        #expect(outcome.transcript.sessions == 0)
    }

    @Test("derive keys beside the loop, some at a time")
    func concurrently() async throws {
        let fixture = try Self.fixture(["SCRAM-SHA-256"], [])
        let outcomes = await withTaskGroup(of: SessionReport.Outcome?.self) { group in
            for _ in 0..<8 {
                group.addTask { try? await fixture.login().report.outcome }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes == Array(repeating: .done, count: 8))
    }
}
