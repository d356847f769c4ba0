import Delivery
import HTTPTestServer
import Operations
import SMTPDiagnosis
import TLS
import Testing
import VaultModel
import VaultStore

@Suite("Logins with access tokens")
struct OAuthLoginTests {
    private static let granted =
        #"{"access_token":"right","token_type":"Bearer","expires_in":3600}"#
    private static let rotated =
        #"{"access_token":"right","token_type":"Bearer","expires_in":3600,"#
        + #""refresh_token":"second-canary"}"#
    private static let refused = #"{"error":"invalid_grant"}"#

    /// Runs `body` with a token endpoint and a connection `alerts` that logs in by XOAUTH2.
    private func withEndpoint(
        _ answers: [ScriptedAnswer], host: String = "127.0.0.1", file: Bool = false,
        _ body: @escaping @Sendable (TestVault, ScriptedHTTPServer) async throws -> Void
    ) async throws {
        let egress = try EgressPolicy(allow: "127.0.0.1/32", ports: "any")
        try await TestVault.with(.init(egress: egress)) { vault in
            let authority = try CertificateAuthority(commonName: "Test Authority")
            let pem = String(decoding: try authority.certificate.pem(), as: UTF8.self)
            let identity = try authority.issue(names: ["127.0.0.1", "127.0.0.2"])
            try await ScriptedHTTPServer.serving(answers, identity: identity) { server, port, _ in
                let client =
                    #"{"client_id":"id","refresh_token":"first-canary","token_endpoint":"#
                    + "\"https://\(host):\(port)/token\"}"
                let path = vault.folder.file("client.json")
                write(client, to: path)
                try await vault.ask(
                    SetSecret(
                        name: name("client"), kind: .oauth2Client,
                        reference: file ? "file://\(path)" : nil),
                    secret: file ? nil : client)
                try await vault.ask(
                    AddCertificate(
                        name: name("ca"), pem: read(vault.live.authorityPath) + "\n" + pem))
                var settings = try vault.settings(secret: "client")
                settings.encryption = .starttls
                settings.tls.caRef = try name("ca")
                settings.auth.mechanisms = ["XOAUTH2"]
                try await vault.ask(
                    CreateConnection(
                        name: name("alerts"), environment: .production, settings: settings))
                try await body(vault, server)
            }
        }
    }

    @Test("A connection gets in with the granted token, which later sessions share")
    func getsIn() async throws {
        try await withEndpoint([.json(200, Self.granted)]) { vault, server in
            for _ in 1...2 {
                let report = try await vault.ask(vault.message())
                #expect(report.status == "sent", "\(report.attempts)")
            }
            #expect(try await vault.live.lastIdentity() == "user")
            #expect(server.requests.count == 1)
            #expect(server.requests.first?.contains("refresh_token=first-canary") == true)
        }
    }

    @Test("A rotated refresh token is stored before the login, and used from then on")
    func rotation() async throws {
        try await withEndpoint([.json(200, Self.rotated), .json(200, Self.granted)]) {
            vault, server in
            #expect(try await vault.ask(vault.message()).status == "sent")
            let entries = try await vault.audit()
            let stored = try #require(entries.firstIndex { $0.action == "secret.renew" })
            let sent = try #require(
                entries.firstIndex { $0.action == "message.send" && $0.outcome == .allowed })
            #expect(stored < sent)
            #expect(entries[stored].object == "secret/client")
            vault.live.setPassword("changed")
            #expect(try await vault.ask(vault.message()).status == "failed")
            vault.live.setPassword("right")
            #expect(try await vault.ask(vault.message()).status == "sent")
            #expect(server.requests.count == 2)
            #expect(server.requests.last?.contains("refresh_token=second-canary") == true)
            let shown = try await vault.ask(ShowSecret(name: name("client")))
            #expect(shown.currentVersion == 1)
            let told = try json(entries)
            #expect(!told.contains("canary"))
        }
    }

    @Test("A rotated refresh token is sealed for where the connection points by then")
    func rebound() async throws {
        try await withEndpoint([.json(200, Self.rotated), .json(200, Self.granted)]) {
            vault, server in
            let alerts = try reference("alerts@production")
            #expect(try await vault.ask(vault.message()).status == "sent")
            try await vault.ask(
                UpdateConnection(
                    reference: alerts, assignments: ["tls.min_version=1.3"], retarget: true))
            #expect(try await vault.ask(vault.message()).status == "sent")
            #expect(try await vault.ask(VerifyAudit(deep: true)).ok)
        }
    }

    @Test("A rotated refresh token that cannot be stored means no login")
    func notStored() async throws {
        try await withEndpoint([.json(200, Self.rotated)], file: true) { vault, server in
            for _ in 1...2 {
                let found = await vault.refusal(of: try vault.message())
                #expect(found?.exit != nil)
                #expect(found?.cause.contains("kept elsewhere") == true)
                #expect(found?.cause.contains("canary") == false)
            }
            #expect(server.requests.count == 1)
            #expect(try await vault.live.messages().isEmpty)
        }
    }

    @Test("A refused refresh token is a refused credential, and asked for once")
    func refused() async throws {
        try await withEndpoint([.json(400, Self.refused)]) { vault, server in
            for _ in 1...2 {
                let found = await vault.refusal(of: try vault.message())
                #expect(found?.exit == .failed)
                #expect(found?.code == "auth-failed")
            }
            #expect(server.requests.count == 1)
            #expect(
                try await vault.ask(ListOutbox(limit: 10)).map(\.status) == ["failed", "failed"])
            let alerts = try reference("alerts@production")
            let report = try await vault.ask(TestConnection(reference: alerts))
            #expect(!report.ok)
            // Everything before the login has been looked at all the same.
            let failed = try #require(report.steps.first { $0.status == .fail })
            #expect(failed.step == .auth && failed.cause != nil && failed.action != nil)
            let asGood = report.steps.filter { $0.status == .ok }.map(\.step)
            #expect(asGood.contains(.tls) && asGood.contains(.ehloTLS))
            let asked = server.requests.count
            let early = TestConnection(reference: alerts, until: .ehloTLS)
            #expect(try await vault.ask(early).ok)
            #expect(server.requests.count == asked)
        }
    }

    @Test("A token that the mail server refuses is not offered again")
    func discards() async throws {
        try await withEndpoint([.json(200, Self.granted)]) { vault, server in
            vault.live.setPassword("changed")
            #expect(try await vault.ask(vault.message()).status == "failed")
            #expect(server.requests.count == 1)
            let test = TestConnection(reference: try reference("alerts@production"))
            #expect(try await vault.ask(test).ok == false)
            #expect(server.requests.count == 2)
            vault.live.setPassword("right")
            #expect(try await vault.ask(vault.message()).status == "sent")
            #expect(server.requests.count == 3)
        }
    }

    @Test("The token endpoint is under the egress rules")
    func egress() async throws {
        try await withEndpoint([.json(200, Self.granted)], host: "127.0.0.2") { vault, server in
            let found = await vault.refusal(of: try vault.message())
            #expect(found?.code == "token-endpoint")
            #expect(found?.exit == .unreachable)
            #expect(server.connections == 0)
        }
    }
}
