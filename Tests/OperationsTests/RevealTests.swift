import Access
import Glibc
import Operations
import Testing
import VaultModel
import VaultStore

@Suite("Seeing a value")
struct RevealTests {
    /// The value, or the error.
    private func reveal(
        _ vault: TestVault, _ secret: String = "smtp-pass", reason: String = "INC-42",
        with token: TestToken? = nil
    ) async throws -> Result<String, VaultError> {
        let user = geteuid()
        let caller: Caller =
            try token.map { .token(try parcel($0.text), from: .local(user: user)) }
            ?? .local(user: user)
        do {
            let reply = try await vault.service.perform(
                RevealSecret(name: try name(secret), reason: reason), from: caller)
            return .success(try text(of: try #require(reply.secret)))
        } catch let error as VaultError {
            return .failure(error)
        }
    }

    private func code(_ result: Result<String, VaultError>) -> String? {
        if case .failure(let error) = result { return error.code }
        return nil
    }

    @Test("It is off until somebody turns it on, even for the operator, and each step is recorded")
    func off() async throws {
        try await TestVault.with { vault in
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "c4nary")
            #expect(code(try await reveal(vault)) == "reveal-off")
            #expect(try await vault.ask(ListSettings()).map(\.value) == ["off"])
            try await vault.ask(SetSetting(name: .reveal, value: "on"))
            #expect(try await reveal(vault).get() == "c4nary")
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "another")
            #expect(try await reveal(vault).get() == "another")
            try await vault.ask(SetSetting(name: .reveal, value: "off"))
            #expect(code(try await reveal(vault)) == "reveal-off")
            let entries = try await vault.audit()
            let shown = entries.filter { $0.action == "secret.reveal" }
            #expect(shown.map(\.outcome) == [.denied, .allowed, .allowed, .denied])
            #expect(
                shown.filter { $0.outcome == .allowed }.allSatisfy {
                    $0.detail["reason"] == "INC-42" && $0.object == "secret/smtp-pass"
                })
            #expect(
                entries.filter { $0.action == "setting.set" }.map { $0.detail["value"] }
                    == ["on", "off"])
            #expect(try !json(entries).contains("c4nary"))
        }
    }

    @Test("An owner turns it on, and sees nothing; who broke the glass does")
    func whoMay() async throws {
        try await TestVault.with { vault in
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "c4nary")
            let owner = try await vault.session(of: try await vault.person("owner", "owner"))
            let glass = try await vault.session(of: try await vault.person("glass", "break-glass"))
            #expect(code(try await reveal(vault, with: glass)) == "reveal-off")
            let on = SetSetting(name: .reveal, value: "on")
            #expect(await vault.refusal(of: on, with: owner) == nil)
            #expect(code(try await reveal(vault, with: owner)) == "scope-denied")
            #expect(try await reveal(vault, with: glass).get() == "c4nary")
            for role in RoleTable.all where !role.permissions.contains(.secretReveal) {
                let other = try await vault.session(
                    of: try await vault.person("p-\(role.name)", role.name))
                #expect(code(try await reveal(vault, with: other)) == "scope-denied")
            }
            // The operator may make a role for it; an owner, who lacks it, may not.
            let role = CreateRole(name: try name("keeper"), permissions: [.secretReveal])
            #expect(await vault.refusal(of: role, with: owner)?.code == "escalation")
            try await vault.ask(role)
            let keeper = try await vault.session(of: try await vault.person("keeper", "keeper"))
            #expect(try await reveal(vault, with: keeper).get() == "c4nary")
            #expect((try? TokenScope(parsing: "secret:reveal")) == nil)
        }
    }

    @Test("A reason has 1 to 500 characters")
    func reason() async throws {
        try await TestVault.with { vault in
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "c4nary")
            try await vault.ask(SetSetting(name: .reveal, value: "on"))
            for (reason, isGood) in [
                ("", false), ("  \n", false), ("x", true),
                (String(repeating: "x", count: 500), true),
                (String(repeating: "x", count: 501), false),
            ] {
                #expect((code(try await reveal(vault, reason: reason)) == nil) == isGood)
            }
        }
    }

    @Test("What is not there or kept elsewhere is not shown")
    func elsewhere() async throws {
        try await TestVault.with { vault in
            try await vault.ask(SetSetting(name: .reveal, value: "on"))
            #expect(code(try await reveal(vault, "none")) == "not-found")
            try await vault.ask(SetSecret(name: name("away"), reference: "env://HOME"))
            #expect(code(try await reveal(vault, "away")) == "kept-elsewhere")
            #expect(
                await vault.refusal(of: SetSetting(name: .reveal, value: "maybe"))?.exit == .usage)
        }
    }
}
