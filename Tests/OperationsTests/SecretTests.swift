import Operations
import Testing
import VaultModel
import VaultStore

@Suite("Secrets")
struct SecretTests {
    private static let canary = "canary-password-4711"

    @Test("No answer and no audit entry reveals a secret")
    func neverRevealed() async throws {
        try await TestVault.with { vault in
            let secret = try name("smtp-pass")
            var answers: [String] = []
            answers.append(
                try json(
                    await vault.ask(
                        SetSecret(name: secret, description: "for mail"), secret: Self.canary)))
            answers.append(try json(await vault.ask(SetSecret(name: secret), secret: Self.canary)))
            answers.append(try json(await vault.ask(ShowSecret(name: secret))))
            answers.append(try json(await vault.ask(ListSecrets())))
            answers.append(try json(await vault.ask(ListSecretVersions(name: secret))))
            answers.append(
                try json(
                    await vault.ask(
                        CreateConnection(
                            name: name("alerts"), environment: .production,
                            settings: vault.settings(secret: "smtp-pass")))))
            answers.append(
                try json(await vault.ask(ShowConnection(reference: reference("alerts")))))
            answers.append(try json(await vault.ask(vault.message())))
            answers.append(
                try json(
                    await vault.ask(
                        RotateSecret(name: secret, connection: nil, skipTest: true),
                        secret: Self.canary)))
            answers.append(try json(await vault.ask(RollBackSecret(name: secret))))
            answers.append(try json(await vault.ask(ListOutbox(limit: 10))))
            answers.append(try json(await vault.audit()))
            answers.append(try json(await vault.ask(RunDoctor())))
            answers.append(try json(await vault.ask(ShowStatus())))
            #expect(answers.allSatisfy { !$0.contains(Self.canary) })
            let shown = try await vault.ask(ShowSecret(name: secret))
            #expect(shown.description == "for mail")
            #expect(shown.usedBy == ["alerts@production"])
            #expect(shown.versions == 3)
        }
    }

    @Test("Each value becomes a version; the one before stays, older ones are destroyed")
    func versions() async throws {
        try await TestVault.with { vault in
            let secret = try name("s")
            for number in 1...4 {
                try await vault.ask(SetSecret(name: secret), secret: "\(number)")
            }
            let versions = try await vault.ask(ListSecretVersions(name: secret))
            #expect(versions.map(\.state) == [.retired, .retired, .previous, .current])
            #expect(versions.map(\.version) == [1, 2, 3, 4])
        }
    }

    @Test("A value is written only over the version that was named")
    func ifVersion() async throws {
        try await TestVault.with { vault in
            let secret = try name("s")
            try await vault.ask(SetSecret(name: secret, ifVersion: 0), secret: "a")
            for stale in [0, 2] as [Int64] {
                let found = await vault.refusal(
                    of: SetSecret(name: secret, ifVersion: stale), secret: "b")
                #expect(found?.exit == .conflict)
                #expect(found?.code == "stale-version")
            }
            try await vault.ask(SetSecret(name: secret, ifVersion: 1), secret: "b")
            #expect(try await vault.ask(ShowSecret(name: secret)).currentVersion == 2)
        }
    }

    @Test("A value has 1 to 16384 bytes")
    func size() async throws {
        try await TestVault.with { vault in
            for count in [1, VaultLimits.secretBytes] {
                let value = String(repeating: "x", count: count)
                try await vault.ask(SetSecret(name: name("s\(count)")), secret: value)
            }
            for count in [0, VaultLimits.secretBytes + 1] {
                let value = String(repeating: "x", count: count)
                let found = await vault.refusal(of: SetSecret(name: try name("s")), secret: value)
                #expect(found?.exit == .usage)
            }
            #expect(await vault.refusal(of: SetSecret(name: try name("s")))?.exit == .usage)
            #expect(try await vault.ask(ListSecrets()).count == 2)
        }
    }

    @Test("A secret that a connection uses is deleted only by force")
    func delete() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let secret = try name("smtp-pass")
            let found = await vault.refusal(of: DeleteSecret(name: secret, force: false))
            #expect(found?.exit == .conflict)
            #expect(found?.code == "in-use")
            try await vault.ask(DeleteSecret(name: secret, force: true))
            #expect(await vault.refusal(of: ShowSecret(name: secret))?.exit == .notFound)
            let send = await vault.refusal(of: try vault.message())
            #expect(send?.exit == .conflict)
            #expect(try await vault.live.messages().isEmpty)
        }
    }

    @Test("What is not there is exit 3")
    func missing() async throws {
        try await TestVault.with { vault in
            let none = try name("none")
            let outcomes = [
                await vault.refusal(of: ShowSecret(name: none)),
                await vault.refusal(of: ListSecretVersions(name: none)),
                await vault.refusal(of: DeleteSecret(name: none, force: true)),
                await vault.refusal(of: RollBackSecret(name: none)),
                await vault.refusal(
                    of: RotateSecret(name: none, connection: nil), secret: "x"),
                await vault.refusal(of: ShowConnection(reference: try reference("none"))),
                await vault.refusal(of: DeleteConnection(reference: try reference("none@test"))),
                await vault.refusal(of: EnableConnection(reference: try reference("none"))),
                await vault.refusal(of: ShowCertificate(name: none)),
                await vault.refusal(of: DeleteCertificate(name: none)),
                await vault.refusal(of: ShowToken(accessor: "none")),
                await vault.refusal(of: RevokeToken(accessor: "none")),
                await vault.refusal(of: ShowMessage(id: "msg_none")),
                await vault.refusal(of: SendMessage(name: none, environment: .test)),
                await vault.refusal(of: ListSandboxMessages(inbox: none, limit: 1)),
                await vault.refusal(
                    of: ShowSandboxMessage(inbox: try name("default"), id: "latest")),
                await vault.refusal(of: DeleteInbox(name: none)),
            ]
            #expect(outcomes.map { $0?.exit } == Array(repeating: .notFound, count: outcomes.count))
        }
    }
}
