import Operations
import Sandbox
import Testing
import VaultModel
import VaultStore

@Suite("Authors and header fields of messages")
struct AuthorTests {
    /// A policy, an author, and whether they go together.
    struct Case: Sendable, CustomTestStringConvertible {
        let policy: ConnectionSettings.FromPolicy
        let author: String
        let isPermitted: Bool

        init(_ policy: ConnectionSettings.FromPolicy, _ author: String, _ isPermitted: Bool) {
            self.policy = policy
            self.author = author
            self.isPermitted = isPermitted
        }

        var testDescription: String { "\(policy) \(author) \(isPermitted)" }
    }

    static let cases = [
        Case(.fixed, "alerts@example.org", true),
        Case(.fixed, "Alerts@EXAMPLE.org", true),
        Case(.fixed, "boss@example.net", false),
        Case(.fixed, "alerts@sub.example.org", false),
        Case(.allowlist, "alerts@example.org", true),
        Case(.allowlist, "BOSS@example.NET", true),
        Case(.allowlist, "other@example.net", false),
        Case(.allowlist, "x@xn--bcher-kva.example", true),
        Case(.allowlist, "x@XN--BCHER-KVA.example", true),
        Case(.allowlist, "x@bücher.example", true),
        Case(.allowlist, "x@a.bücher.example", false),
        Case(.allowlist, "x@evil-bücher.example", false),
        Case(.any, "anybody@anywhere.example", true),
    ]

    private func settings(
        _ vault: TestVault, _ policy: ConnectionSettings.FromPolicy
    ) throws -> ConnectionSettings {
        var settings = try vault.settings(secret: nil)
        settings.fromPolicy = policy
        settings.fromAllowlist = ["boss@example.net", "@bücher.example"]
        return settings
    }

    @Test("The policy of a connection decides who may be the author", arguments: cases)
    func author(_ item: Case) async throws {
        try await TestVault.with { vault in
            try await vault.ask(
                CreateConnection(
                    name: name("alerts"), environment: .production,
                    settings: settings(vault, item.policy)))
            let message = try vault.message { message in
                message.from = "Somebody <\(item.author)>"
                message.dryRun = true
            }
            let found = await vault.refusal(of: message)
            #expect((found == nil) == item.isPermitted)
            if let found {
                #expect(found.exit == .denied)
                #expect(found.code == "from-not-allowed")
            }
        }
    }

    @Test("The policy holds for every author of a finished message", arguments: cases)
    func raw(_ item: Case) async throws {
        guard item.author.utf8.allSatisfy({ $0 < 0x80 }) else { return }
        try await TestVault.with { vault in
            try await vault.ask(
                CreateConnection(
                    name: name("alerts"), environment: .production,
                    settings: settings(vault, item.policy)))
            for authors in [item.author, "alerts@example.org, Some One <\(item.author)>"] {
                let sender = authors.contains(",") ? "Sender: alerts@example.org\r\n" : ""
                let text = "From: \(authors)\r\n\(sender)Subject: x\r\n\r\nHi\r\n"
                let message = try vault.message { message in
                    message.raw = Base64Text.encode(Array(text.utf8))
                    message.subject = ""
                    message.text = nil
                    message.dryRun = true
                }
                let found = await vault.refusal(of: message)
                #expect((found == nil) == item.isPermitted, "\(authors)")
                if let found { #expect(found.code == "from-not-allowed") }
            }
        }
    }

    @Test("Header fields of the connection are added once, and not over those of the request")
    func headers() async throws {
        try await TestVault.with { vault in
            var settings = try vault.settings(secret: nil)
            settings.defaultHeaders = ["X-Team": "ops", "X-Env": "prod"]
            try await vault.ask(
                CreateConnection(
                    name: name("alerts"), environment: .production, settings: settings))
            func fields(_ headers: [String]) async throws -> [String] {
                let message = try vault.message { message in
                    message.headers = headers
                    message.dryRun = true
                }
                let report = try await vault.ask(message)
                let bytes = try Base64Text.decode(report.message ?? "", field: "message")
                return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
                    .filter { $0.lowercased().hasPrefix("x-") }.map { String($0) }
            }
            #expect(try await fields([]) == ["X-Env: prod", "X-Team: ops"])
            #expect(try await fields(["x-team: me"]) == ["x-team: me", "X-Env: prod"])
        }
    }

    @Test("A connection names each header field once, in any case")
    func twice() async throws {
        try await TestVault.with { vault in
            var settings = try vault.settings(secret: nil)
            settings.defaultHeaders = ["X-Team": "ops", "x-team": "dev"]
            let request = CreateConnection(
                name: try name("alerts"), environment: .production, settings: settings)
            #expect(await vault.refusal(of: request)?.exit == .usage)
        }
    }

    @Test("A connection that captures stores its mail here, and its reports say so")
    func captures() async throws {
        try await TestVault.with { vault in
            var settings = try vault.settings(secret: nil)
            settings.capture = true
            try await vault.ask(
                CreateConnection(
                    name: name("alerts"), environment: .development, settings: settings))
            let report = try await vault.ask(vault.message(.development))
            #expect(report.status == "sent")
            #expect(report.connection.target == "sandbox")
            #expect(report.attempts.map(\.target) == ["sandbox"])
            #expect(try await vault.live.messages().isEmpty)
            let own = try await vault.ask(ListSandboxMessages(inbox: name("default"), limit: 10))
            #expect(own.count == 1)
        }
    }
}
