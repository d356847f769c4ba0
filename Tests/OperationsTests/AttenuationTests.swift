import Access
import Glibc
import Operations
import Sealing
import Testing
import VaultModel
import VaultStore

@Suite("Tokens narrowed from others")
struct AttenuationTests {
    private func audit() -> ListAudit { ListAudit(filter: AuditFilter()) }

    @Test("A token makes a narrower one of itself, which may do no more")
    func narrower() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let parent = try await vault.token("send:*@production", "audit:read")
            let child = try await vault.narrowed(
                parent, by: parent, scopes: ["send:alerts@production"]
            ) { $0.recipientDomains = [try RecipientDomain(parsing: "example.net")] }
            #expect(await vault.refusal(of: audit(), with: parent) == nil)
            #expect(await vault.refusal(of: audit(), with: child)?.code == "scope-denied")
            #expect(try await vault.ask(vault.message(), with: child).status == "sent")
            let outside = try vault.message { $0.to = ["a@example.com"] }
            #expect(await vault.refusal(of: outside, with: parent) == nil)
            #expect(await vault.refusal(of: outside, with: child)?.code == "recipient-not-allowed")
            let shown = try await vault.ask(ShowToken(accessor: child.accessor))
            #expect(shown.parent == parent.accessor)
            #expect(shown.issuer == "token:\(parent.accessor)")
        }
    }

    @Test("A token counts only while all that it was narrowed from do")
    func brokenChain() async throws {
        try await TestVault.with { vault in
            let parent = try await vault.token("sandbox:send@mine")
            let child = try await vault.narrowed(parent, by: parent)
            let grandchild = try await vault.narrowed(child, by: child)
            func admit() async throws -> TokenTicket? {
                await vault.service.mayDeliver(
                    to: try name("mine"), with: try parcel(grandchild.text),
                    from: .local(user: geteuid()))
            }
            let ticket = try #require(try await admit())
            #expect(await vault.service.isValid(ticket))
            // As though revoking had passed those below over.
            try await vault.service.store.transaction { transaction in
                guard var record = try transaction.tokenOrDecoy(accessor: parent.accessor) else {
                    throw StoreError.tampered(what: "the token")
                }
                record.state = .revoked
                try transaction.update(record)
            }
            #expect(await !vault.service.isValid(ticket))
            #expect(try await admit() == nil)
            for token in [child, grandchild] {
                let found = await vault.refusal(of: ListInboxes(), with: token)
                #expect(found?.code == "unauthenticated")
            }
            let last = try await vault.audit().last { $0.outcome == .denied }
            #expect(last?.reason == "revoked")
        }
    }

    @Test("What is left open is as with the parent")
    func inherited() async throws {
        try await TestVault.with { vault in
            let parent = try await vault.token(["send:*@test"], seconds: 3600) {
                $0.from = [try SenderPattern(parsing: "@example.org")]
                $0.daily = 5
                $0.uses = 9
            }
            let child = try await vault.narrowed(parent)
            let above = try await vault.ask(ShowToken(accessor: parent.accessor))
            let below = try await vault.ask(ShowToken(accessor: child.accessor))
            #expect(below.scopes == above.scopes)
            #expect(below.conditions == above.conditions)
            #expect(below.expiresAt == above.expiresAt)
            let forever = try await vault.token(["send:*@test"], seconds: 0)
            let bounded = try await vault.narrowed(forever)
            #expect(try await vault.ask(ShowToken(accessor: bounded.accessor)).expiresAt != nil)
            let same = try await vault.narrowed(forever, seconds: 0)
            #expect(try await vault.ask(ShowToken(accessor: same.accessor)).expiresAt == nil)
        }
    }

    @Test("A wider child is refused, with the dimension named")
    func wider() async throws {
        try await TestVault.with { vault in
            let parent = try await vault.token(["send:a*@test"], seconds: 3600) {
                $0.from = [try SenderPattern(parsing: "@example.org")]
                $0.rate = try TokenRate(parsing: "5/m")
                $0.uses = 9
            }
            func refusal(
                scopes: [String] = [], seconds: Int64? = nil,
                _ change: (inout TokenConditions) throws -> Void = { _ in }
            ) async throws -> VaultError? {
                var conditions = TokenConditions()
                try change(&conditions)
                return await vault.refusal(
                    of: AttenuateToken(
                        parent: parent.accessor,
                        scopes: try scopes.map { try TokenScope(parsing: $0) }, seconds: seconds,
                        label: "", conditions: conditions), with: parent)
            }
            let found: [(String, VaultError?)] = [
                ("scope send:*@test", try await refusal(scopes: ["send:ab@test", "send:*@test"])),
                ("scope audit:read", try await refusal(scopes: ["audit:read"])),
                ("scope send:a@production", try await refusal(scopes: ["send:a@production"])),
                (
                    "from",
                    try await refusal { $0.from = [try SenderPattern(parsing: "a@example.com")] }
                ),
                ("rate", try await refusal { $0.rate = try TokenRate(parsing: "6/m") }),
                ("uses", try await refusal { $0.uses = 10 }),
                ("expires_at", try await refusal(seconds: 7200)),
                ("expires_at", try await refusal(seconds: 0)),
            ]
            for (dimension, error) in found {
                #expect(error?.code == "wider-than-parent")
                #expect(error?.exit == .denied)
                #expect(error?.cause.hasSuffix(": \(dimension)") == true, "\(dimension)")
            }
            let entries = try await vault.audit().filter { $0.action == "token.attenuate" }
            #expect(entries.count == found.count)
            #expect(entries.allSatisfy { $0.outcome == .denied })
            #expect(try await vault.issuedTokens().count == 1)
        }
    }

    @Test("A token narrows itself and no other, whatever its scopes")
    func ownAlone() async throws {
        try await TestVault.with { vault in
            let issuer = try await vault.token("token:issue", "token:list")
            let strong = try await vault.token("secret:write")
            let child = try await vault.narrowed(issuer, by: issuer)
            func refusal(_ accessor: String) async -> VaultError? {
                await vault.refusal(
                    of: AttenuateToken(
                        parent: accessor, scopes: [], seconds: nil, label: "",
                        conditions: TokenConditions()), with: issuer)
            }
            for accessor in [strong.accessor, child.accessor, "none"] {
                #expect(await refusal(accessor)?.exit == .denied)
            }
            #expect(await refusal(issuer.accessor) == nil)
            let missing = AttenuateToken(
                parent: "none", scopes: [], seconds: nil, label: "", conditions: TokenConditions())
            #expect(
                await vault.refusal(of: missing)?.exit == .notFound, "the operator's is looked for")
        }
    }

    @Test("What a child uses up is used up of every token above it")
    func shared() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let parent = try await vault.token(["send:*@production"]) {
                $0.daily = 3
                $0.uses = 20
            }
            let child = try await vault.narrowed(parent) { $0.uses = 10 }
            let grandchild = try await vault.narrowed(child) { $0.daily = 2 }
            let sibling = try await vault.narrowed(parent)
            func left(_ token: TestToken) async throws -> Int? {
                try await vault.ask(ShowToken(accessor: token.accessor)).usesLeft
            }
            for _ in 1...2 { try await vault.ask(vault.message(), with: grandchild) }
            #expect(
                await vault.refusal(of: try vault.message(), with: grandchild)?.code
                    == "quota-exceeded")
            #expect(try await left(grandchild) == 8)
            #expect(try await left(child) == 8)
            #expect(try await left(parent) == 18)
            #expect(try await left(sibling) == 20)
            try await vault.ask(vault.message(), with: sibling)
            for token in [sibling, child, parent] {
                #expect(
                    await vault.refusal(of: try vault.message(), with: token)?.code
                        == "quota-exceeded")
            }
            #expect(try await vault.live.messages().count == 3)
            #expect(try await left(parent) == 17)
        }
    }

    @Test("Revoking a token revokes all that were narrowed from it, and no other")
    func cascade() async throws {
        try await TestVault.with { vault in
            let root = try await vault.token("connection:read")
            let left = try await vault.narrowed(root)
            let right = try await vault.narrowed(root)
            let below = try await vault.narrowed(left)
            let deepest = try await vault.narrowed(below, by: below)
            let stranger = try await vault.token("connection:read")
            let first = try await vault.ask(RevokeToken(accessor: left.accessor))
            #expect(first.state == "revoked")
            #expect(Set(first.descendants) == [below.accessor, deepest.accessor])
            for token in [left, below, deepest] {
                #expect(await vault.refusal(of: ListConnections(), with: token) == .unauthenticated)
            }
            for token in [root, right, stranger] {
                #expect(await vault.refusal(of: ListConnections(), with: token) == nil)
            }
            let second = try await vault.ask(RevokeToken(accessor: root.accessor))
            #expect(second.descendants == [right.accessor])
            #expect(await vault.refusal(of: ListConnections(), with: right) == .unauthenticated)
            #expect(await vault.refusal(of: ListConnections(), with: stranger) == nil)
            #expect(try await vault.ask(RevokeToken(accessor: root.accessor)).descendants.isEmpty)
            let dead = AttenuateToken(
                parent: root.accessor, scopes: [], seconds: nil, label: "",
                conditions: TokenConditions())
            #expect(await vault.refusal(of: dead)?.exit == .conflict)
        }
    }

    @Test("Tokens are narrowed so many times and no more")
    func depth() async throws {
        try await TestVault.with { vault in
            var token = try await vault.token("connection:read")
            for _ in 0..<VaultLimits.tokenDepth {
                token = try await vault.narrowed(token, by: token)
            }
            #expect(await vault.refusal(of: ListConnections(), with: token) == nil)
            let deeper = AttenuateToken(
                parent: token.accessor, scopes: [], seconds: nil, label: "",
                conditions: TokenConditions())
            #expect(await vault.refusal(of: deeper, with: token)?.code == "too-deep")
            let counted = try await vault.narrowedToTheDepth { $0.uses = 2 }
            #expect(await vault.refusal(of: ListConnections(), with: counted) == nil)
            #expect(await vault.refusal(of: ListConnections(), with: counted) == nil)
            #expect(await vault.refusal(of: ListConnections(), with: counted) == .unauthenticated)
        }
    }

    @Test("Another tenant's token is not found, like one that does not exist")
    func tenants() async throws {
        try await TestVault.with { vault in
            let planted = try await vault.plantForeignToken()
            let requests: [@Sendable (String) async -> VaultError?] = [
                { await vault.refusal(of: ShowToken(accessor: $0)) },
                { await vault.refusal(of: RevokeToken(accessor: $0)) },
                {
                    await vault.refusal(
                        of: AttenuateToken(
                            parent: $0, scopes: [], seconds: nil, label: "",
                            conditions: TokenConditions()))
                },
            ]
            for request in requests {
                let foreign = await request(planted)
                let missing = await request("000000000000")
                #expect(foreign?.exit == .notFound)
                #expect(foreign?.code == missing?.code && foreign?.remedy == missing?.remedy)
                #expect(
                    foreign?.cause.replacing(planted, with: "")
                        == missing?.cause.replacing("000000000000", with: ""))
            }
            #expect(try await vault.issuedTokens().isEmpty)
            let row = try await vault.service.store.read { transaction in
                try transaction.tokenOrDecoy(accessor: planted)
            }
            #expect(row?.state == .active)
        }
    }

    @Test("A restored vault can revoke every token at once")
    func all() async throws {
        try await TestVault.with { vault in
            let parent = try await vault.token("connection:read")
            let child = try await vault.narrowed(parent)
            try await vault.ask(RevokeToken(accessor: child.accessor))
            let count = try await vault.service.store.transaction { try $0.revokeAllTokens() }
            // And the vault's first.
            #expect(count == 2)
            #expect(await vault.refusal(of: ListConnections(), with: parent) == .unauthenticated)
        }
    }
}

extension TestVault {
    /// The last of a chain of tokens as long as there may be.
    fileprivate func narrowedToTheDepth(
        _ change: (inout TokenConditions) throws -> Void
    ) async throws -> TestToken {
        var token = try await token(["connection:read"], change)
        for _ in 0..<VaultLimits.tokenDepth { token = try await narrowed(token) }
        return token
    }

    /// Puts a token of another tenant into the store; gives its accessor.
    fileprivate func plantForeignToken() async throws -> String {
        let tenant = TenantID()
        let wrapped = try service.store.keys.makeScopeKey(for: tenant, generation: 1)
        let accessor = "FOREIGNtoken"
        try await service.store.transaction { transaction in
            try transaction.insertScopeKey(wrapped, of: tenant)
            try transaction.insert(
                TokenRecord(
                    tenant: tenant, accessor: accessor, hash: Array(repeating: 1, count: 32),
                    expires: nil,
                    content: TokenRecord.Content(
                        scopes: [try TokenScope(parsing: "audit:read")], label: "",
                        issuer: "test")))
        }
        return accessor
    }
}
