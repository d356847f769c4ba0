import Operations
import Sandbox
import Testing
import VaultModel
import VaultStore

@Suite("Dynamic connections")
struct DynamicConnectionTests {
    private func addAlerts(
        _ vault: TestVault, secret: Bool = true, dynamic: Bool = true, _ fields: [String]
    ) async throws {
        try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
        var settings = try vault.settings(secret: secret ? "smtp-pass" : nil)
        settings.dynamic = dynamic
        settings.dynamicFields = fields
        try await vault.ask(
            CreateConnection(name: name("alerts"), environment: .production, settings: settings))
    }

    @Test("A request sets the fields that are listed, for itself alone")
    func listed() async throws {
        try await TestVault.with { vault in
            try await addAlerts(vault, ["from.name", "test_address"])
            let request = try vault.message { $0.overrides = ["from.name=Night shift"] }
            #expect(try await vault.ask(request).status == "sent")
            #expect(try await vault.live.messages().first?.from?.name == "Night shift")
            #expect(try await vault.ask(vault.message()).status == "sent")
            #expect(try await vault.live.messages().first?.from?.name == "")
            let shown = try await vault.ask(
                ShowConnection(reference: try reference("alerts@production")))
            #expect(shown.version == 1)
        }
    }

    @Test(
        "What is not listed is refused with the fields that are",
        arguments: ["title=x", "fromName=x", "default_headers.X-A=b", "properties.x=y", "x", ""])
    func notListed(override: String) async throws {
        try await TestVault.with { vault in
            try await addAlerts(vault, ["from.name"])
            for dryRun in [false, true] {
                let request = try vault.message { message in
                    message.overrides = [override]
                    message.dryRun = dryRun
                }
                let found = await vault.refusal(of: request)
                #expect(found?.exit == .usage)
                #expect(found?.remedy.contains("from.name") == true)
            }
            #expect(try await vault.live.messages().isEmpty)
        }
    }

    @Test("A connection that is not dynamic takes nothing from a request")
    func notDynamic() async throws {
        try await TestVault.with { vault in
            try await addAlerts(vault, dynamic: false, ["from.name"])
            let request = try vault.message { $0.overrides = ["from.name=x"] }
            #expect(await vault.refusal(of: request)?.exit == .usage)
        }
    }

    @Test(
        "Where the mail goes is never a request's together with the stored secret",
        arguments: [
            "host=127.0.0.2", "port=2525", "encryption=none", "tls.server_name=x.example.org",
            "tls.min_version=1.3", "tls.max_version=1.2", "auth.mechanism=LOGIN",
            "failover.targets=127.0.0.2:25",
        ])
    func destination(override: String) async throws {
        try await TestVault.with { vault in
            let field = String(override.prefix { $0 != "=" })
            try await addAlerts(vault, [field])
            let request = try vault.message { $0.overrides = [override] }
            let found = await vault.refusal(of: request)
            #expect(found?.exit == .usage)
            #expect(found?.cause.contains("secret") == true)
            let told = "\(found?.cause ?? "") \(found?.remedy ?? "")"
            #expect(!told.contains("right") && !told.contains("smtp-pass"))
            #expect(try await vault.live.messages().isEmpty)
        }
    }

    @Test("Without a login a request may name the server, under the egress rules")
    func withoutLogin() async throws {
        try await TestVault.with { vault in
            try await addAlerts(vault, secret: false, ["host", "port"])
            try await PlainServer.serving { server, port in
                let request = try vault.message { $0.overrides = ["port=\(port)"] }
                #expect(try await vault.ask(request).status == "sent")
                #expect(server.lines.contains { $0.hasPrefix("MAIL") })
                #expect(!server.lines.contains { $0.hasPrefix("AUTH") })
            }
            let denied = try vault.message { $0.overrides = ["host=10.0.0.1", "port=25"] }
            let report = try await vault.ask(denied)
            #expect(report.status == "failed")
            #expect(report.attempts.map(\.phase) == ["connect"])
            let odd = try vault.message { $0.overrides = ["host=${x} y:25"] }
            #expect(await vault.refusal(of: odd)?.exit == .usage)
        }
    }

    @Test(
        "No connection leaves secrets, proxies and source addresses to requests",
        arguments: [
            "auth.secret_ref", "auth.mode", "source_ip", "proxy", "tls.verify_peer",
            "tls.client_cert_ref", "pop3.host", "dynamic_fields", "from_policy", "capture", "name",
            "secret",
        ])
    func fixed(field: String) async throws {
        try await TestVault.with { vault in
            var settings = try vault.settings(secret: nil)
            settings.dynamic = true
            settings.dynamicFields = [field]
            let request = CreateConnection(
                name: try name("alerts"), environment: .production, settings: settings)
            #expect(await vault.refusal(of: request)?.exit == .usage)
        }
    }
}
