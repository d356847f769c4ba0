import Access
import Glibc
import JSONCoding
import Operations
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("Hooks that change a password at its provider")
struct ProviderHookTests {
    private func states(_ vault: TestVault) async throws -> [SecretVersionState] {
        try await vault.ask(ListSecretVersions(name: name("smtp-pass"))).map(\.state)
    }

    @Test("A hook sets the value that was made up, and mail goes out with it")
    func sets() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let report = try await vault.ask(vault.generated(vault.settingHook()))
            #expect(report.status == "promoted")
            #expect(report.strategy == .single)
            #expect(report.hook == HookOutcome("exited", code: 0))
            #expect(report.tests.map(\.status) == ["passed"])
            let told = try vault.told()
            #expect(told.contains(#""old":"right","new":""#))
            #expect(told.contains(#""step":"set""#) && told.contains(#""encoding":"utf8""#))
            #expect(told.contains(#""connections":["alerts@production"]"#))
            #expect(told.contains(#""username":"user""#))
            let sent = try await vault.ask(vault.message())
            #expect(sent.status == "sent" && sent.attempts.count == 1)
            let actions = try await vault.audit().map(\.action).filter { $0.hasPrefix("rotation.") }
            #expect(
                actions == [
                    "rotation.create", "rotation.attempt", "rotation.set", "rotation.prove",
                    "rotation.promote",
                ])
        }
    }

    @Test("A hook that fails without having changed anything leaves the old value in use")
    func fails() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let report = try await vault.ask(
                vault.generated(vault.hook("cat >/dev/null; echo secret-output; exit 3")))
            #expect(report.status == "failed")
            #expect(report.hook == HookOutcome("exited", code: 3))
            #expect(report.tests.map(\.status) == ["failed"])
            #expect(report.testsOfCurrent.map(\.status) == ["passed"])
            #expect(try await states(vault) == [.current, .failed])
            #expect(try await vault.ask(vault.message()).status == "sent")
            let audit = try json(await vault.audit())
            let told = try json(report)
            #expect(!audit.contains("secret-output") && !told.contains("secret-output"))
        }
    }

    @Test("A hook that fails after it has changed the password is found out by the login")
    func failsLate() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let report = try await vault.ask(
                vault.generated(vault.settingHook(then: "kill -TERM $$")))
            #expect(report.status == "promoted")
            #expect(report.hook == HookOutcome("signalled", code: SIGTERM))
            #expect(try await vault.ask(vault.message()).attempts.map(\.class) == ["ok"])
        }
    }

    @Test(
        "A failed hook that no login can judge leaves it open, and resuming runs it again",
        arguments: [false, true])
    func unjudged(skipsTest: Bool) async throws {
        try await TestVault.with { vault in
            let secret = try name("smtp-pass")
            if skipsTest {
                try await vault.addAlerts()
            } else {
                try await vault.ask(SetSecret(name: secret), secret: "right")
            }
            let flag = vault.folder.file("provider-works")
            var request = try vault.generated(
                vault.hook("cat >/dev/null; test -e \(flag)"))
            request.skipTest = skipsTest
            request.graceSeconds = 0
            let report = try await vault.ask(request)
            #expect(report.status == "undecided")
            #expect(report.hook == HookOutcome("exited", code: 1))
            #expect(try await states(vault) == [.current, .pending])
            let again = try await vault.ask(ResumeRotation(id: report.id))
            #expect(again.status == "undecided")
            write("", to: flag)
            let resumed = try await vault.ask(ResumeRotation(id: report.id))
            #expect(resumed.status == "promoted")
            #expect(resumed.hook == HookOutcome("exited", code: 0))
            #expect(try await states(vault) == [.retired, .current])
        }
    }

    @Test("A failed hook that no login can judge is given up by whoever says so")
    func givenUpUnjudged() async throws {
        try await TestVault.with { vault in
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
            let report = try await vault.ask(vault.generated(vault.hook("exit 1")))
            #expect(report.status == "undecided")
            let aborted = try await vault.ask(AbortRotation(id: report.id))
            #expect(aborted.status == "aborted")
            #expect(try await states(vault) == [.current, .failed])
        }
    }

    @Test("When the server takes neither value, both are kept until somebody decides")
    func undecided() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let spoil = try vault.hook(
                "cat >/dev/null; printf 'user:third\\n' > \(vault.live.users)")
            let report = try await vault.ask(vault.generated(spoil))
            #expect(report.status == "undecided")
            #expect(try await states(vault) == [.current, .pending])
            let shown = try await vault.ask(ShowSecret(name: name("smtp-pass")))
            #expect(shown.rotation?.state == .undecided && shown.rotation?.id == report.id)
            // Another rotation does not go over it.
            #expect(
                await vault.refusal(of: try vault.generated(nil))?.code == "rotation-unsettled")
            let back = await vault.refusal(of: RollBackSecret(name: try name("smtp-pass")))
            #expect(back?.code == "rotation-unsettled")
            let set = await vault.refusal(of: SetSecret(name: try name("smtp-pass")), secret: "x")
            #expect(set?.code == "rotation-unsettled" && set?.exit == .conflict)
            let gone = await vault.refusal(
                of: DeleteSecret(name: try name("smtp-pass"), force: true))
            #expect(gone?.code == "rotation-unsettled" && gone?.exit == .conflict)
            #expect(try await states(vault) == [.current, .pending])
            vault.live.setPassword("right")
            let aborted = try await vault.ask(AbortRotation(id: report.id))
            #expect(aborted.status == "aborted")
            #expect(try await states(vault) == [.current, .failed])
            #expect(try await vault.ask(vault.message()).status == "sent")
            // Settled now, it may be set and deleted again.
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
            try await vault.ask(DeleteSecret(name: name("smtp-pass"), force: true))
        }
    }

    @Test("A hook that hangs is killed with its children at its time limit")
    func hangs() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            var request = try vault.generated(vault.hook("sleep 600 & sleep 600"))
            request.hookSeconds = 1
            let report = try await vault.ask(request)
            #expect(report.status == "failed")
            #expect(report.hook == HookOutcome("timed_out"))
        }
    }

    @Test("A hook that writes without end is killed, and one that forks is not waited for")
    func noisy() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let noise = try await vault.ask(vault.generated(vault.hook("cat /dev/zero")))
            #expect(noise.hook == HookOutcome("output_too_large"))
            let fork = try await vault.ask(
                vault.generated(vault.settingHook(then: "sleep 5 &")))
            #expect(fork.status == "promoted")
        }
    }

    @Test("A hook sees neither value in its arguments or environment")
    func sees() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let seen = vault.folder.file("seen")
            let hook = try vault.settingHook(
                then: "{ tr '\\0' '\\n' < /proc/$$/cmdline; echo; env; ls /proc/$$/fd; } > \(seen)")
            try await vault.ask(vault.generated(hook))
            let text = try read(seen)
            let current = try #require(
                try vault.told().split(separator: "\"new\":\"").last?.split(separator: "\"").first)
            #expect(!text.contains("right") && !text.contains(current))
            #expect(!text.contains("SIGNET"))
            let variables = Set(
                text.split(separator: "\n").compactMap { line in
                    line.contains("=") ? line.split(separator: "=").first.map(String.init) : nil
                })
            #expect(
                variables.isSubset(of: ["PATH", "LANG", "HOME", "PWD", "SHLVL", "_", "OLDPWD"]))
        }
    }

    @Test("A program that others could change, or that is none, is not run")
    func unsafeProgram() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let open = try vault.hook("exit 0", name: "open", mode: 0o722)
            #expect(try await vault.ask(vault.generated(open)).hook == HookOutcome("not_started"))
            let gone = try HookCommand(arguments: ["/no/such/program"])
            #expect(try await vault.ask(vault.generated(gone)).hook == HookOutcome("not_started"))
            let plain = try vault.hook("exit 0", name: "plain", mode: 0o600)
            #expect(try await vault.ask(vault.generated(plain)).hook == HookOutcome("not_started"))
            #expect(try await vault.ask(vault.message()).status == "sent")
        }
    }

    @Test("A token names no hook, but may use the one that the operator has stored")
    func tokens() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let token = try await vault.token("secret:rotate", "secret:write")
            let hook = try vault.settingHook()
            let found = await vault.refusal(of: try vault.generated(hook), with: token)
            #expect(found?.code == "hook-denied" && found?.exit == .denied)
            var change = PolicyChange()
            change.hook = hook
            let policy = SetSecretPolicy(name: try name("smtp-pass"), change: change)
            #expect(await vault.refusal(of: policy, with: token)?.code == "hook-denied")
            var set = SetSecret(name: try name("smtp-pass"))
            set.policy = change
            #expect(await vault.refusal(of: set, with: token, secret: "x")?.code == "hook-denied")
            let refusals = try await vault.audit().filter { $0.reason == "hook-denied" }
            #expect(refusals.count == 3)
            try await vault.ask(policy)
            let report = try await vault.ask(vault.generated(nil), with: token)
            #expect(report.status == "promoted" && report.hook?.isSuccess == true)
        }
    }

    // MARK: What a hook reads

    private func input(old: String?, new: [UInt8]) throws -> [UInt8] {
        try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
        let facts = HookInput.Facts(
            step: .set, rotation: RotationID(), secret: try name("s"), strategy: .multi,
            username: "a\"b\\c\n", oldUsername: "ü", connections: ["x@production", "y@production"])
        var before: SecretBytes?
        if let old { before = try SecretBytes(copying: Array(old.utf8).span) }
        let value = try SecretBytes(copying: new.span)
        let input = try HookInput(facts, old: before, new: value)
        return input.withSpan { span in span.indices.map { span[$0] } }
    }

    private struct Told: Decodable {
        var version: Int
        var encoding: String
        var old: String?
        var new: String
        var username: String
        var oldUsername: String
        var connections: [String]
    }

    @Test(
        "What a hook reads is JSON, whatever is in the values",
        arguments: [
            (nil, Array("plain".utf8), "utf8"),
            ("o\"l\\d", Array("n\te\nw \u{1} ü €".utf8), "utf8"),
            ("old", [0xFF, 0x00, 0x41], "base64"), ("", Array("x".utf8), "utf8"),
            ("old", [UInt8](repeating: 0x22, count: VaultLimits.secretBytes), "utf8"),
            (
                String(repeating: "\"", count: VaultLimits.secretBytes),
                [UInt8](repeating: 0x01, count: VaultLimits.secretBytes), "base64"
            ),
        ] as [(String?, [UInt8], String)])
    func reads(_ old: String?, _ new: [UInt8], _ encoding: String) throws {
        let bytes = try input(old: old, new: new)
        #expect(bytes.last == UInt8(ascii: "\n"))
        let told = try JSONCoding.decode(Told.self, from: bytes)
        #expect(told.version == 1 && told.encoding == encoding)
        #expect(told.username == "a\"b\\c\n" && told.oldUsername == "ü")
        #expect(told.connections == ["x@production", "y@production"])
        if encoding == "utf8" {
            #expect(told.old == old && Array(told.new.utf8) == new)
        } else {
            func decoded(_ text: String) throws -> [UInt8] {
                try Base64.decode(Array(text.utf8).span)
            }
            #expect(try decoded(told.new) == new)
            #expect(try told.old.map(decoded) == old.map { Array($0.utf8) })
        }
    }

    @Test("A hook's input is never printed")
    func redacted() throws {
        try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
        let facts = HookInput.Facts(
            step: .set, rotation: RotationID(), secret: try name("s"), strategy: .multi,
            username: "u", oldUsername: "u", connections: [])
        let value = try SecretBytes(copying: Array("wonder".utf8).span)
        let input = try HookInput(facts, old: nil, new: value)
        #expect(!"\(input)".contains("wonder") && !String(reflecting: input).contains("wonder"))
    }
}
