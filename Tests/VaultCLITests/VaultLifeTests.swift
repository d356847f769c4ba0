import Access
import Glibc
import JSONCoding
import Operations
import Sodium
import Testing
import VaultCLI

/// Runs command lines against real vaults in temporary folders.
private struct RealVault {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    var home: String { folder.path + "/home" }

    func run(_ line: String, _ environment: [String: String] = [:]) async throws -> ProgramRun {
        try await ProgramRun(
            words(line), environment: environment.merging(["SIGNET_HOME": home]) { $1 },
            connector: .live)
    }
}

private struct CreatedToken: Decodable {
    let token: String
    let accessor: String
    let scopes: [String]
    let expiresAt: String?
}

private struct CreatedVaultText: Decodable {
    let vault: String
    let home: String
    let keyFile: String
    let recoveryCode: String?
}

@Test("A vault is made once; its JSON names the key file and the recovery code")
func makesVault() async throws {
    let vault = try RealVault()
    let made = try await vault.run("init --json")
    #expect(made.code == 0, "\(made.errors)")
    let facts = try JSONCoding.decode(CreatedVaultText.self, from: Array(made.output.utf8))
    #expect(facts.home == vault.home)
    #expect(unsafe access(facts.keyFile, R_OK) == 0)
    #expect(facts.recoveryCode?.count == 44)
    let code = vault.folder.write((facts.recoveryCode ?? "") + "\n", to: "code")
    #expect(try await vault.run("protector test --from-file \(code)").code == 0)
    #expect(try await vault.run("init").code == 5)
    #expect(try await vault.run("doctor").output.contains("audit chain"))
    #expect(try await vault.run("audit verify").code == 0)
}

@Test("Without a recovery code the JSON says null")
func makesVaultWithoutCode() async throws {
    let vault = try RealVault()
    let made = try await vault.run("init --recovery none --json")
    #expect(made.output.contains("\"recovery_code\":null"))
}

@Test("A key file elsewhere is found by its variable")
func findsKeyFile() async throws {
    let vault = try RealVault()
    let key = vault.folder.path + "/elsewhere.key"
    #expect(try await vault.run("init --quiet --key-file \(key)").code == 0)
    #expect(try await vault.run("status").code == 6)
    #expect(try await vault.run("status", ["SIGNET_KEY_FILE": key]).code == 0)
}

@Test("Secrets, connections and tokens go from the command line into the vault and back")
func livesThrough() async throws {
    let vault = try RealVault()
    _ = try await vault.run("init")
    let value = vault.folder.write("hunter2\r\n", to: "value")
    #expect(try await vault.run("secret set s --from-file \(value)").code == 0)
    #expect(try await vault.run("secret set s --from-file \(value) --if-version 0").code == 5)
    #expect(try await vault.run("secret set s --generate").output.contains("version 2"))
    #expect(try await vault.run("secret show s --json").output.contains(#""used_by":[]"#))
    let create = "connection create c --host smtp.example.org --from 'C <c@example.org>'"
    #expect(try await vault.run(create + " --env prod --username u --secret s").code == 0)
    #expect(try await vault.run(create + " --env prod").code == 5)
    #expect(try await vault.run(create + " --env test --secret s").code == 2)
    let shown = try await vault.run("connection show c@prod --json")
    #expect(shown.output.contains(#""from":{"address":"c@example.org","name":"C"}"#))
    #expect(shown.output.contains(#""mode":"smtp""#))
    #expect(try await vault.run("connection check-name C --env prod").code == 5)
    #expect(try await vault.run("secret delete s").code == 5)

    let made = try await vault.run("token create --scope connection:read --expires never --json")
    let token = try JSONCoding.decode(CreatedToken.self, from: Array(made.output.utf8))
    #expect(made.output.hasPrefix(#"{"token":"sgt_"#))
    #expect(made.output.contains(#""expires_at":null"#))
    #expect(token.scopes == ["connection:read"])
    let file = ["SIGNET_TOKEN_FILE": vault.folder.write(token.token + "\n", to: "token")]
    #expect(try await vault.run("token check", file).output.contains(token.accessor))
    #expect(try await vault.run("connection list", file).code == 0)
    #expect(try await vault.run("secret list", file).code == 4)
    #expect(try await vault.run("token revoke \(token.accessor)").code == 0)
    #expect(try await vault.run("connection list", file).code == 4)
}

@Test("An empty token is refused; it never stands for the machine's user")
func refusesEmptyToken() async throws {
    let vault = try RealVault()
    _ = try await vault.run("init")
    for text in ["", "\n"] {
        let run = try await vault.run(
            "status", ["SIGNET_TOKEN_FILE": vault.folder.write(text, to: "empty")])
        #expect(run.code == 2)
    }
    #expect(try await vault.run("status --token-file /nowhere/token").code == 2)
}

@Test("The sandbox's inboxes are there without a vault")
func sandboxNeedsNoVault() async throws {
    let vault = try RealVault()
    #expect(try await vault.run("status").code == 3)
    #expect(try await vault.run("sandbox inbox create q").code == 0)
    #expect(try await vault.run("sandbox inbox list").output.contains("q"))
    #expect(try await vault.run("sandbox wait --inbox q --timeout 0 --absent").code == 0)
}
