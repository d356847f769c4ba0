import Delivery
import Glibc
import Operations
import References
import SMTPDiagnosis
import Testing
import VaultModel
import VaultStore

@Suite("Secrets that are kept elsewhere")
struct ReferenceTests {
    private func addAlerts(_ vault: TestVault, _ reference: String) async throws {
        try await vault.ask(SetSecret(name: name("smtp-pass"), reference: reference))
        try await vault.ask(
            CreateConnection(
                name: name("alerts"), environment: .production,
                settings: vault.settings(secret: "smtp-pass")))
    }

    @Test("A file is read for each session, so that a changed value is used by the next")
    func file() async throws {
        try await TestVault.with { vault in
            let path = vault.folder.file("password")
            write("right\n", to: path)
            try await addAlerts(vault, "file://\(path)")
            #expect(try await vault.ask(vault.message()).status == "sent")
            write("wrong\n", to: path)
            #expect(try await vault.ask(vault.message()).status == "failed")
            vault.live.setPassword("other")
            write("other\n", to: path)
            #expect(try await vault.ask(vault.message()).status == "sent")
            let versions = try await vault.ask(ListSecretVersions(name: name("smtp-pass")))
            #expect(versions.map(\.external) == [true])
            _ = unsafe unlink(path)
            let found = await vault.refusal(of: try vault.message())
            #expect(found?.code == "reference")
            let report = try await vault.ask(
                TestConnection(reference: reference("alerts@production")))
            #expect(report.steps.first { $0.status == .fail }?.step == .config)
        }
    }

    @Test("A variable of the environment is read for each session")
    func variable() async throws {
        try await TestVault.with { vault in
            let variable = "SIGNET_TEST_REFERENCE_PASSWORD"
            _ = unsafe setenv(variable, "right", 1)
            defer { _ = unsafe unsetenv(variable) }
            try await addAlerts(vault, "env://\(variable)")
            #expect(try await vault.ask(vault.message()).status == "sent")
            _ = unsafe setenv(variable, "wrong", 1)
            #expect(try await vault.ask(vault.message()).status == "failed")
        }
    }

    @Test("A token refers to what the settings permit alone; the operator to anything")
    func rights() async throws {
        let folder = TemporaryFolder()
        let permitted = ExternalReferenceSettings(
            variablePrefixes: ["SIGNET_TEST_"], fileFolders: [folder.path])
        let settings = DeliverySettings(
            egress: TestVault.settings.egress, references: permitted)
        try await TestVault.with(settings) { vault in
            let token = try await vault.token("secret:write", "secret:rotate")
            let inside = folder.file("inside")
            write("right", to: inside)
            for (reference, isPermitted) in [
                ("file://\(inside)", true),
                ("file://\(folder.path)/../passwd", false), ("env://SIGNET_TEST_X", true),
                ("env://PATH", false), ("openbao://secret/mail#password", false),
                ("http://x/y", false), ("file://relative", false), ("", false),
            ] {
                let set = SetSecret(name: try name("smtp-pass"), reference: reference)
                let found = await vault.refusal(of: set, with: token)
                #expect((found == nil) == isPermitted, "\(reference)")
                if let found {
                    #expect([.usage, .denied, .failed].contains(found.exit), "\(found)")
                }
                if isPermitted { continue }
                let rotate = RotateSecret(
                    name: try name("smtp-pass"), connection: nil, reference: reference)
                #expect(await vault.refusal(of: rotate, with: token) != nil)
            }
            // Where a file is in the end is looked at when it is read.
            let outside = vault.folder.file("outside")
            write("right", to: outside)
            try await vault.ask(
                SetSecret(name: name("smtp-pass"), reference: "file://\(outside)"), with: token)
            try await vault.ask(
                CreateConnection(
                    name: name("alerts"), environment: .production,
                    settings: vault.settings(secret: "smtp-pass")))
            let unread = await vault.refusal(of: try vault.message())
            #expect(unread?.code == "reference")
            #expect(unread?.exit == .denied)
            #expect(try await vault.live.messages().isEmpty)
            let byOperator = SetSecret(name: try name("smtp-pass"), reference: "env://PATH")
            #expect(await vault.refusal(of: byOperator) == nil)
        }
    }

    @Test("A rotation proves what a new reference stands for before it is current")
    func rotation() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let path = vault.folder.file("password")
            write("wrong", to: path)
            func rotate(_ reference: String) async throws -> RotationReport {
                try await vault.ask(
                    RotateSecret(name: name("smtp-pass"), connection: nil, reference: reference))
            }
            let failed = try await rotate("file://\(path)")
            #expect(failed.status == "failed")
            #expect(failed.tests.map(\.phase) == ["auth"])
            let missing = try await rotate("file://\(path)-none")
            #expect(missing.status == "failed")
            #expect(missing.currentVersion == 1)
            #expect(try await vault.ask(vault.message()).status == "sent")
            write("new", to: path)
            vault.live.setPassword("new")
            let promoted = try await rotate("file://\(path)")
            #expect(promoted.status == "promoted")
            let versions = try await vault.ask(ListSecretVersions(name: name("smtp-pass")))
            #expect(versions.last?.external == true)
            #expect(!versions.contains { $0.state == .pending })
            #expect(try await vault.ask(vault.message()).status == "sent")
        }
    }

    @Test("What a reference stands for goes where the secret was approved for alone")
    func destination() async throws {
        try await TestVault.with { vault in
            let path = vault.folder.file("password")
            write("right", to: path)
            try await addAlerts(vault, "file://\(path)")
            try await vault.ask(
                UpdateConnection(
                    reference: reference("alerts@production"), assignments: ["host=127.0.0.2"],
                    retarget: false))
            #expect(await vault.refusal(of: try vault.message())?.code == "destination-changed")
        }
    }
}
