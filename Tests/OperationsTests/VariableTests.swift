import Operations
import Testing
import VaultModel
import VaultStore

@Suite("Variables")
struct VariableTests {
    /// Makes `alerts` in an environment, with fields that hold variables.
    private func addAlerts(
        _ vault: TestVault, _ environment: DeploymentEnvironment = .production,
        _ change: (inout ConnectionSettings) -> Void = { $0.host = "${mail_host}" }
    ) async throws {
        try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
        var settings = try vault.settings(secret: "smtp-pass")
        change(&settings)
        try await vault.ask(
            CreateConnection(
                name: name("alerts"), environment: environment, settings: settings))
    }

    private func set(
        _ vault: TestVault, _ name: String, _ value: String,
        _ environment: DeploymentEnvironment? = nil
    ) async throws {
        try await vault.ask(
            SetVariable(name: ResourceName(name), environment: environment, value: value))
    }

    @Test("An environment's own value holds before the one of all environments")
    func precedence() async throws {
        try await TestVault.with { vault in
            for environment in DeploymentEnvironment.allCases where environment != .test {
                try await addAlerts(vault, environment) { $0.from.name = "From ${who}" }
            }
            try await set(vault, "who", "all")
            try await set(vault, "who", "production", .production)
            func sender(_ environment: DeploymentEnvironment) async throws -> String {
                let report = try await vault.ask(vault.message(environment) { $0.dryRun = true })
                let bytes = try Base64Text.decode(report.message ?? "", field: "message")
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
                return String(lines.first { $0.hasPrefix("From: ") } ?? "")
            }
            #expect(try await sender(.production).contains("From production"))
            #expect(try await sender(.development).contains("From all"))
            try await vault.ask(UnsetVariable(name: name("who"), environment: .production))
            #expect(try await sender(.production).contains("From all"))
            let again = UnsetVariable(name: try name("who"), environment: .production)
            #expect(await vault.refusal(of: again)?.exit == .notFound)
        }
    }

    @Test("An undefined variable is an error that names the field and the variable")
    func undefined() async throws {
        try await TestVault.with { vault in
            try await addAlerts(vault)
            let found = await vault.refusal(of: try vault.message())
            #expect(found?.exit == .usage)
            #expect(found?.cause.contains("host") == true)
            #expect(found?.cause.contains("'mail_host'") == true)
            #expect(try await vault.ask(ListOutbox(limit: 10)).isEmpty)
        }
    }

    @Test("A variable that moves the host closes the secret, and going back opens it")
    func destination() async throws {
        try await TestVault.with { vault in
            try await set(vault, "mail_host", "127.0.0.1")
            try await addAlerts(vault)
            #expect(try await vault.ask(vault.message()).status == "sent")
            for place in [nil, DeploymentEnvironment.production] {
                try await set(vault, "mail_host", "127.0.0.2", place)
                #expect(await vault.refusal(of: try vault.message())?.code == "destination-changed")
                let shown = try await vault.ask(
                    ShowConnection(reference: try reference("alerts@production")))
                #expect(shown.secretBound == false)
                try await set(vault, "mail_host", "127.0.0.1", place)
                #expect(try await vault.ask(vault.message()).status == "sent")
            }
        }
    }

    @Test("Values are not looked through again")
    func once() async throws {
        try await TestVault.with { vault in
            try await set(vault, "one", "${two} $${three} ${")
            try await set(vault, "two", "secret")
            try await addAlerts(vault) { $0.defaultHeaders["X-One"] = "${one}; $${two}" }
            let report = try await vault.ask(vault.message { $0.dryRun = true })
            let bytes = try Base64Text.decode(report.message ?? "", field: "message")
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.contains("X-One: ${two} $${three} ${; ${two}\r\n"))
            #expect(try await vault.ask(vault.message()).status == "sent")
        }
    }

    @Test(
        "What a variable puts into a host or address is checked like any other",
        arguments: [
            "127.0.0.1:2525", "127.0.0.1:25 ${x}", "a b", "user@127.0.0.1", "smtp://127.0.0.1",
            "::1]", "${x}", "$", "",
        ])
    func smuggling(value: String) async throws {
        try await TestVault.with { vault in
            try await set(vault, "mail_host", "127.0.0.1")
            try await set(vault, "domain", "example.org")
            try await addAlerts(vault) { settings in
                settings.host = "${mail_host}"
                settings.localDomain = "${domain}"
                settings.from.address = "alerts@${domain}"
            }
            try await set(vault, "mail_host", value)
            #expect(await vault.refusal(of: try vault.message())?.exit == .usage)
            try await set(vault, "mail_host", "127.0.0.1")
            try await set(vault, "domain", value)
            #expect(await vault.refusal(of: try vault.message())?.exit == .usage)
            #expect(try await vault.live.messages().isEmpty)
        }
    }

    @Test("A value is one line of at most 4096 bytes")
    func values() async throws {
        try await TestVault.with { vault in
            for text in ["a\r\nb", "a\nb", "a\u{0}", "a\u{7f}", "\t"] {
                let request = SetVariable(name: try name("x"), environment: nil, value: text)
                #expect(await vault.refusal(of: request)?.exit == .usage)
            }
            for count in [VaultLimits.variableBytes, VaultLimits.variableBytes + 1] {
                let request = SetVariable(
                    name: try name("x"), environment: nil,
                    value: String(repeating: "v", count: count))
                let found = await vault.refusal(of: request)?.exit
                #expect(found == (count > VaultLimits.variableBytes ? .usage : nil))
            }
        }
    }

    @Test("A list has the variables that hold in an environment")
    func list() async throws {
        try await TestVault.with { vault in
            try await set(vault, "a", "1")
            try await set(vault, "a", "2", .production)
            try await set(vault, "A", "3", .test)
            func values(_ environment: DeploymentEnvironment?) async throws -> [String] {
                try await vault.ask(ListVariables(environment: environment)).map(\.value).sorted()
            }
            #expect(try await values(nil) == ["1", "2", "3"])
            #expect(try await values(.production) == ["1", "2"])
            #expect(try await values(.development) == ["1"])
        }
    }

    @Test("A rotation looks at what variables come to as a message does")
    func rotation() async throws {
        try await TestVault.with { vault in
            try await set(vault, "domain", "example.org")
            try await addAlerts(vault) { $0.localDomain = "${domain}" }
            try await set(vault, "domain", "a b")
            let request = RotateSecret(name: try name("smtp-pass"), connection: nil)
            #expect(await vault.refusal(of: request, secret: "right")?.exit == .usage)
        }
    }
}
