import Operations
import Sandbox
import Testing
import VaultModel
import VaultStore

@Suite("Rotation")
struct RotationTests {
    private func rotate(
        skipTest: Bool = false, grace: Int64 = RotateSecret.defaultGraceSeconds,
        planOnly: Bool = false
    ) throws -> RotateSecret {
        RotateSecret(
            name: try name("smtp-pass"), connection: nil, skipTest: skipTest, graceSeconds: grace,
            planOnly: planOnly)
    }

    private func states(_ vault: TestVault) async throws -> [SecretVersionState] {
        try await vault.ask(ListSecretVersions(name: name("smtp-pass"))).map(\.state)
    }

    @Test("A value that logs in becomes current")
    func promotes() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            vault.live.setPassword("newer")
            let report = try await vault.ask(rotate(), secret: "newer")
            #expect(report.status == "promoted")
            #expect(report.fromVersion == 1)
            #expect(report.currentVersion == 2)
            #expect(report.tests.map(\.status) == ["passed"])
            #expect(report.graceUntil != nil)
            #expect(report.warnings.isEmpty)
            #expect(try await states(vault) == [.previous, .current])
            let sent = try await vault.ask(vault.message())
            #expect(sent.status == "sent")
            #expect(sent.attempts.count == 1)
            let actions = try await vault.audit().map(\.action)
            #expect(actions.contains("rotation.create"))
            #expect(actions.contains("rotation.promote"))
        }
    }

    @Test("A value that does not log in fails, and the old one stays in use")
    func fails() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let report = try await vault.ask(rotate(), secret: "wrong")
            #expect(report.status == "failed")
            #expect(report.currentVersion == 1)
            #expect(report.tests.map(\.status) == ["failed"])
            #expect(try await states(vault) == [.current, .failed])
            #expect(try await vault.ask(vault.message()).status == "sent")
            let entry = try await vault.audit().last { $0.action == "rotation.fail" }
            #expect(entry?.outcome == .failed)
            // The login alone was tried: no mail reached the server before the one above.
            #expect(try await vault.live.messages().count == 1)
        }
    }

    @Test("One connection of several that does not log in fails the rotation")
    func failsForOne() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let second = try await LiveServer(vault.folder, name: "second")
            var settings = try vault.settings(secret: "smtp-pass")
            settings.port = Int(second.port)
            try await vault.ask(
                CreateConnection(name: name("second"), environment: .production, settings: settings)
            )
            vault.live.setPassword("newer")
            let report = try await vault.ask(rotate(), secret: "newer")
            #expect(report.status == "failed")
            #expect(Set(report.tests.map(\.status)) == ["passed", "failed"])
            #expect(try await states(vault) == [.current, .failed])
            second.setPassword("newer")
            #expect(try await vault.ask(rotate(), secret: "newer").status == "promoted")
            await second.stop()
        }
    }

    @Test("Test and disabled connections are not logged in to")
    func skips() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(.test)
            try await vault.ask(
                CreateConnection(
                    name: name("off"), environment: .production,
                    settings: vault.settings(secret: "smtp-pass"), enabled: false))
            let report = try await vault.ask(rotate(), secret: "anything")
            #expect(report.status == "promoted")
            #expect(report.tests.map(\.status) == ["skipped", "skipped"])
            #expect(!report.warnings.isEmpty)
        }
    }

    @Test("Rolling back makes the version before current again, and forth")
    func rollback() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(rotate(skipTest: true), secret: "newer")
            let back = try await vault.ask(RollBackSecret(name: name("smtp-pass")))
            #expect(back.status == "rolled_back")
            #expect(back.currentVersion == 1)
            #expect(try await states(vault) == [.current, .previous])
            #expect(try await vault.ask(vault.message()).status == "sent")
            #expect(
                try await vault.ask(ShowSecret(name: name("smtp-pass"))).rotation?.state
                    == .rolledBack)
            vault.live.setPassword("newer")
            #expect(
                try await vault.ask(RollBackSecret(name: name("smtp-pass"))).currentVersion == 2)
            #expect(try await vault.ask(vault.message()).status == "sent")
        }
    }

    @Test("Without a version before there is nothing to roll back to")
    func nothingBefore() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let found = await vault.refusal(of: RollBackSecret(name: try name("smtp-pass")))
            #expect(found?.exit == .conflict)
            #expect(found?.code == "no-previous")
        }
    }

    @Test("During the grace period the version before is tried when the current one is refused")
    func grace() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(rotate(skipTest: true), secret: "newer")
            let during = try await vault.ask(vault.message())
            #expect(during.status == "sent")
            #expect(during.attempts.map(\.class) == ["credential", "ok"])
            #expect(during.attempts.map(\.n) == [1, 2])
            vault.live.setPassword("newer")
            // The one that was refused just now is tried last, and first again once it was taken.
            let after = try await vault.ask(vault.message())
            #expect(after.attempts.map(\.class) == ["credential", "ok"])
            let later = try await vault.ask(vault.message())
            #expect(later.attempts.map(\.class) == ["ok"])
            #expect(try await vault.live.messages().count == 3)
        }
    }

    @Test("Without a grace period the version before is not tried")
    func noGrace() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(rotate(skipTest: true, grace: 0), secret: "newer")
            #expect(try await states(vault) == [.retired, .current])
            let report = try await vault.ask(vault.message())
            #expect(report.status == "failed")
            #expect(report.attempts.map(\.class) == ["credential"])
            #expect(try await vault.live.messages().isEmpty)
        }
    }

    @Test("A rotation does not carry a new value to a server that nobody approved")
    func movedConnection() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(
                UpdateConnection(
                    reference: reference("alerts"), assignments: ["host=127.0.0.3"],
                    retarget: false))
            let found = await vault.refusal(of: try rotate(), secret: "newer")
            #expect(found?.code == "destination-changed")
            #expect(try await states(vault) == [.current])
        }
    }

    @Test("A connection may stand for its secret")
    func byConnection() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            vault.live.setPassword("newer")
            let request = RotateSecret(name: nil, connection: try reference("alerts"))
            #expect(try await vault.ask(request, secret: "newer").status == "promoted")
            let neither = RotateSecret(name: nil, connection: nil)
            #expect(await vault.refusal(of: neither, secret: "x")?.exit == .usage)
        }
    }

    @Test("A plan needs no value and changes nothing")
    func plan() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let report = try await vault.ask(rotate(planOnly: true))
            #expect(report.status == "planned")
            #expect(report.newVersion == 2)
            #expect(report.tests.map(\.status) == ["planned"])
            #expect(try await states(vault) == [.current])
        }
    }

    @Test(
        "The grace period is 0 to 90 days",
        arguments: [
            -1, RotateSecret.graceLimitSeconds + 1, .max, .min,
        ] as [Int64])
    func graceBounds(seconds: Int64) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            #expect(
                await vault.refusal(of: try rotate(grace: seconds), secret: "x")?.exit == .usage)
        }
    }
}
