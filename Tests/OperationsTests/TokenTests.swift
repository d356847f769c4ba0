import Access
import Glibc
import Operations
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("Tokens")
struct TokenTests {
    @Test("A token that may send through one connection may do nothing else")
    func sendScope() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(
                CreateConnection(
                    name: name("alerts"), environment: .test, settings: vault.settings(secret: nil))
            )
            try await vault.ask(
                CreateConnection(
                    name: name("other"), environment: .production,
                    settings: vault.settings(secret: "smtp-pass")))
            let token = try await vault.token("send:alerts@production")
            #expect(try await vault.ask(vault.message(), with: token).status == "sent")
            let elsewhere = try vault.message { $0.name = (try? name("other")) ?? $0.name }
            let denied = [
                await vault.refusal(of: elsewhere, with: token),
                await vault.refusal(of: try vault.message(.test), with: token),
                await vault.refusal(of: try vault.message(.development), with: token),
                await vault.refusal(of: ListConnections(), with: token),
                await vault.refusal(of: ShowSecret(name: try name("smtp-pass")), with: token),
                await vault.refusal(of: ListSecrets(), with: token),
            ]
            #expect(denied.map { $0?.exit } == Array(repeating: .denied, count: denied.count))
            #expect(
                denied.map { $0?.code } == Array(repeating: "scope-denied", count: denied.count))
            #expect(try await vault.live.messages().count == 1)
            let entries = try await vault.audit().filter { $0.actor == "token:\(token.accessor)" }
            #expect(entries.count { $0.outcome == .denied } == denied.count)
            #expect(entries.contains { $0.outcome == .allowed && $0.action == "message.intent" })
            #expect(
                entries.contains {
                    $0.outcome == .denied && $0.object == "connection/other@production"
                })
        }
    }

    @Test("A denied token learns nothing of what is there")
    func deniedAlike() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let token = try await vault.token("sandbox:read")
            let there = await vault.refusal(
                of: ShowSecret(name: try name("smtp-pass")), with: token)
            let missing = await vault.refusal(of: ShowSecret(name: try name("none")), with: token)
            #expect(there == missing)
        }
    }

    @Test("Revoked, expired, unknown, altered and malformed tokens are refused alike")
    func refusedAlike() async throws {
        try await TestVault.with { vault in
            let revoked = try await vault.token("audit:read")
            try await vault.ask(RevokeToken(accessor: revoked.accessor))
            let scopes = [try TokenScope(parsing: "audit:read")]
            let expired = try await vault.plantToken(
                scopes: scopes, expires: Timestamp.now.adding(seconds: -1))
            let valid = try await vault.plantToken(scopes: scopes, expires: nil)
            let stranger = try TokenText.create()
            let unknown = try text(of: SecretParcel(stranger))
            let request = ListAudit(filter: AuditFilter())
            #expect(await vault.refusal(of: request, with: valid) == nil)
            // The public part of a valid token before the secret part of another has no checksum.
            let mixed = valid.text.prefix(17) + unknown.dropFirst(17)
            var errors: Set<VaultError?> = []
            for text in [revoked.text, expired.text, unknown, String(mixed), "", "sgt_", "x"] {
                errors.insert(
                    await vault.refusal(of: request, with: TestToken(text: text, accessor: "")))
            }
            #expect(errors.count == 1)
            #expect(errors.first??.exit == .denied)
            let refused = try await vault.audit().filter { $0.outcome == .denied }
            #expect(
                refused.map(\.reason) == ["revoked", "expired"]
                    + Array(repeating: "token", count: 5))
            #expect(refused.first?.actor == "token:\(revoked.accessor)")
        }
    }

    @Test("A token is shown once and stored as a hash")
    func shownOnce() async throws {
        try await TestVault.with { vault in
            let token = try await vault.token("audit:read")
            let secret = token.text.dropFirst(17).prefix(43)
            let answers = [
                try json(await vault.ask(ListTokens())),
                try json(await vault.ask(ShowToken(accessor: token.accessor))),
                try json(await vault.audit()),
            ]
            #expect(answers.allSatisfy { $0.contains(token.accessor) && !$0.contains(secret) })
        }
    }

    @Test("A token cannot make tokens of its own choice, whatever its scopes")
    func noChildren() async throws {
        try await TestVault.with { vault in
            let token = try await vault.token("token:issue")
            let found = await vault.refusal(
                of: CreateToken(
                    scopes: [try TokenScope(parsing: "secret:write")], seconds: nil, label: ""),
                with: token)
            #expect(found?.exit == .denied)
            #expect(try await vault.issuedTokens().count == 1)
        }
    }

    @Test("A token's scopes, label and life have bounds")
    func bounds() async throws {
        try await TestVault.with { vault in
            let scope = try TokenScope(parsing: "audit:read")
            func request(_ scopes: Int, _ seconds: Int64?, _ label: Int = 0) -> CreateToken {
                CreateToken(
                    scopes: Array(repeating: scope, count: scopes), seconds: seconds,
                    label: String(repeating: "x", count: label))
            }
            for good in [
                request(1, nil), request(VaultLimits.tokenScopes, 1), request(1, 0),
                request(1, VaultLimits.tokenSeconds), request(1, nil, VaultLimits.titleBytes),
            ] {
                #expect(await vault.refusal(of: good) == nil)
            }
            for bad in [
                request(0, nil), request(VaultLimits.tokenScopes + 1, nil), request(1, -1),
                request(1, VaultLimits.tokenSeconds + 1), request(1, .max), request(1, .min),
                request(1, nil, VaultLimits.titleBytes + 1),
            ] {
                #expect(await vault.refusal(of: bad)?.exit == .usage)
            }
        }
    }

    @Test("Another user of the machine is refused, and that is recorded")
    func foreignUser() async throws {
        try await TestVault.with { vault in
            let found = await #expect(throws: VaultError.self) {
                try await vault.service.perform(ShowStatus(), from: .local(user: geteuid() + 4711))
            }
            #expect(found?.exit == .denied)
            let entry = try await vault.audit().last { $0.reason == "foreign-user" }
            #expect(entry?.outcome == .denied)
            #expect(entry?.action == "vault.status")
        }
    }

    @Test("A token for one inbox reads that inbox alone")
    func inboxes() async throws {
        try await TestVault.with { vault in
            for inbox in ["mine", "theirs"] { try await vault.ask(CreateInbox(name: name(inbox))) }
            let token = try await vault.token("sandbox:read@mine")
            func list(_ inbox: String) throws -> ListSandboxMessages {
                ListSandboxMessages(inbox: try name(inbox), limit: 1)
            }
            #expect(await vault.refusal(of: try list("mine"), with: token) == nil)
            #expect(await vault.refusal(of: try list("MINE"), with: token) == nil)
            #expect(await vault.refusal(of: try list("theirs"), with: token)?.exit == .denied)
            #expect(await vault.refusal(of: try list("default"), with: token)?.exit == .denied)
            #expect(await vault.refusal(of: ListInboxes(), with: token)?.exit == .denied)
            #expect(
                await vault.refusal(
                    of: DeleteSandboxMessages(inbox: try name("mine"), ids: [], all: true),
                    with: token)?.exit == .denied)
        }
    }

    @Test("A session at the sandbox ends when a right that it began with is taken away")
    func rightsTaken() async throws {
        try await TestVault.with { vault in
            let mine = try name("mine")
            let source = RequestSource.local(user: geteuid())
            let alice = try await vault.person("alice", "developer")
            try await vault.ask(CreateRole(name: name("maker"), permissions: [.tokenIssue]))
            try await vault.bind("maker", to: alice)
            let session = try await vault.session(of: alice)
            let made = try await vault.createToken("sandbox:read", "sandbox:write", with: session)
            var tickets: [TokenTicket] = []
            for token in [session, made] {
                let sending = await vault.service.mayDeliver(
                    to: mine, with: try parcel(token.text), from: source)
                if let sending { tickets.append(sending) }
                let reading = await vault.service.mayRead(
                    mine, with: try parcel(token.text), from: source)
                #expect(reading?.mayDelete == true)
                if let reading { tickets.append(reading.ticket) }
            }
            #expect(tickets.count == 3)
            for ticket in tickets { #expect(await vault.service.isValid(ticket)) }
            // Reading alone is left: whoever could delete is asked to log in again.
            try await vault.ask(CreateRole(name: name("reader"), permissions: [.sandboxRead]))
            try await vault.bind("reader", to: alice)
            try await vault.ask(UnbindRole(role: name("developer"), principal: alice))
            for ticket in tickets { #expect(await !vault.service.isValid(ticket)) }
            let again = try #require(
                await vault.service.mayRead(mine, with: try parcel(session.text), from: source))
            #expect(!again.mayDelete)
            #expect(await vault.service.isValid(again.ticket))
        }
    }

    @Test("A login at the sandbox under what is no name is looked up and recorded like others")
    func malformedInbox() async throws {
        try await TestVault.with { vault in
            let right = try await vault.token(["sandbox:send", "sandbox:read"]) { $0.uses = 1 }
            for text in [right.text, "password"] {
                let source = RequestSource.local(user: geteuid())
                #expect(
                    await vault.service.mayDeliver(to: nil, with: try parcel(text), from: source)
                        == nil)
                #expect(
                    await vault.service.mayRead(nil, with: try parcel(text), from: source) == nil)
            }
            let logins = try await vault.audit().filter { $0.action == "sandbox.login" }
            #expect(logins.map(\.object) == Array(repeating: "inbox/malformed", count: 4))
            #expect(logins.map(\.reason) == ["inbox", "inbox", "token", "token"])
            #expect(logins.allSatisfy { $0.outcome == .denied })
            let shown = try await vault.ask(ShowToken(accessor: right.accessor))
            #expect(shown.usesLeft == 1)
        }
    }

    @Test("Delivery to an inbox takes a token for that inbox")
    func mayDeliver() async throws {
        try await TestVault.with { vault in
            let token = try await vault.token("sandbox:send@mine")
            let (mine, theirs) = (try name("mine"), try name("theirs"))
            func admit(_ inbox: ResourceName, _ text: String) async throws -> TokenTicket? {
                await vault.service.mayDeliver(
                    to: inbox, with: try parcel(text), from: .local(user: geteuid()))
            }
            let ticket = try #require(try await admit(mine, token.text))
            #expect(try await admit(theirs, token.text) == nil)
            #expect(try await admit(mine, "password") == nil)
            #expect(await vault.service.isValid(ticket))
            try await vault.ask(RevokeToken(accessor: token.accessor))
            #expect(await !vault.service.isValid(ticket), "a session that runs is told")
            #expect(try await admit(mine, token.text) == nil)
            let logins = try await vault.audit().filter { $0.action == "sandbox.login" }
            #expect(logins.map(\.outcome) == [.allowed, .denied, .denied, .denied])
        }
    }
}
