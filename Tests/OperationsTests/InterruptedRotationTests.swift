import Access
import Glibc
import Operations
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("Rotations that were interrupted")
struct InterruptedRotationTests {
    /// Leaves a rotation as a crash would: in a state, with the provider on one of the two values.
    private func interrupt(
        _ vault: TestVault, in state: RotationState, _ strategy: RotationStrategy = .single,
        hook: HookCommand?, serverHas password: String
    ) async throws -> RotationID {
        try await vault.addAlerts()
        // A rotation that cannot be decided leaves both values; the rest is put as it is wanted.
        let spoil = try vault.hook(
            "cat >/dev/null; printf 'user:third\\n' > \(vault.live.users)", name: "spoil")
        var request = RotateSecret(name: try name("smtp-pass"), connection: nil)
        request.hook = spoil
        request.strategy = strategy
        let report = try await vault.ask(request, secret: "newer")
        #expect(report.status == "undecided")
        let store = vault.service.store
        try await store.transaction { transaction in
            guard let tenant = try transaction.tenant(named: ResourceName("default")),
                var rotation = try transaction.rotation(report.id, in: tenant.id),
                var secret = try transaction.find(
                    SecretRecord.self, rotation.secret, in: tenant.id)
            else { throw StoreError.tampered(what: "the rotation") }
            rotation.state = state
            rotation.content.hook = hook
            try transaction.update(rotation)
            // A quarter of an hour later.
            secret.content.refusals = []
            secret = try transaction.update(secret)
            for var version in try transaction.versions(of: secret) {
                version.content.refused = nil
                try transaction.update(version)
            }
        }
        vault.live.setPassword(password)
        return report.id
    }

    private func states(_ vault: TestVault) async throws -> [SecretVersionState] {
        try await vault.ask(ListSecretVersions(name: name("smtp-pass"))).map(\.state)
    }

    private func assertMailGoesOut(_ vault: TestVault) async throws {
        let sent = try await vault.ask(vault.message())
        #expect(sent.status == "sent")
        #expect(try await states(vault).count { $0 == .current } == 1)
    }

    @Test(
        "Going on finds the value that is in place, from wherever it was interrupted",
        arguments: [RotationStrategy.single, .multi],
        [RotationState.created, .setAttempted, .set, .tested, .undecided])
    func resumesOnNew(_ strategy: RotationStrategy, _ state: RotationState) async throws {
        try await TestVault.with { vault in
            let id = try await interrupt(
                vault, in: state, strategy, hook: vault.settingHook(), serverHas: "newer")
            let report = try await vault.ask(ResumeRotation(id: id))
            #expect(report.status == "promoted" && report.resumed)
            #expect(report.currentVersion == 2)
            try await assertMailGoesOut(vault)
            // Going on once more does nothing.
            let again = try await vault.ask(ResumeRotation(id: id))
            #expect(again.status == "promoted" && again.currentVersion == 2)
            #expect(try await states(vault) == [.previous, .current])
        }
    }

