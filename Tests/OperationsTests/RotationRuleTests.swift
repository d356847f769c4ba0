import Access
import Glibc
import Locking
import Operations
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("Strategies, fallbacks and locks of accounts")
struct RotationRuleTests {
    private func rotate() throws -> RotateSecret {
        RotateSecret(name: try name("smtp-pass"), connection: nil)
    }

    private func states(_ vault: TestVault) async throws -> [SecretVersionState] {
        try await vault.ask(ListSecretVersions(name: name("smtp-pass"))).map(\.state)
    }

    /// Changes the only rotation's record, as time alone would.
    private func change(
        _ vault: TestVault, _ body: @escaping @Sendable (inout RotationRecord) -> Void
    ) async throws {
        try await vault.service.store.transaction { transaction in
            guard let tenant = try transaction.tenant(named: ResourceName("default")) else {
                throw StoreError.tampered(what: "the tenant")
            }
            for var rotation in try transaction.rotations(in: tenant.id) {
                body(&rotation)
                try transaction.update(rotation)
            }
        }
    }

    // MARK: Alternating

    @Test("Two accounts take turns, and each value goes to the account it belongs to")
    func alternating() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            var change = PolicyChange()
            change.strategy = .alternating
            change.users = ["user", "other"]
            change.hook = try vault.hook(
                """
                umask 077
                cat > \(vault.folder.file("told"))
                new=$(sed 's/.*"new":"\\([^"]*\\)".*/\\1/' \(vault.folder.file("told")))
                name=$(sed 's/.*"username":"\\([^"]*\\)","old_username".*/\\1/' \(vault.folder.file("told")))
                { grep -v "^$name:" \(vault.live.users); printf '%s:%s\\n' "$name" "$new"; } \
                    > \(vault.live.users).hook
                mv \(vault.live.users).hook \(vault.live.users)
                """)
            try await vault.ask(SetSecretPolicy(name: name("smtp-pass"), change: change))
            for (number, user) in ["other", "user", "other"].enumerated() {
                var request = try rotate()
                request.generator = GeneratorSettings()
                let report = try await vault.ask(request)
                #expect(report.status == "promoted" && report.strategy == .alternating)
                #expect(report.currentVersion == Int64(number + 2))
                let sent = try await vault.ask(vault.message())
                #expect(sent.attempts.map(\.class) == ["ok"])
                #expect(try await vault.live.lastIdentity() == user)
            }
            // The one before is valid too: going back needs nobody.
            try await vault.ask(RollBackSecret(name: name("smtp-pass")))
            #expect(try await vault.ask(vault.message()).attempts.map(\.class) == ["ok"])
            #expect(try await vault.live.lastIdentity() == "user")
        }
    }

    @Test("Taking turns takes two accounts")
    func twoAccounts() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            var request = try rotate()
            request.strategy = .alternating
            #expect(await vault.refusal(of: request, secret: "x")?.exit == .usage)
            #expect(try await states(vault) == [.current])
        }
    }

    // MARK: Locks

    @Test(
        "After three refused values an account is left alone for a while, and a login forgives it")
    func breaker() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            for wrong in ["one", "two"] {
                #expect(try await vault.ask(rotate(), secret: wrong).status == "failed")
            }
            vault.live.setPassword("good")
            #expect(try await vault.ask(rotate(), secret: "good").status == "promoted")
            vault.live.setPassword("good")
            for wrong in ["three", "four", "five"] {
                let report = try await vault.ask(rotate(), secret: wrong)
                #expect(report.tests.map(\.tries) == [1])
            }
            let report = try await vault.ask(rotate(), secret: "six")
            #expect(report.status == "failed")
            #expect(report.tests.map(\.tries) == [nil])
            #expect(report.tests.first?.detail.contains("lock the account") == true)
            // What is in use goes on.
            #expect(try await vault.ask(vault.message()).attempts.map(\.class) == ["ok"])
        }
    }

    @Test("A login is tried again only while the server is not ready")
    func retries() async throws {
        for (reply, tries) in [("454 4.7.0 later", 3), ("535 5.7.8 no", 1)] {
            try await TestVault.with { vault in
                try await PlainServer.serving(offers: ["AUTH PLAIN"], ["AUTH": reply]) {
                    server, port in
                    try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
                    var settings = try vault.settings(secret: "smtp-pass")
                    settings.port = port
                    try await vault.ask(
                        CreateConnection(
                            name: name("plain"), environment: .development, settings: settings))
                    let report = try await vault.ask(rotate(), secret: "newer")
                    #expect(report.status == "failed")
                    #expect(report.tests.map(\.tries) == [tries], "\(report.tests)")
                    #expect(server.lines.count { $0.hasPrefix("AUTH") } == tries)
                }
            }
        }
    }

    // MARK: Grace

    @Test("A refused new value is told of once, and the one before comes back if that is wanted")
    func autoRollback() async throws {
        for isAutomatic in [false, true] {
            try await TestVault.with { vault in
                try await vault.addAlerts()
                var request = try rotate()
                request.skipTest = true
                request.autoRollback = isAutomatic
                try await vault.ask(request, secret: "newer")
                let first = try await vault.ask(vault.message())
                #expect(first.attempts.map(\.class) == ["credential", "ok"])
                #expect(try await vault.ask(vault.message()).status == "sent")
                let actions = try await vault.audit().map(\.action)
                #expect(actions.count { $0 == "rotation.alert" } == 1)
                #expect(actions.contains("rotation.auto-rollback") == isAutomatic)
                #expect(
                    try await states(vault)
                        == (isAutomatic ? [.current, .previous] : [.previous, .current]))
                let shown = try await vault.ask(ShowSecret(name: name("smtp-pass")))
                #expect(shown.rotation?.state == (isAutomatic ? .rolledBack : .grace))
            }
        }
    }

    @Test("At the end of its grace period the old value is destroyed")
    func retires() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            vault.live.setPassword("newer")
            try await vault.ask(rotate(), secret: "newer")
            #expect(try await vault.service.retireDue(runsHooks: true).retired.isEmpty)
            try await change(vault) { $0.due = Timestamp.now.adding(seconds: -1) }
            let due = try await vault.service.nextRetirement()
            #expect(due != nil)
            let report = try await vault.ask(RotateDue(planOnly: false))
            #expect(report.retired == [try name("smtp-pass")])
            #expect(try await states(vault) == [.retired, .current])
            #expect(try await vault.service.nextRetirement() == nil)
            #expect(try await vault.service.retireDue(runsHooks: true).retired.isEmpty)
            #expect(
                await vault.refusal(of: RollBackSecret(name: try name("smtp-pass")))?.code
                    == "no-previous")
            #expect(try await vault.audit().contains { $0.action == "rotation.retire" })
        }
    }

    @Test("Where two are valid, the hook revokes the old one at the end, and again if it failed")
    func revokes() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let marker = vault.folder.file("revoke")
            let hook = try vault.hook(
                """
                umask 077
                cat > \(vault.folder.file("told"))
                if grep -q '"step":"retire"' \(vault.folder.file("told")); then
                    test -e \(marker); exit $?
                fi
                new=$(sed 's/.*"new":"\\([^"]*\\)".*/\\1/' \(vault.folder.file("told")))
                printf 'user:%s\\n' "$new" > \(vault.live.users).hook
                mv \(vault.live.users).hook \(vault.live.users)
                """)
            #expect(try await vault.ask(vault.generated(hook, .multi)).status == "promoted")
            try await change(vault) { $0.due = Timestamp.now.adding(seconds: -1) }
            // Opening a vault runs no program.
            #expect(try await vault.service.retireDue(runsHooks: false).retired.isEmpty)
            let failed = try await vault.ask(RotateDue(planOnly: false))
            #expect(failed.unrevoked == [try name("smtp-pass")] && !failed.isSuccess)
            #expect(try await states(vault) == [.previous, .current])
            #expect(try await vault.ask(ShowStatus()).secretsToRotate.map(\.health) == [.unrevoked])
            write("", to: marker)
            try await change(vault) { $0.due = Timestamp.now.adding(seconds: -1) }
            #expect(try await vault.ask(RotateDue(planOnly: false)).retired.count == 1)
            #expect(try vault.told().contains(#""old":"right""#))
            #expect(try await states(vault) == [.retired, .current])
        }
    }

    @Test("A send that was planned before a rotation finds the value that came meanwhile")
    func overtaken() async throws {
        try await TestVault.with { vault in
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
            let isChanged = Locked(false)
            // The base64 of NUL user NUL right.
            try await PlainServer.serving(
                offers: ["AUTH PLAIN"],
                ["AUTH PLAIN AHVzZXIAcmlnaHQ=": "535 5.7.8 no", "AUTH": "235 2.7.0 ok"],
                during: { line in
                    let isFirst = isChanged.withLock { changed in
                        defer { changed = true }
                        return !changed
                    }
                    guard isFirst else { return }
                    try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "newer")
                }
            ) { server, port in
                var settings = try vault.settings(secret: "smtp-pass")
                settings.port = port
                try await vault.ask(
                    CreateConnection(
                        name: name("alerts"), environment: .production, settings: settings))
                let sent = try await vault.ask(vault.message())
                #expect(sent.status == "sent")
                #expect(sent.attempts.map(\.class) == ["credential", "ok"])
                #expect(server.lines.count { $0.hasPrefix("AUTH") } == 2)
            }
        }
    }

    @Test("Only the newest rotations are kept")
    func prunes() async throws {
        try await TestVault.with { vault in
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "x")
            var request = try rotate()
            request.graceSeconds = 0
            for _ in 0..<(VaultLimits.rotations + 2) { try await vault.ask(request, secret: "x") }
            let count = try await vault.service.store.read { transaction in
                try transaction.tenant(named: ResourceName("default")).map {
                    try transaction.rotations(in: $0.id).count
                }
            }
            #expect(count == VaultLimits.rotations)
        }
    }
}
