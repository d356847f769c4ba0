import SMTPClient
import SMTPCore
import Testing
import VaultModel

@Suite("The credential of a session with a hostile server")
struct CredentialLeakTests {
    /// What a server may do at any step: `%` stands for the code that the step waits for.
    static let behaviours: [(name: String, step: @Sendable (String) -> Step)] = [
        ("closes", { _ in .close }),
        ("says nothing", { _ in .silence }),
        ("drips", { .drip("\($0)-slow\r\n") }),
        ("floods with a reply that never ends", { .flood("\($0)-more\r\n") }),
        ("floods with a line that never ends", { .flood("\($0) more and more ") }),
        ("says NUL", { .raw(Array("\($0) \0\0\r\n".utf8) + [0, 0, 13, 10]) }),
        ("answers what was not asked", { .raw(Array("\($0) ok\r\n235 ok\r\n334 \r\n".utf8)) }),
        ("challenges", { _ in .reply("334 " + base64("Password:")) }),
        ("speaks HTTP", { _ in .raw(Array("HTTP/1.1 200 OK\r\n\r\n".utf8)) }),
        ("refuses for now", { _ in .reply("451 4.3.0 later") }),
        ("refuses", { _ in .reply("554 5.7.1 no") }),
    ]

    static let steps = [
        ("greeting", "220"), ("EHLO", "250"), ("STARTTLS", "220"), ("EHLO+", "250"),
    ]

    @Test("does not leave before AUTH, whatever the server does", arguments: steps)
    func beforeAuth(_ step: String, _ code: String) async throws {
        for behaviour in Self.behaviours {
            var fixture = try Fixture.secure(.starttls)
            fixture.timeouts.request = .milliseconds(120)
            fixture.timeouts.tls = .milliseconds(120)
            fixture.attemptLimit = .milliseconds(600)
            fixture.script.steps[step] = behaviour.step(code)
            let outcome = try await fixture.send()
            // A NUL inside a reply is replaced, and what follows it is the next reply's fault.
            #expect(outcome.report.failure != nil, "\(behaviour.name)")
            #expect(!outcome.transcript.sawEnd, "\(behaviour.name)")
            #expect(outcome.report.elapsed < Fixture.patience, "\(behaviour.name)")
            #expect(outcome.openHandles == 0, "\(behaviour.name)")
            let lines = outcome.transcript.lines.joined(separator: "\n")
            #expect(!lines.contains("AUTH") && !lines.contains("MAIL"), "\(behaviour.name)")
            for form in MechanismTests.forms(Fixture.password) {
                expect(outcome.transcript.wire, lack: form)
                #expect(!lines.contains(form), "\(behaviour.name)")
                #expect(!"\(outcome.report)".contains(form), "\(behaviour.name)")
            }
        }
    }

    @Test(
        "does not leave in a challenge and response, whatever the server does",
        arguments: ["CRAM-MD5", "SCRAM-SHA-256", "SCRAM-SHA-512-PLUS"])
    func duringAuth(_ mechanism: String) async throws {
        let challenges: [Step] = [
            .reply("334 " + String(repeating: "A", count: 20_000)),
            .flood("334 " + String(repeating: "A", count: 1000)), .flood("334 QUFB\r\n"),
            .raw(Array("334 QU\0B\r\n".utf8)), .reply("334-QUFB\r\n334 QUFB"), .reply("334"),
            .reply("334 ="), .reply("334 " + base64("Password:")),
            .raw(Array("334 QUFB\r\n334 QUFB\r\n235 ok\r\n".utf8)),
            .reply("235-2.7.0 a\r\n234 b"), .reply("354 go"), .close,
        ]
        let waits: [Step] = [.drip("334 QUFB"), .silence]
        for (step, isEndless) in challenges.map({ ($0, false) }) + waits.map({ ($0, true) }) {
            var fixture = try MechanismTests.fixture([mechanism, "PLAIN"], [mechanism])
            fixture.script.steps["AUTH"] = step
            let outcome =
                isEndless
                ? try await fixture.sendInVain(until: .auth) : try await fixture.send()
            #expect(outcome.report.failure?.phase == .auth)
            #expect(!outcome.report.isAuthenticated)
            #expect(outcome.transcript.count("MAIL") == 0)
            #expect(outcome.report.elapsed < Fixture.patience)
            #expect(outcome.openHandles == 0)
            let lines = outcome.transcript.lines.joined(separator: "\n")
            for form in MechanismTests.forms(Fixture.password) {
                expect(outcome.transcript.wire, lack: form)
                #expect(!lines.contains(form))
                #expect(!"\(outcome.report)".contains(form))
            }
        }
    }

    @Test("does not go in clear to a proxy's idea of this machine")
    func loopbackBehindProxy() async throws {
        var fixture = Fixture()
        fixture.script.capabilities = ["AUTH PLAIN"]
        fixture.inClear = true
        fixture.script.isProxied = true
        let outcome = try await fixture.login()
        #expect(outcome.report.failure?.reason == .authNeedsTLS)
        for form in MechanismTests.forms(Fixture.password) + ["AUTH"] {
            expect(outcome.transcript.wire, lack: form)
        }
    }
}