    @Test("A list tells of rotations that nobody works on first, and of those that are over last")
    func listed() async throws {
        try await TestVault.with { vault in
            #expect(try await vault.ask(ListRotations()).isEmpty)
            let id = try await interrupt(
                vault, in: .setAttempted, hook: vault.settingHook(), serverHas: "newer")
            let other = try name("other")
            for value in ["one", "two"] {
                try await vault.ask(SetSecret(name: other), secret: value)
            }
            let second = try await vault.ask(
                RotateSecret(name: other, connection: nil, skipTest: true), secret: "three")
            var listed = try await vault.ask(ListRotations())
            #expect(listed.map(\.id) == [id, second.id])
            #expect(listed.map(\.standing) == [.attention, .grace])
            #expect(listed.map(\.state) == [.setAttempted, .grace])
            #expect(listed.map(\.secret.text) == ["smtp-pass", "other"])
            #expect(listed[0].action == "vault rotate --resume \(id), or --abort \(id)")
            #expect(listed[0].fromVersion == 1 && listed[0].newVersion == 2)
            #expect(listed[1].graceUntil != nil && listed[1].action.isEmpty)
            // What is over is told on demand.
            try await vault.ask(AbortRotation(id: id))
            listed = try await vault.ask(ListRotations())
            #expect(listed.map(\.standing) == [.grace])
            listed = try await vault.ask(ListRotations(all: true))
            #expect(listed.map(\.standing) == [.grace, .over])
            #expect(try !json(listed).contains("newer"))
            let reader = try await vault.token("secret:stat")
            let rotator = try await vault.token("secret:rotate")
            #expect(await vault.refusal(of: ListRotations(), with: reader) == nil)
            #expect(
                await vault.refusal(of: ListRotations(), with: rotator)?.code == "scope-denied")
        }
    }

    @Test("A hook that did not get to its work runs again with the same value")
    func setsAgain() async throws {
        try await TestVault.with { vault in
            let id = try await interrupt(
                vault, in: .setAttempted, hook: vault.settingHook(), serverHas: "right")
            let report = try await vault.ask(ResumeRotation(id: id))
            #expect(report.status == "promoted" && report.hook?.isSuccess == true)
            #expect(report.testsOfCurrent.map(\.status) == ["passed"])
            // The new value was asked for once, after it was set.
            #expect(report.tests.map(\.tries) == [1])
            #expect(try vault.told().contains(#""old":"right","new":"newer""#))
            try await assertMailGoesOut(vault)
        }
    }

    @Test(
        "Where the old value is in place and the new one is refused, the old one stays",
        arguments: [RotationState.set, .undecided])
    func resumesOnOld(_ state: RotationState) async throws {
        try await TestVault.with { vault in
            let id = try await interrupt(
                vault, in: state, hook: vault.hook("exit 0"), serverHas: "right")
            let report = try await vault.ask(ResumeRotation(id: id))
            #expect(report.status == "failed" && report.currentVersion == 1)
            try await assertMailGoesOut(vault)
            #expect(try await vault.ask(ResumeRotation(id: id)).status == "failed")
        }
    }

    @Test(
        "Giving up leaves the old value in place, and sets it again where the new one was",
        arguments: ["right", "newer"])
    func aborts(_ password: String) async throws {
        try await TestVault.with { vault in
            let id = try await interrupt(
                vault, in: .setAttempted, hook: vault.settingHook(), serverHas: password)
            let report = try await vault.ask(AbortRotation(id: id))
            #expect(report.status == "aborted" && report.currentVersion == 1)
            #expect(try await states(vault) == [.current, .failed])
            try await assertMailGoesOut(vault)
            #expect(try await vault.live.lastIdentity() == "user")
            let found = await vault.refusal(of: AbortRotation(id: id))
            #expect(found?.code == "rotation-over" && found?.exit == .conflict)
        }
    }

    @Test("Giving up is refused while the server takes the new value alone, and both are kept")
    func cannotAbort() async throws {
        try await TestVault.with { vault in
            let id = try await interrupt(
                vault, in: .set, hook: vault.hook("exit 1"), serverHas: "newer")
            let found = await vault.refusal(of: AbortRotation(id: id))
            #expect(found?.code == "rotation-unsettled" && found?.exit == .conflict)
            #expect(try await states(vault) == [.current, .pending])
            #expect(try await vault.ask(ResumeRotation(id: id)).status == "promoted")
            try await assertMailGoesOut(vault)
        }
    }

    @Test("The same command again settles what was left, and then does what it is asked")
    func sameCommand() async throws {
        try await TestVault.with { vault in
            let hook = try vault.settingHook()
            let id = try await interrupt(
                vault, in: .setAttempted, hook: hook, serverHas: "newer")
            // A given value comes after the one that was left.
            var request = RotateSecret(name: try name("smtp-pass"), connection: nil)
            request.hook = hook
            let report = try await vault.ask(request, secret: "newest")
            #expect(report.status == "promoted" && report.id != id)
            #expect((report.fromVersion, report.currentVersion) == (2, 3))
            #expect(try await states(vault) == [.retired, .previous, .current])
            try await assertMailGoesOut(vault)
        }
    }

    @Test("A value that was made up and set is taken over by the same command")
    func generatedAgain() async throws {
        try await TestVault.with { vault in
            let hook = try vault.settingHook()
            let id = try await interrupt(vault, in: .set, hook: hook, serverHas: "newer")
            let store = vault.service.store
            try await store.transaction { transaction in
                guard let tenant = try transaction.tenant(named: ResourceName("default")),
                    var rotation = try transaction.rotation(id, in: tenant.id)
                else { throw StoreError.tampered(what: "the rotation") }
                rotation.content.isGenerated = true
                try transaction.update(rotation)
            }
            let report = try await vault.ask(vault.generated(hook))
            #expect(report.id == id && report.resumed && report.status == "promoted")
            try await assertMailGoesOut(vault)
        }
    }

    @Test("What the provider knows nothing of gives way to another value")
    func superseded() async throws {
        try await TestVault.with { vault in
            let id = try await interrupt(
                vault, in: .created, hook: vault.hook("exit 0"), serverHas: "newest")
            let request = RotateSecret(name: try name("smtp-pass"), connection: nil)
            #expect(try await vault.ask(request, secret: "newest").status == "promoted")
            #expect(try await states(vault) == [.previous, .failed, .current])
            let report = try await vault.ask(ResumeRotation(id: id))
            #expect(report.status == "aborted")
        }
    }

    @Test("A rotation of another vault, or none, is not found")
    func unknown() async throws {
        try await TestVault.with { vault in
            #expect(await vault.refusal(of: ResumeRotation(id: RotationID()))?.exit == .notFound)
            #expect(await vault.refusal(of: AbortRotation(id: RotationID()))?.exit == .notFound)
        }
    }

    /// Whether every change of the secret is refused because somebody works on it.
    private func expectTaken(_ vault: TestVault) async throws {
        let secret = try name("smtp-pass")
        for refusal in [
            await vault.refusal(of: try vault.generated(nil)),
            await vault.refusal(of: SetSecret(name: secret), secret: "another"),
            await vault.refusal(of: RollBackSecret(name: secret)),
            await vault.refusal(of: DeleteSecret(name: secret, force: true)),
        ] {
            #expect(refusal?.code == "rotation-running" && refusal?.exit == .conflict)
        }
    }

    @Test("One rotation of a secret is worked on at a time, and nothing else changes it meanwhile")
    func busy() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let gate = try HookGate(vault)
            let hook = try vault.settingHook(then: gate.wait)
            async let first = vault.ask(vault.generated(hook))
            try await gate.reached()
            try await expectTaken(vault)
            // Meanwhile the server has the new value, and mail goes out with one login more.
            let sent = try await vault.ask(vault.message())
            #expect(sent.status == "sent")
            #expect(sent.attempts.map(\.class) == ["credential", "ok"])
            // What is under way is not reported as left behind.
            let alerts = try await vault.ask(ShowStatus()).secretsToRotate.map(\.health)
            #expect(!alerts.contains(.interrupted))
            gate.open()
            #expect(try await first.status == "promoted")
            #expect(try await vault.ask(vault.message()).attempts.map(\.class) == ["ok"])
            try await vault.ask(RollBackSecret(name: name("smtp-pass")))
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "another")
            try await vault.ask(DeleteSecret(name: name("smtp-pass"), force: true))
        }
    }

    @Test("While the old value is being revoked, it does not become current again by any way")
    func busyRevoking() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let gate = try HookGate(vault)
            let hook = try vault.hook(
                """
                if grep -q '"step":"retire"'; then \(gate.wait); fi
                printf 'user:newer\\n' > \(vault.live.users).hook
                mv \(vault.live.users).hook \(vault.live.users)
                """)
            var request = RotateSecret(name: try name("smtp-pass"), connection: nil)
            request.hook = hook
            request.strategy = .multi
            request.autoRollback = true
            #expect(try await vault.ask(request, secret: "newer").status == "promoted")
            try await vault.service.store.transaction { transaction in
                for var rotation in try transaction.rotations(
                    dueAt: .now.adding(seconds: 200_000))
                {
                    rotation.due = Timestamp.now.adding(seconds: -1)
                    try transaction.update(rotation)
                }
            }
            async let due = vault.ask(RotateDue(planOnly: false))
            try await gate.reached()
            try await expectTaken(vault)
            // The server has the old value still, and takes it alone.
            vault.live.setPassword("right")
            let sent = try await vault.ask(vault.message())
            #expect(sent.attempts.map(\.class) == ["credential", "ok"])
            gate.open()
            #expect(try await due.retired == [name("smtp-pass")])
            #expect(try await states(vault) == [.retired, .current])
            let actions = try await vault.audit().map(\.action)
            #expect(actions.contains("rotation.alert"))
            #expect(!actions.contains("rotation.auto-rollback"))
        }
    }
}
