import Access
import Operations
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("The age of secrets")
struct SecretAgeingTests {
    private func shown(_ vault: TestVault) async throws -> SecretSummary {
        try await vault.ask(ShowSecret(name: name("smtp-pass")))
    }

    private func decide(
        _ vault: TestVault, _ fill: (inout PolicyChange) throws -> Void
    ) async throws {
        var change = PolicyChange()
        try fill(&change)
        try await vault.ask(SetSecretPolicy(name: name("smtp-pass"), change: change))
    }

    /// Makes the current version older.
    private func age(_ vault: TestVault, by seconds: Int64) async throws {
        try await vault.service.store.transaction { transaction in
            guard let tenant = try transaction.tenant(named: ResourceName("default")) else {
                throw StoreError.tampered(what: "the tenant")
            }
            for var version in try transaction.currentVersions(in: tenant.id) {
                version.content.changed = version.content.changed.adding(seconds: -seconds)
                try transaction.update(version)
            }
        }
    }

    @Test("A send tells when the secret was used, without a write of its own each time")
    func used() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            #expect(try await shown(vault).lastUsed == nil)
            try await vault.ask(vault.message())
            let first = try #require(try await shown(vault).lastUsed)
            let store = vault.service.store
            func revision() async throws -> Int64? {
                try await store.read { transaction in
                    try transaction.tenant(named: ResourceName("default")).flatMap {
                        try transaction.currentVersions(in: $0.id).first?.revision
                    }
                }
            }
            let before = try await revision()
            try await vault.ask(vault.message())
            #expect(try await revision() == before)
            #expect(try await shown(vault).lastUsed == first)
        }
    }

    @Test("A login that proves a value tells when it was tested")
    func tested() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            #expect(try await shown(vault).lastTested == nil)
            try await vault.ask(TestConnection(reference: reference("alerts")))
            let tested = try #require(try await shown(vault).lastTested)
            vault.live.setPassword("newer")
            try await vault.ask(
                RotateSecret(name: name("smtp-pass"), connection: nil), secret: "newer")
            #expect(try #require(try await shown(vault).lastTested) >= tested)
            let versions = try await vault.ask(ListSecretVersions(name: name("smtp-pass")))
            #expect(versions.allSatisfy { $0.lastTested != nil })
        }
    }

    @Test("A secret is due by its age, and the status says so until it is rotated")
    func due() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            #expect(try await vault.ask(ShowStatus()).secretsToRotate.isEmpty)
            try await decide(vault) { $0.everySeconds = 7200 }
            let next = try #require(try await shown(vault).nextRotation)
            #expect(Timestamp.now < next)
            #expect(try await shown(vault).health == .ok)
            try await age(vault, by: 7200)
            #expect(try await shown(vault).health == .due)
            let alerts = try await vault.ask(ShowStatus()).secretsToRotate
            #expect(alerts.map(\.health) == [.due])
            #expect(alerts.first?.action == "vault rotate smtp-pass")
            // Who may see the vault's state alone is told how many, not which.
            let watcher = try await vault.token("system:metrics")
            let status = try await vault.ask(ShowStatus(), with: watcher)
            #expect(status.secretsToRotate.map(\.health) == [.due])
            #expect(try !json(status).contains("smtp-pass"))
            let both = try await vault.token("system:metrics", "secret:stat")
            let named = try await vault.ask(ShowStatus(), with: both).secretsToRotate
            #expect(named.first?.secret.text == "smtp-pass")
            vault.live.setPassword("newer")
            try await vault.ask(
                RotateSecret(name: name("smtp-pass"), connection: nil), secret: "newer")
            #expect(try await vault.ask(ShowStatus()).secretsToRotate.isEmpty)
        }
    }

    @Test("A value that ends is due before it does, and expired afterwards")
    func expires() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await decide(vault) {
                $0.expires = .now.adding(seconds: 1000)
                $0.beforeExpirySeconds = 500
            }
            #expect(try await shown(vault).health == .ok)
            try await decide(vault) { $0.beforeExpirySeconds = 2000 }
            #expect(try await shown(vault).health == .due)
            try await decide(vault) { $0.expires = .now.adding(seconds: -1) }
            #expect(try await shown(vault).health == .expired)
            try await decide(vault) { $0.unset = [.expires] }
            #expect(try await shown(vault).health == .ok)
            var set = SetSecret(name: try name("smtp-pass"))
            set.policy = PolicyChange()
            set.policy?.expires = .now.adding(seconds: -1)
            try await vault.ask(set, secret: "right")
            #expect(try await shown(vault).health == .expired)
        }
    }

    @Test("A value that its server refuses is told of")
    func refused() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            vault.live.setPassword("other")
            try await vault.ask(vault.message())
            #expect(try await shown(vault).health == .refused)
            vault.live.setPassword("right")
            try await vault.ask(TestConnection(reference: reference("alerts")))
            #expect(try await shown(vault).health == .ok)
        }
    }

    @Test("What is due and has a hook is rotated by itself, and what has none is told of")
    func rotatesDue() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(SetSecret(name: name("manual")), secret: "x")
            var manual = PolicyChange()
            manual.everySeconds = 7200
            try await vault.ask(SetSecretPolicy(name: name("manual"), change: manual))
            try await decide(vault) {
                $0.everySeconds = 7200
                $0.hook = try vault.settingHook()
                $0.length = 40
            }
            #expect(try await vault.ask(RotateDue(planOnly: false)).rotations.isEmpty)
            try await age(vault, by: 7200)
            let plan = try await vault.ask(RotateDue(planOnly: true))
            #expect(plan.rotations.map(\.status) == ["skipped", "planned"])
            #expect(try await shown(vault).currentVersion == 1)
            let report = try await vault.ask(RotateDue(planOnly: false))
            #expect(report.rotations.map(\.secret.text) == ["manual", "smtp-pass"])
            #expect(report.rotations.map(\.status) == ["skipped", "promoted"])
            #expect(report.isSuccess)
            let told = try vault.told()
            let value = told.split(separator: "\"new\":\"").last?.prefix { $0 != "\"" }
            #expect(value?.count == 40)
            #expect(try await vault.ask(vault.message()).attempts.map(\.class) == ["ok"])
            #expect(
                try await vault.ask(RotateDue(planOnly: false)).rotations.map(\.status) == [
                    "skipped"
                ])
        }
    }

    @Test("A due rotation that fails is not repeated at once")
    func pauses() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await decide(vault) {
                $0.everySeconds = 7200
                $0.hook = try vault.hook("exit 1")
            }
            try await age(vault, by: 7200)
            let first = try await vault.ask(RotateDue(planOnly: false))
            #expect(first.rotations.map(\.status) == ["failed"] && !first.isSuccess)
            let second = try await vault.ask(RotateDue(planOnly: false))
            #expect(second.rotations.map(\.status) == ["skipped"] && second.isSuccess)
            #expect(try await vault.ask(vault.message()).status == "sent")
        }
    }

    @Test("A deleted secret leaves no rotation behind")
    func deleted() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            vault.live.setPassword("newer")
            try await vault.ask(
                RotateSecret(name: name("smtp-pass"), connection: nil), secret: "newer")
            try await vault.ask(DeleteSecret(name: name("smtp-pass"), force: true))
            #expect(try await vault.service.nextRetirement() == nil)
        }
    }
}
