import Operations
import Sandbox
import Testing
import VaultModel
import VaultStore

@Suite("Sending")
struct SendingTests {
    /// A change of a message that would put lines into it, with a name for people.
    struct Injection: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let apply: @Sendable (inout SendMessage) -> Void

        init(_ name: String, _ apply: @escaping @Sendable (inout SendMessage) -> Void) {
            testDescription = name
            self.apply = apply
        }
    }

    static let injections = [
        Injection("line in the subject") { $0.subject = "a\r\nBcc: x@example.org" },
        Injection("line feed in the subject") { $0.subject = "a\nBcc: x@example.org" },
        Injection("carriage return in the subject") { $0.subject = "a\rb" },
        Injection("NUL in the subject") { $0.subject = "a\u{0}b" },
        Injection("line in a recipient") { $0.to = ["a@example.org\r\nRCPT TO:<b@example.org>"] },
        Injection("line in Cc") { $0.cc = ["a@example.org\nBcc: b@example.org"] },
        Injection("line in Bcc") { $0.bcc = ["a@example.org>\r\nDATA"] },
        Injection("parameter in a recipient") { $0.to = ["<a@example.org> NOTIFY=NEVER"] },
        Injection("line in a name") { $0.to = ["A\r\nBcc: b@example.org <a@example.org>"] },
        Injection("line in the author") { $0.from = "a@example.org\r\nX: y" },
        Injection("line in a header's value") { $0.headers = ["X-A: b\r\nBcc: c@example.org"] },
        Injection("line in a header's name") { $0.headers = ["X-A\r\nBcc: c@example.org"] },
        Injection("header without a colon") { $0.headers = ["X-A"] },
        Injection("header of the composer") { $0.headers = ["Bcc: c@example.org"] },
        Injection("header of mail servers") { $0.headers = ["Received: from x"] },
        Injection("line in a file name") {
            $0.attachments = [
                OutgoingAttachment(
                    filename: "a\r\nX: y", contentType: nil, content: "eA==")
            ]
        },
        Injection("line in a media type") {
            $0.attachments = [
                OutgoingAttachment(
                    filename: "a", contentType: "text/plain\r\nX: y", content: "eA==")
            ]
        },
        Injection("attachment that is not base64") {
            $0.attachments = [OutgoingAttachment(filename: "a", contentType: nil, content: "!")]
        },
        Injection("no recipient") { $0.to = [] },
        Injection("recipient that is no address") { $0.to = ["nobody"] },
    ]

    @Test(
        "What would put lines into a message or command is refused with exit 2",
        arguments: injections)
    func injection(_ injection: Injection) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            for dryRun in [false, true] {
                let request = try vault.message { message in
                    injection.apply(&message)
                    message.dryRun = dryRun
                }
                #expect(await vault.refusal(of: request)?.exit == .usage)
                let entry = try await vault.audit().last { $0.action == "message.send" }
                #expect(entry?.outcome == .failed)
            }
            #expect(try await vault.live.messages().isEmpty)
            #expect(try await vault.ask(ListOutbox(limit: 10)).isEmpty)
        }
    }

    @Test("A message has at most 1000 recipients", arguments: [1000, 1001])
    func recipients(count: Int) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let request = try vault.message { message in
                message.to = (0..<count / 2).map { "a\($0)@example.org" }
                message.bcc = (count / 2..<count).map { "a\($0)@example.org" }
                message.dryRun = true
            }
            let found = await vault.refusal(of: request)
            #expect(found?.exit == (count > VaultLimits.recipients ? .usage : nil))
        }
    }

    @Test("A dry run composes the message and opens nothing")
    func dryRun() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(password: "wrong")
            let report = try await vault.ask(vault.message { $0.dryRun = true })
            #expect(report.status == "dry_run")
            #expect(report.recipients.map(\.status) == ["planned"])
            #expect(report.attempts.isEmpty)
            let bytes = try Base64Text.decode(try #require(report.message), field: "message")
            let content = String(decoding: bytes, as: UTF8.self)
            #expect(content.contains("Subject: Disk full\r\n"))
            #expect(try await vault.ask(ListOutbox(limit: 10)).isEmpty)
        }
    }

    @Test("Recipients of Bcc get the message and stand nowhere in it")
    func bcc() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let report = try await vault.ask(vault.message { $0.bcc = ["hidden@example.org"] })
            #expect(report.recipients.map(\.address) == ["ops@example.net", "hidden@example.org"])
            let inbox = try name("default")
            let raw = try await vault.live.store.raw(.latest, in: inbox)
            #expect(!String(decoding: raw, as: UTF8.self).contains("hidden"))
            let envelope = try await vault.live.messages()[0].envelope
            #expect(envelope.rcptTo == ["ops@example.net", "hidden@example.org"])
            #expect(envelope.mailFrom == "alerts@example.org")
        }
    }

    @Test("A refused login is an answer with status failed, and nothing is sent")
    func wrongPassword() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(password: "wrong")
            let report = try await vault.ask(vault.message())
            #expect(report.status == "failed")
            #expect(report.attempts.map(\.class) == ["credential"])
            #expect(try await vault.live.messages().isEmpty)
            let entry = try await vault.audit().last { $0.action == "message.send" }
            #expect(entry?.outcome == .failed)
            #expect(entry?.reason == "credential")
            #expect(try await vault.ask(ListOutbox(limit: 10)).map(\.status) == ["failed"])
        }
    }

    @Test("The intent is in the audit log before the outcome, and both name the message")
    func intent() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let report = try await vault.ask(vault.message())
            let entries = try await vault.audit().filter { $0.action.hasPrefix("message.") }
            #expect(entries.map(\.action) == ["message.intent", "message.send"])
            #expect(entries.map(\.outcome) == [.allowed, .allowed])
            let id = report.id.dropFirst("msg_".count)
            #expect(entries.allSatisfy { $0.detail["message"].map { $0 == id } ?? false })
            let shown = try await vault.ask(ShowMessage(id: report.id))
            #expect(shown.status == "sent")
            #expect(shown.messageId == report.messageId)
        }
    }

    @Test("Every failed operation leaves an audit entry with its code")
    func failuresAreRecorded() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let failures: [(String, VaultError?)] = [
                ("secret.show", await vault.refusal(of: ShowSecret(name: try name("none")))),
                ("secret.set", await vault.refusal(of: SetSecret(name: try name("x")), secret: "")),
                (
                    "secret.delete",
                    await vault.refusal(
                        of: DeleteSecret(name: try name("smtp-pass"), force: false))
                ),
                (
                    "connection.update",
                    await vault.refusal(
                        of: UpdateConnection(
                            reference: try reference("alerts"), assignments: ["port=0"],
                            retarget: false))
                ),
                (
                    "certificate.add",
                    await vault.refusal(of: AddCertificate(name: try name("x"), pem: "no PEM"))
                ),
                ("message.send", await vault.refusal(of: try vault.message(.development))),
                ("outbox.list", await vault.refusal(of: ListOutbox(limit: 0))),
                (
                    "sandbox.list",
                    await vault.refusal(
                        of: ListSandboxMessages(inbox: try name("none"), limit: 1))
                ),
            ]
            let entries = try await vault.audit().filter { $0.outcome == .failed }
            #expect(entries.map(\.action) == failures.map(\.0))
            #expect(entries.map(\.reason) == failures.map { $0.1?.code ?? "" })
        }
    }
}
