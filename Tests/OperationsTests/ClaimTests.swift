import Access
import Glibc
import Operations
import Testing
import VaultModel
import VaultStore

@Suite("The first owner of a tenant")
struct ClaimTests {
    private let password = "correct horse battery"

    /// The token of `vault init`, as the list has it.
    private func listed(_ vault: TestVault) async throws -> TokenSummary {
        try #require(try await vault.ask(ListTokens()).first { $0.kind == .bootstrap })
    }

    @Test("The token of a new vault lasts an hour and may do one thing, once")
    func fresh() async throws {
        try await TestVault.with { vault in
            let token = try #require(vault.bootstrapToken)
            let row = try await listed(vault)
            #expect(row.accessor == token.accessor)
            #expect(row.scopes.map(\.description) == ["tenant:claim"])
            let end = try #require(row.expiresAt)
            // Both are read from the clock, one after the other.
            #expect(end <= row.created.adding(seconds: 3_600))
            #expect(end > row.created.adding(seconds: 3_000))
            #expect(row.usesLeft == 1)
            for operation in OperationName.allCases
            where ![.tenantClaim, .sessionOpen, .tokenAttenuate].contains(operation) {
                let found = try await Attempt.perform(operation, vault, token)
                #expect(found?.exit == .denied, "\(operation.rawValue)")
            }
            let narrowed = AttenuateToken(
                parent: token.accessor, scopes: row.scopes, seconds: 60, label: "",
                conditions: TokenConditions())
            #expect(await vault.refusal(of: narrowed, with: token)?.exit == .denied)
            #expect(try await listed(vault).usesLeft == 1)
        }
    }

    @Test("It makes an owner who logs in with the password, and ends with that")
    func claims() async throws {
        try await TestVault.with { vault in
            let token = try #require(vault.bootstrapToken)
            let alice = ClaimTenant(name: try name("alice"), description: "on call")
            // What is refused takes nothing.
            #expect(await vault.refusal(of: alice, with: token)?.exit == .usage)
            #expect(await vault.refusal(of: alice, with: token, secret: "short")?.exit == .usage)
            let owner = try await vault.ask(alice, with: token, secret: password)
            #expect(owner.roles == ["owner"])
            #expect(owner.kind == .person)
            let session = try await vault.logIn("alice", password).get()
            #expect(await vault.refusal(of: ListPrincipals(), with: session) == nil)

            let bob = ClaimTenant(name: try name("bob"))
            let again = await vault.refusal(of: bob, with: token, secret: password)
            #expect(again?.code == "unauthenticated")
            #expect(try await listed(vault).state == "revoked")
            #expect(await vault.refusal(of: bob, secret: password)?.code == "claimed")
            #expect(try await vault.ask(ListPrincipals()).count == 1)
            let entry = try await vault.audit().first {
                $0.action == "tenant.claim" && $0.outcome == .allowed
            }
            #expect(entry?.actor == "token:\(token.accessor)")
            #expect(entry?.object == "principal/alice")
        }
    }

    @Test("It ends when an owner is made in another way")
    func revoked() async throws {
        try await TestVault.with { vault in
            let token = try #require(vault.bootstrapToken)
            try await vault.person("ada", "viewer")
            // Who owns a part of it is no owner.
            try await vault.person("eve", "owner", environments: [.test])
            #expect(try await listed(vault).state == "active")
            try await vault.person("alice", "owner")
            #expect(try await listed(vault).state == "revoked")
            let found = await vault.refusal(
                of: ClaimTenant(name: try name("bob")), with: token, secret: password)
            #expect(found?.code == "unauthenticated")
        }
    }

    @Test("An owner who is disabled is one: nobody takes a tenant over")
    func disabledOwner() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "owner")
            try await vault.ask(DisablePrincipal(name: alice))
            let token = try await vault.token("tenant:claim")
            let found = await vault.refusal(
                of: ClaimTenant(name: try name("bob")), with: token, secret: password)
            #expect(found?.code == "claimed")
        }
    }

    @Test("A token for it that was narrowed makes an owner, and ends with the one above it")
    func narrowed() async throws {
        try await TestVault.with { vault in
            try await vault.ask(RevokeToken(accessor: try #require(vault.bootstrapToken).accessor))
            let parent = try await vault.token("tenant:claim")
            let child = try await vault.narrowed(parent, by: parent)
            try await vault.ask(
                ClaimTenant(name: try name("alice")), with: child, secret: password)
            for row in try await vault.ask(ListTokens()) { #expect(row.state == "revoked") }
        }
    }

    @Test("Of two who claim at once, one owns the tenant")
    func race() async throws {
        try await TestVault.with { vault in
            let first = try #require(vault.bootstrapToken)
            let second = try await vault.token("tenant:claim")
            let password = password
            let refusals = await withTaskGroup(of: VaultError?.self) { group in
                for (text, token) in [("alice", first), ("bob", second)] {
                    group.addTask {
                        guard let name = try? name(text) else { return nil }
                        return await vault.refusal(
                            of: ClaimTenant(name: name), with: token, secret: password)
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(refusals.filter { $0 == nil }.count == 1)
            #expect(try await vault.ask(ListPrincipals()).count == 1)
        }
    }

    @Test("The operator makes such a token for another tenant; nobody else can")
    func handOver() async throws {
        try await TestVault.with { vault in
            try await vault.ask(CreateTenant(name: try name("acme")))
            let token = try await vault.token(
                of: "acme", scopes: [try TokenScope(parsing: "tenant:claim")])
            try await vault.ask(
                ClaimTenant(name: try name("alice")), with: token, secret: password)
            let own = try await vault.ask(ListPrincipals())
            #expect(own.isEmpty)
            #expect(try await listed(vault).state == "active")

            let carol = try await vault.session(of: vault.person("carol", "platform-admin"))
            let dave = try await vault.session(of: vault.person("dave", "owner"))
            let scopes = [try TokenScope(parsing: "tenant:claim")]
            for session in [carol, dave] {
                let request = CreateToken(scopes: scopes, seconds: nil, label: "")
                #expect(await vault.refusal(of: request, with: session)?.exit == .denied)
                let claim = ClaimTenant(name: try name("eve"))
                let found = await vault.refusal(of: claim, with: session, secret: password)
                #expect(found?.exit == .denied)
            }
        }
    }
}
