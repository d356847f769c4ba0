import Access
import Glibc
import Sodium
import Testing
import VaultModel
import VaultStore

@testable import Operations

@Suite("Logging in")
struct LoginTests {
    /// The error of a login, or `nil`.
    private func failure(_ result: Result<TestToken, VaultError>) -> VaultError? {
        if case .failure(let error) = result { return error }
        return nil
    }

    /// The code that an authenticator would show for a link, so many steps from now.
    private func code(_ link: String, step distance: Int64 = 0) throws -> String {
        let text = try #require(link.firstMatch(of: /secret=([A-Z2-7]+)&/)).1
        var bits = 0
        var value = 0
        var bytes: [UInt8] = []
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        for character in text {
            value = value << 5 | (try #require(alphabet.firstIndex(of: character)))
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(value >> bits & 0xff))
            }
        }
        let secret = try SecretBytes(copying: bytes.span)
        let step = OneTimePassword.step(at: Timestamp.now.seconds) + distance
        return String(decoding: OneTimePassword.code(secret, step: step), as: UTF8.self)
    }

    private func enrol(_ person: ResourceName, _ vault: TestVault) async throws -> String {
        let reply = try await vault.service.perform(
            SetPrincipalCode(name: person, enabled: true), from: .local(user: geteuid()))
        return try text(of: try #require(reply.secret))
    }

    @Test("A password gives a session that may do what its roles say, until it is ended")
    func session() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "viewer")
            try await vault.plantPassword("correct horse", of: alice)
            let token = try await vault.logIn("Alice", "correct horse").get()
            #expect(TokenText.byteCount == token.text.utf8.count)
            #expect(await vault.refusal(of: ListSecrets(), with: token) == nil)
            let audit = ListAudit(filter: AuditFilter())
            #expect(await vault.refusal(of: audit, with: token)?.code == "scope-denied")
            let listed = try await vault.issuedTokens()
            #expect(listed.map(\.kind) == [.session])
            #expect(listed.first?.issuer == "person:alice")
            #expect(try await vault.ask(ShowPrincipal(name: alice)).lastLogin != nil)
            #expect(await vault.refusal(of: CloseSession(), with: token) == nil)
            #expect(await vault.refusal(of: ListSecrets(), with: token)?.code == "unauthenticated")
            #expect(await vault.refusal(of: CloseSession())?.code == "no-session")
        }
    }

    @Test("A real password is set, used, and replaced; sessions of before end")
    func realPassword() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "viewer")
            #expect(failure(await vault.logIn("alice", "correct horse"))?.code == "login-failed")
            try await vault.ask(SetPrincipalPassword(name: alice), secret: "correct horse")
            let first = try await vault.logIn("alice", "correct horse").get()
            try await vault.ask(SetPrincipalPassword(name: alice), secret: "battery staple")
            #expect(await vault.refusal(of: ListSecrets(), with: first)?.code == "unauthenticated")
            #expect(failure(await vault.logIn("alice", "correct horse"))?.code == "login-failed")
            let texts = [
                try json(await vault.ask(ListPrincipals())), try json(await vault.audit()),
            ]
            for text in texts {
                #expect(!text.contains("horse") && !text.contains("staple"))
                #expect(!text.contains("salt"))
            }
        }
    }

    @Test("Passwords have bounds, and services none")
    func bounds() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice")
            let longest = AccessLimits.passwordBytes.upperBound
            for bad in [
                "", "1234567", "two\nlines of it", String(repeating: "x", count: longest + 1),
            ] {
                #expect(
                    await vault.refusal(of: SetPrincipalPassword(name: alice), secret: bad)?.exit
                        == .usage)
            }
            #expect(await vault.refusal(of: SetPrincipalPassword(name: alice))?.exit == .usage)
            let robot = try name("robot")
            let service = CreatePrincipal(name: robot, kind: .service)
            #expect(await vault.refusal(of: service, secret: "long enough")?.exit == .usage)
            try await vault.ask(service)
            #expect(
                await vault.refusal(of: SetPrincipalCode(name: robot, enabled: true))?.exit
                    == .usage)
            #expect(await vault.refusal(of: service)?.exit == .conflict)
        }
    }

    @Test(
        "Unknown, wrong, disabled and without a password are answered alike, and told apart in the log"
    )
    func alike() async throws {
        try await TestVault.with { vault in
            for person in ["right", "disabled", "coded"] {
                try await vault.plantPassword("correct horse", of: try await vault.person(person))
            }
            try await vault.person("bare")
            _ = try await enrol(try name("coded"), vault)
            try await vault.ask(DisablePrincipal(name: try name("disabled")))
            let attempts =
                [
                    ("nobody", "correct horse", nil), ("right", "wrong horse", nil),
                    ("disabled", "correct horse", nil), ("coded", "correct horse", nil),
                    ("a b", "x", nil),
                ] as [(String, String, String?)]
            var answers: Set<VaultError?> = []
            for (person, password, code) in attempts {
                answers.insert(failure(await vault.logIn(person, password, code: code)))
            }
            #expect(answers.count == 1)
            #expect(answers.first??.exit == .denied)
            let refusals = try await vault.audit().filter { $0.action == "session.refuse" }
            #expect(
                refusals.map(\.reason) == [
                    "unknown-principal", "password", "disabled", "code", "unknown-principal",
                ])
            #expect(refusals.allSatisfy { $0.outcome == .denied })
            #expect(
                refusals.map(\.object) == [
                    "principal/nobody", "principal/right", "principal/disabled", "principal/coded",
                    "principal/malformed",
                ])
        }
    }

    @Test("A code is asked for once it is enrolled, holds once, and can be taken away")
    func codes() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "viewer")
            try await vault.plantPassword("correct horse", of: alice)
            let link = try await enrol(alice, vault)
            #expect(link.hasPrefix("otpauth://totp/Signet:alice?secret="))
            #expect(failure(await vault.logIn("alice", "correct horse")) != nil)
            let now = try code(link)
            #expect(failure(await vault.logIn("alice", "wrong horse", code: now)) != nil)
            let token = try await vault.logIn("alice", "correct horse", code: now).get()
            #expect(await vault.refusal(of: ListSecrets(), with: token) == nil)
            #expect(failure(await vault.logIn("alice", "correct horse", code: now)) != nil)
            // The one of before was passed over, the next one is still good.
            let before = try code(link, step: -1)
            #expect(failure(await vault.logIn("alice", "correct horse", code: before)) != nil)
            let next = try code(link, step: 1)
            _ = try await vault.logIn("alice", "correct horse", code: next).get()
            // Another enrolment ends the codes of the first.
            let second = try await enrol(alice, vault)
            #expect(second != link)
            try await vault.ask(SetPrincipalCode(name: alice, enabled: false))
            _ = try await vault.logIn("alice", "correct horse").get()
            #expect(try await vault.ask(ShowPrincipal(name: alice)).hasCode == false)
            let log = try json(await vault.audit())
            #expect(!log.contains("otpauth"))
        }
    }

    @Test("Five failures block an account under whatever spelling, and the right password too")
    func throttled() async throws {
        try await TestVault.with { vault in
            try await vault.plantPassword("correct horse", of: try await vault.person("alice"))
            for spelling in ["alice", "ALICE", " Alice ", "aLiCe\t", "\u{a0}alice"] {
                #expect(failure(await vault.logIn(spelling, "wrong horse"))?.code == "login-failed")
            }
            #expect(failure(await vault.logIn("alice", "correct horse"))?.code == "throttled")
            // The source failed five times as well.
            #expect(failure(await vault.logIn("bob", "correct horse"))?.code == "throttled")
            let blocked = try await vault.audit().filter { $0.reason == "throttled" }
            #expect(blocked.count == 2 && blocked.allSatisfy { $0.outcome == .denied })
        }
    }

    // MARK: The own password

    @Test("Whoever is logged in changes the own password, and other sessions end")
    func changesOwn() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "viewer")
            try await vault.plantPassword("correct horse", of: alice)
            let others = [
                try await vault.logIn("alice", "correct horse").get(),
                try await vault.session(of: alice),
            ]
            let own = try await vault.logIn("alice", "correct horse").get()
            let owner = try await vault.session(of: try await vault.person("bob", "owner"))
            for (secret, code) in [
                ("wrong horse\nbattery staple", "login-failed"), ("correct horse", "validation"),
                ("correct horse\nshort", "validation"), (nil, "validation"),
            ] {
                #expect(
                    await vault.refusal(of: ChangePassword(), with: own, secret: secret)?.code
                        == code)
            }
            #expect(await vault.refusal(of: ListSecrets(), with: others[0]) == nil)
            let change = try await vault.ask(
                ChangePassword(), with: own, secret: "correct horse\nbattery staple")
            #expect(change.principal == alice && change.endedSessions == 2)
            #expect(await vault.refusal(of: ListSecrets(), with: own) == nil)
            #expect(await vault.refusal(of: ListSecrets(), with: owner) == nil)
            for ended in others {
                #expect(
                    await vault.refusal(of: ListSecrets(), with: ended)?.code == "unauthenticated")
            }
            #expect(failure(await vault.logIn("alice", "correct horse"))?.code == "login-failed")
            _ = try await vault.logIn("alice", "battery staple").get()
            let log = try await vault.audit()
            let entries = log.filter { $0.action == "principal.change-password" }
            #expect(entries.allSatisfy { $0.actor == "person:alice" })
            #expect(entries.last?.outcome == .allowed)
            #expect(log.contains { $0.action == "session.refuse" && $0.reason == "password" })
            let text = try json(log)
            #expect(!text.contains("staple") && !text.contains("horse"))
        }
    }

    @Test("Who logs in with a code changes the password with one, which holds once")
    func changesOwnWithCode() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "viewer")
            try await vault.plantPassword("correct horse", of: alice)
            let link = try await enrol(alice, vault)
            let session = try await vault.session(of: alice)
            let lines = "correct horse\nbattery staple"
            let now = try code(link)
            for secret in [lines, lines + "\n000000", lines + "\n"] {
                #expect(
                    await vault.refusal(of: ChangePassword(), with: session, secret: secret)?.code
                        == "login-failed")
            }
            try await vault.ask(ChangePassword(), with: session, secret: "\(lines)\n\(now)")
            let again = "battery staple\ncorrect horse\n\(now)"
            #expect(
                await vault.refusal(of: ChangePassword(), with: session, secret: again)?.code
                    == "login-failed")
        }
    }

    @Test("The own password is guessed five times and no more, and by logging in neither")
    func changingIsThrottled() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "viewer")
            try await vault.plantPassword("correct horse", of: alice)
            let session = try await vault.session(of: alice)
            func change(_ old: String) async -> String? {
                await vault.refusal(
                    of: ChangePassword(), with: session, secret: "\(old)\nbattery staple")?.code
            }
            for _ in 0..<AccessLimits.failures {
                #expect(await change("wrong horse") == "login-failed")
            }
            #expect(await change("correct horse") == "throttled")
            #expect(failure(await vault.logIn("alice", "correct horse"))?.code == "throttled")
        }
    }

    @Test("Neither the operator, nor a token, nor a service has a password to change")
    func nothingToChange() async throws {
        try await TestVault.with { vault in
            let secret = "correct horse\nbattery staple"
            #expect(
                await vault.refusal(of: ChangePassword(), secret: secret)?.code == "no-session")
            let owner = try await vault.session(of: try await vault.person("olga", "owner"))
            let token = try await vault.createToken("secret:stat", with: owner)
            #expect(
                await vault.refusal(of: ChangePassword(), with: token, secret: secret)?.code
                    == "scope-denied")
            let robot = try name("robot")
            try await vault.ask(CreatePrincipal(name: robot, kind: .service))
            let service = try await vault.session(of: robot)
            #expect(
                await vault.refusal(of: ChangePassword(), with: service, secret: secret)?.exit
                    == .usage)
        }
    }

    @Test("Somebody logs in several times at once")
    func sideBySide() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "viewer")
            try await vault.plantPassword("correct horse", of: alice)
            let found = await withTaskGroup(of: VaultError?.self) { group in
                for _ in 0..<AccessLimits.failures {
                    group.addTask { failure(await vault.logIn("alice", "correct horse")) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(found.allSatisfy { $0 == nil })
            _ = try await vault.logIn("alice", "correct horse").get()
        }
    }

    @Test("What fails for another reason than a wrong credential is not counted")
    func otherFailures() async throws {
        struct Busy: Error {}
        let desk = LoginDesk()
        for _ in 0..<AccessLimits.failures + 1 {
            await #expect(throws: Busy.self) {
                try await desk.attempt(account: "a", source: "s") { throw Busy() }
            }
        }
        for _ in 0..<AccessLimits.failures {
            await #expect(throws: WrongCredential.self) {
                try await desk.attempt(account: "a", source: "s") {
                    throw WrongCredential(reason: "password")
                }
            }
        }
        await #expect(throws: VaultError.self) {
            try await desk.attempt(account: "a", source: "s") {}
        }
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "viewer")
            try await vault.plantPassword("correct horse", of: alice)
            for _ in 0..<AccessLimits.failures + 1 {
                #expect(await vault.refusal(of: OpenSession(name: "alice"))?.exit == .usage)
            }
            _ = try await vault.logIn("alice", "correct horse").get()
        }
    }

    @Test("What succeeds is not counted")
    func success() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "viewer")
            try await vault.plantPassword("correct horse", of: alice)
            for _ in 0..<AccessLimits.failures + 2 {
                _ = try await vault.logIn("alice", "correct horse").get()
            }
        }
    }

    // MARK: Whose tokens

    @Test("Disabled or deleted, somebody's sessions and tokens die at once")
    func disabled() async throws {
        try await TestVault.with { vault in
            try await vault.person("owner", "owner")
            for act in ["disable", "delete"] {
                let alice = try await vault.person("alice-\(act)", "owner")
                let session = try await vault.session(of: alice)
                let token = try await vault.createToken("secret:stat", with: session)
                #expect(await vault.refusal(of: ListSecrets(), with: token) == nil)
                if act == "disable" {
                    try await vault.ask(DisablePrincipal(name: alice))
                } else {
                    try await vault.ask(DeletePrincipal(name: alice))
                }
                for dead in [session, token] {
                    #expect(
                        await vault.refusal(of: ListSecrets(), with: dead)?.code
                            == "unauthenticated")
                }
                guard act == "disable" else { continue }
                // Enabled again, the token works and the session stays ended.
                try await vault.ask(EnablePrincipal(name: alice))
                #expect(await vault.refusal(of: ListSecrets(), with: token) == nil)
                #expect(
                    await vault.refusal(of: ListSecrets(), with: session)?.code
                        == "unauthenticated")
            }
        }
    }

    @Test(
        "A token does no more than who made it may do at the moment, and neither does a narrower one"
    )
    func bounded() async throws {
        try await TestVault.with { vault in
            let alice = try await vault.person("alice", "owner")
            let session = try await vault.session(of: alice)
            let token = try await vault.createToken("secret:stat", "audit:read", with: session)
            let child = try await vault.narrowed(token, scopes: ["audit:read"])
            let audit = ListAudit(filter: AuditFilter())
            for held in [token, child] {
                #expect(await vault.refusal(of: audit, with: held) == nil)
            }
            try await vault.bind("viewer", to: alice)
            try await vault.ask(UnbindRole(role: name("owner"), principal: alice))
            #expect(await vault.refusal(of: ListSecrets(), with: token) == nil)
            for held in [token, child] {
                #expect(await vault.refusal(of: audit, with: held)?.code == "scope-denied")
            }
        }
    }

    @Test("A service acts with a token by its roles")
    func service() async throws {
        try await TestVault.with { vault in
            let robot = try name("robot")
            try await vault.ask(CreatePrincipal(name: robot, kind: .service))
            try await vault.bind("auditor", to: robot)
            let reply = try await vault.service.perform(
                IssueServiceToken(name: robot, seconds: 60), from: .local(user: geteuid()))
            let token = TestToken(
                text: try text(of: try #require(reply.secret)), accessor: reply.response.accessor)
            #expect(reply.response.roles == ["auditor"])
            #expect(await vault.refusal(of: ListAudit(filter: AuditFilter()), with: token) == nil)
            #expect(try await vault.audit().contains { $0.actor == "service:robot" })
            let alice = try await vault.person("alice")
            #expect(await vault.refusal(of: IssueServiceToken(name: alice))?.exit == .usage)
            #expect(
                await vault.refusal(of: IssueServiceToken(name: robot, seconds: 0))?.exit == .usage)
            try await vault.ask(DisablePrincipal(name: robot))
            #expect(await vault.refusal(of: IssueServiceToken(name: robot))?.code == "disabled")
        }
    }

    @Test("A session narrows the tokens it made, and no others")
    func narrows() async throws {
        try await TestVault.with { vault in
            let owner = try await vault.session(of: try await vault.person("owner", "owner"))
            let mine = try await vault.createToken("secret:stat", "audit:read", with: owner)
            let others = try await vault.token("secret:stat")
            let child = try await vault.narrowed(mine, by: owner, scopes: ["secret:stat"])
            #expect(await vault.refusal(of: ListSecrets(), with: child) == nil)
            await #expect(throws: VaultError.self) {
                try await vault.narrowed(others, by: owner)
            }
            await #expect(throws: VaultError.self) {
                try await vault.narrowed(owner, by: owner, scopes: ["secret:stat"])
            }
        }
    }
}
