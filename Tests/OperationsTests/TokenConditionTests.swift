import Access
import Glibc
import Operations
import Sandbox
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("Tokens with conditions")
struct TokenConditionTests {
    /// A peer that is in no network of these tests but the whole.
    private static var other: RequestSource {
        guard let address = IPAddress("192.0.2.7") else { preconditionFailure("it is an address") }
        return .network(address)
    }

    private func summary(_ vault: TestVault, _ token: TestToken) async throws -> TokenSummary {
        try await vault.ask(ShowToken(accessor: token.accessor))
    }

    @Test("Mail comes from permitted authors and goes to permitted domains alone")
    func mail() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(
                UpdateConnection(
                    reference: reference("alerts"), assignments: ["from_policy=any"],
                    retarget: false))
            let token = try await vault.token(["send:alerts@production"]) {
                $0.from = [try SenderPattern(parsing: "alerts@example.org")]
                $0.recipientDomains = [try RecipientDomain(parsing: "example.net")]
            }
            func raw(_ lines: String...) -> String {
                Base64Text.encode(Array((lines + ["", "text", ""]).joined(separator: "\r\n").utf8))
            }
            let refused: [(String, (inout SendMessage) -> Void)] = [
                ("from-not-allowed", { $0.from = "boss@example.org" }),
                ("from-not-allowed", { $0.from = "Alerts <alerts@example.com>" }),
                ("recipient-not-allowed", { $0.to = ["a@example.net", "b@example.com"] }),
                ("recipient-not-allowed", { $0.cc = ["a@sub.example.net"] }),
                ("recipient-not-allowed", { $0.bcc = ["a@example.com"] }),
                (
                    "from-not-allowed",
                    { $0.raw = raw("From: boss@example.org", "To: ops@example.net") }
                ),
                (
                    "from-not-allowed",
                    {
                        $0.raw = raw(
                            "From: alerts@example.org, boss@example.org",
                            "Sender: alerts@example.org", "To: ops@example.net")
                    }
                ),
                (
                    "from-not-allowed",
                    {
                        $0.raw = raw(
                            "From: alerts@example.org", "Sender: boss@example.org",
                            "To: ops@example.net")
                    }
                ),
                (
                    "recipient-not-allowed",
                    {
                        $0.to = []
                        $0.raw = raw("From: alerts@example.org", "To: ops@example.com")
                    }
                ),
            ]
            for (code, change) in refused {
                for dryRun in [false, true] {
                    let request = try vault.message { message in
                        if message.raw == nil { change(&message) }
                        if message.raw != nil {
                            message.subject = ""
                            message.text = nil
                        }
                        message.dryRun = dryRun
                    }
                    let found = await vault.refusal(of: request, with: token)
                    #expect(found?.code == code)
                    #expect(found?.exit == .denied)
                    let entry = try await vault.audit().last { $0.action == "message.send" }
                    #expect(entry?.outcome == .denied && entry?.reason == code)
                }
            }
            #expect(try await vault.live.messages().isEmpty)
            #expect(try await vault.ask(vault.message(), with: token).status == "sent")
            let finished = try vault.message { message in
                message.raw = raw("From: alerts@example.org", "To: ops@example.net")
                message.subject = ""
                message.text = nil
            }
            #expect(try await vault.ask(finished, with: token).status == "sent")
        }
    }

    @Test("A request cannot set an envelope sender that its token may not use")
    func envelope() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(
                UpdateConnection(
                    reference: reference("alerts"),
                    assignments: [
                        "from.envelope=bounces@example.org", "dynamic=true",
                        "dynamic_fields=from.envelope",
                    ], retarget: false))
            let token = try await vault.token(["send:alerts@production"]) {
                $0.from = [try SenderPattern(parsing: "alerts@example.org")]
            }
            #expect(try await vault.ask(vault.message(), with: token).status == "sent")
            let sender = try await vault.live.messages().first?.envelope.mailFrom
            #expect(sender == "bounces@example.org", "the operator's own choice")
            let other = try vault.message {
                $0.overrides = ["from.envelope=boss@example.org"]
            }
            #expect(await vault.refusal(of: other, with: token)?.code == "from-not-allowed")
        }
    }

    @Test("Messages beyond a token's rate or day are refused, also by a vault opened anew")
    func limits() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let hourly = try await vault.token(["send:alerts@production"]) {
                $0.rate = try TokenRate(parsing: "2/h")
            }
            let daily = try await vault.token(["send:alerts@production"]) { $0.daily = 2 }
            for token in [hourly, daily] {
                #expect(try await vault.ask(vault.message(), with: token).status == "sent")
                let preview = try vault.message { $0.dryRun = true }
                #expect(await vault.refusal(of: preview, with: token) == nil, "it sends nothing")
            }
            await vault.service.close()
            let service = try await VaultService.open(
                home: vault.home, keyFile: nil, settings: TestVault.settings)
            let again = TestVault(
                folder: vault.folder, home: vault.home, service: service, live: vault.live,
                recoveryCode: nil)
            for (token, code) in [(hourly, "rate-limited"), (daily, "quota-exceeded")] {
                #expect(try await again.ask(again.message(), with: token).status == "sent")
                let found = await again.refusal(of: try again.message(), with: token)
                #expect(found?.code == code)
                #expect(found?.exit == .denied)
                #expect(found.map { ProblemDetails($0).status } == 429)
            }
            #expect(try await again.live.messages().count == 4)
            await service.close()
        }
    }

    @Test("Parallel messages get no more through than the limit")
    func parallel() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let token = try await vault.token(["send:alerts@production"]) { $0.daily = 3 }
            let message = try vault.message()
            let sent = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask { await vault.refusal(of: message, with: token) == nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(sent == 3)
            #expect(try await vault.live.messages().count == 3)
        }
    }

    @Test("A use is a request that was admitted; refused ones take nothing")
    func uses() async throws {
        try await TestVault.with { vault in
            let token = try await vault.token(["audit:read", "connection:read"]) { $0.uses = 3 }
            func left() async throws -> Int? { try await summary(vault, token).usesLeft }
            #expect(await vault.refusal(of: ListTokens(), with: token)?.code == "scope-denied")
            #expect(try await left() == 3)
            #expect(await vault.refusal(of: ListConnections(), with: token) == nil)
            #expect(try await left() == 2)
            let missing = ShowConnection(reference: try reference("none@test"))
            #expect(await vault.refusal(of: missing, with: token)?.exit == .notFound)
            #expect(try await left() == 2, "what fails takes nothing")
            for expected in [1, 0] {
                #expect(await vault.refusal(of: ListConnections(), with: token) == nil)
                #expect(try await left() == expected)
            }
            let found = await vault.refusal(of: ListConnections(), with: token)
            #expect(found == .unauthenticated)
            #expect(try await vault.audit().last { $0.outcome == .denied }?.reason == "used-up")
            #expect(try await summary(vault, token).state == "used-up")
        }
    }

    @Test("Parallel requests get no more uses than there are")
    func parallelUses() async throws {
        try await TestVault.with { vault in
            let token = try await vault.token(["connection:read"]) { $0.uses = 5 }
            let done = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask { await vault.refusal(of: ListConnections(), with: token) == nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(done == 5)
            #expect(try await summary(vault, token).usesLeft == 0)
        }
    }

    @Test("A login at the sandbox is a use")
    func sandboxUse() async throws {
        try await TestVault.with { vault in
            let token = try await vault.token(["sandbox:send@mine"]) { $0.uses = 1 }
            func admit() async throws -> TokenTicket? {
                await vault.service.mayDeliver(
                    to: try name("mine"), with: try parcel(token.text),
                    from: .local(user: geteuid()))
            }
            let ticket = try #require(try await admit())
            #expect(await vault.service.isValid(ticket))
            #expect(try await admit() == nil)
        }
    }

    @Test("The mail of a connection test is held to the conditions too")
    func testMail() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(
                UpdateConnection(
                    reference: reference("alerts"), assignments: ["test_address=ops@example.net"],
                    retarget: false))
            let test = TestConnection(reference: try reference("alerts"), sendsMail: true)
            let elsewhere = try await vault.token(["connection:test"]) {
                $0.recipientDomains = [try RecipientDomain(parsing: "example.com")]
            }
            #expect(
                await vault.refusal(of: test, with: elsewhere)?.code == "recipient-not-allowed")
            let other = try await vault.token(["connection:test"]) {
                $0.from = [try SenderPattern(parsing: "boss@example.org")]
            }
            #expect(await vault.refusal(of: test, with: other)?.code == "from-not-allowed")
            let daily = try await vault.token(["connection:test"]) { $0.daily = 1 }
            #expect(try await vault.ask(test, with: daily).ok)
            #expect(await vault.refusal(of: test, with: daily)?.code == "quota-exceeded")
            let login = TestConnection(reference: try reference("alerts"))
            #expect(try await vault.ask(login, with: daily).ok, "it sends nothing")
            #expect(try await vault.live.messages().count == 1)
        }
    }

    @Test("A token is valid in its networks; this machine counts as 127.0.0.1 and ::1")
    func networks() async throws {
        try await TestVault.with { vault in
            let inside = try #require(IPAddress("10.1.2.3"))
            let mapped = try #require(IPAddress("::ffff:10.1.2.3"))
            let cases: [(String, RequestSource, Bool)] = [
                ("10.0.0.0/8", .network(inside), true), ("10.0.0.0/8", .network(mapped), true),
                ("10.0.0.0/8", .local(user: geteuid()), false), ("10.0.0.0/8", Self.other, false),
                ("127.0.0.0/8", .local(user: geteuid()), true),
                ("::1/128", .local(user: geteuid()), true), ("127.0.0.0/8", Self.other, false),
                ("0.0.0.0/0", Self.other, true),
            ]
            for (network, source, isValid) in cases {
                let token = try await vault.token(["connection:read"]) {
                    $0.networks = [try IPNetwork(parsing: network)]
                }
                let found = await vault.refusal(of: ListConnections(), with: token, from: source)
                #expect(found == (isValid ? nil : .unauthenticated), "\(network) \(source)")
                if !isValid {
                    #expect(
                        try await vault.audit().last { $0.outcome == .denied }?.reason == "network")
                }
            }
        }
    }

    @Test("A token is not valid before its time")
    func notBefore() async throws {
        try await TestVault.with { vault in
            let later = try await vault.token(["connection:read"]) {
                $0.notBefore = Timestamp.now.adding(seconds: 3600)
            }
            #expect(await vault.refusal(of: ListConnections(), with: later) == .unauthenticated)
            #expect(try await summary(vault, later).state == "not-yet-valid")
            #expect(
                try await vault.audit().last { $0.outcome == .denied }?.reason == "not-yet-valid")
            let earlier = try await vault.token(["connection:read"]) {
                $0.notBefore = Timestamp.now.adding(seconds: -1)
            }
            #expect(await vault.refusal(of: ListConnections(), with: earlier) == nil)
        }
    }

    @Test("Conditions that make no sense are refused")
    func senseless() async throws {
        try await TestVault.with { vault in
            func refusal(
                _ scope: String, seconds: Int64? = nil,
                _ change: (inout TokenConditions) throws -> Void
            ) async throws -> VaultError? {
                var conditions = TokenConditions()
                try change(&conditions)
                return await vault.refusal(
                    of: CreateToken(
                        scopes: [try TokenScope(parsing: scope)], seconds: seconds, label: "",
                        conditions: conditions))
            }
            let now = Timestamp.now
            let lead = VaultLimits.tokenLeadSeconds
            let found = [
                try await refusal("audit:read") { $0.daily = 1 },
                try await refusal("connection:read") { $0.rate = try TokenRate(parsing: "1/s") },
                try await refusal("send:*@test") { $0.daily = 0 },
                try await refusal("send:*@test") { $0.uses = -1 },
                try await refusal("send:*@test", seconds: 60) {
                    $0.notBefore = now.adding(seconds: 90)
                },
                try await refusal("send:*@test", seconds: 0) {
                    $0.notBefore = now.adding(seconds: lead + 60)
                },
            ]
            #expect(found.map { $0?.exit } == Array(repeating: .usage, count: found.count))
            let good = try await refusal("send:*@test", seconds: 0) {
                $0.notBefore = now.adding(seconds: lead - 60)
            }
            #expect(good == nil)
        }
    }

    @Test("Environments and connections narrow every scope about connections")
    func narrowed() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let token = try await vault.token(["send:*@production", "send:*@test"]) {
                $0.environments = [.production]
                $0.connections = ["al*"]
            }
            #expect(try await vault.ask(vault.message(), with: token).status == "sent")
            let elsewhere = try vault.message { $0.name = (try? name("other")) ?? $0.name }
            #expect(await vault.refusal(of: elsewhere, with: token)?.code == "scope-denied")
            #expect(
                await vault.refusal(of: try vault.message(.test), with: token)?.code
                    == "scope-denied")
        }
    }

    @Test("Last use is shown at once, and kept when the vault is closed")
    func lastUse() async throws {
        try await TestVault.with { vault in
            let token = try await vault.token("connection:read")
            let unused = try await vault.token("connection:read")
            let before = Timestamp.now
            #expect(try await summary(vault, token).lastUsed == nil)
            for _ in 1...3 { try await vault.ask(ListConnections(), with: token) }
            let shown = try #require(try await summary(vault, token).lastUsed)
            #expect(shown >= before)
            let row = try await vault.service.store.read { transaction in
                try transaction.tokenOrDecoy(accessor: token.accessor)
            }
            #expect(row?.revision == 2, "three uses within a minute are one write")
            #expect(row?.lastUsed.map { $0 <= shown } == true)
            await vault.service.close()
            let service = try await VaultService.open(
                home: vault.home, keyFile: nil, settings: TestVault.settings)
            let again = TestVault(
                folder: vault.folder, home: vault.home, service: service, live: vault.live,
                recoveryCode: nil)
            #expect(try await summary(again, token).lastUsed == shown)
            #expect(try await summary(again, unused).lastUsed == nil)
            await service.close()
        }
    }

    @Test("Wrong and unknown tokens are alike in the audit log, and a flood of them waits")
    func throttle() async throws {
        try await TestVault.with { vault in
            let token = try await vault.token("connection:read")
            let other = try await vault.token("connection:read")
            let wrong = try await vault.forge(accessor: token.accessor)
            let unknown = try await vault.forge(accessor: "000000000000")
            var reasons: [String: [String]] = [:]
            for forged in [wrong, unknown] {
                for _ in 0..<AccessLimits.tokenFailures {
                    #expect(
                        await vault.refusal(of: ListConnections(), with: forged) == .unauthenticated
                    )
                }
                let started = ContinuousClock.now
                #expect(
                    await vault.refusal(of: ListConnections(), with: forged) == .unauthenticated)
                #expect(ContinuousClock.now - started >= AccessLimits.tokenHold)
                reasons[forged.accessor] = try await vault.audit()
                    .filter { $0.actor == "token:\(forged.accessor)" && $0.outcome == .denied }
                    .map(\.reason)
            }
            let expected = Array(repeating: "token", count: AccessLimits.tokenFailures)
            #expect(reasons[wrong.accessor] == expected + ["throttled"])
            #expect(reasons[wrong.accessor] == reasons[unknown.accessor])
            for right in [token, other] {
                #expect(await vault.refusal(of: ListConnections(), with: right) == nil)
            }
        }
    }
}
