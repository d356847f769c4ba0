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

private struct SharedVaultText: Decodable {
    let keyFile: String?
    let slots: Int
    let recoveryShares: [String]
}

private struct AddedSlotText: Decodable {
    let id: String
}

extension ProgramRun {
    /// The keys of the JSON object on standard output, or none.
    fileprivate var keysOrNone: [String] { (try? keys) ?? [] }
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

private struct ExportedEntry: Decodable {
    let sequence: Int
}

@Test("An export with --json is one array, even of nothing, and never CSV")
func exportsArray() async throws {
    let vault = try RealVault()
    #expect(try await vault.run("init").code == 0)
    let lines = try await vault.run("audit export").output.split(separator: "\n")
    let array = try JSONCoding.decode(
        [ExportedEntry].self, from: Array(try await vault.run("audit export --json").output.utf8))
    #expect(array.count == lines.count + 1)
    #expect(array.map(\.sequence) == array.map(\.sequence).sorted())
    let none = try await vault.run("audit export --json --action nothing")
    #expect(none.output == "[]\n")
    let both = try await vault.run("audit export --json --format csv")
    #expect(both.code == 2 && both.output.isEmpty)
    #expect(both.errors.contains("leave --json out"))
}

@Test("A file for a new key that is there already is exit 5, and stays as it is")
func keepsFiles() async throws {
    let vault = try RealVault()
    let taken = vault.folder.write("mine", to: "taken")
    func isRefused(_ line: String) async throws -> Bool {
        let run = try await vault.run(line)
        return run.code == 5 && run.errors.contains("name another file")
    }
    #expect(try await isRefused("init --key-file \(taken)"))
    #expect(try await vault.run("init").code == 0)
    #expect(try await isRefused("protector add key-file --key-file \(taken)"))
    #expect(try await isRefused("backup keygen \(taken)"))
    #expect(try await isRefused("audit auditor-key create \(taken)"))
    var facts = stat()
    #expect(unsafe stat(taken, &facts) == 0 && facts.st_size == 4)
}

@Test("A command that is none is exit 2, and a program that cannot be run exit 6")
func refusesCommands() async throws {
    let vault = try RealVault()
    #expect(try await vault.run("init").code == 0)
    for (line, code) in [
        ("protector add exec", 2), ("protector add exec -- printf x", 2),
        ("protector add exec -- /etc/passwd", 6),
    ] {
        #expect(try await vault.run(line).code == Int32(code), "\(line)")
    }
}

@Test("What is missing is told with what to check first")
func tellsWhatToCheck() async throws {
    let vault = try RealVault()
    let key = vault.folder.path + "/elsewhere.key"
    let nowhere = vault.folder.path + "/nowhere"
    #expect(try await vault.run("init --key-file \(key)").code == 0)
    let unnamed = try await vault.run("status")
    #expect(unnamed.code == 6)
    #expect(unnamed.errors.contains("hint: name the key file in SIGNET_KEY_FILE"))
    let named = ["SIGNET_KEY_FILE": key]
    let backup = vault.folder.path + "/copy.sgb"
    #expect(try await vault.run("backup \(backup)", named).code == 0)
    for line in [
        "restore \(backup) --key-file \(nowhere) --home \(nowhere)",
        "backup verify \(backup) --key-file \(nowhere)",
        "backup verify \(backup) --identity \(nowhere)",
    ] {
        let run = try await vault.run(line)
        #expect(run.code == 6)
        #expect(run.errors.contains("\(nowhere), which was named"), "\(run.errors)")
        #expect(!run.errors.contains("recovery"))
    }
    for line in ["restore \(nowhere) --home \(nowhere)", "backup verify \(nowhere)"] {
        let run = try await vault.run(line)
        #expect(run.code == 3)
        #expect(run.errors.contains("hint: check the path"), "\(run.errors)")
    }
}

@Test("Naming an auditor where there is one tells of that one's key")
func namesAuditorOnce() async throws {
    let vault = try RealVault()
    let key = vault.folder.path + "/auditor.key"
    #expect(try await vault.run("init").code == 0)
    #expect(try await vault.run("audit auditor-key create \(key)").code == 0)
    #expect(try await vault.run("audit auditor --public-key \(key).pub").code == 0)
    let again = try await vault.run("audit auditor --public-key \(key).pub")
    #expect(again.code == 6)
    #expect(again.errors.contains("has an auditor already"))
    #expect(again.errors.contains("--auditor-key"))
    let replaced = try await vault.run(
        "audit auditor --public-key \(key).pub --auditor-key \(key)")
    #expect(replaced.code == 0, "\(replaced.errors)")
}

@Test("A vault that is not made leaves no folder behind")
func leavesNoFolder() async throws {
    let vault = try RealVault()
    let taken = vault.folder.write("short", to: "taken")
    for (line, code) in [
        ("init --key-file \(taken)", 5), ("init --passphrase-file \(taken)", 2),
        ("init --recovery shares:9/2", 2), ("init --key-file \(vault.home)/data/key", 2),
        ("restore \(taken)", 8), ("restore \(vault.home)/none", 3),
    ] {
        let run = try await vault.run(line)
        #expect(run.code == Int32(code), "\(line): \(run.errors)")
        #expect(unsafe access(vault.home, F_OK) != 0, "\(line)")
    }
}

@Test("Without a recovery code the JSON says null")
func makesVaultWithoutCode() async throws {
    let vault = try RealVault()
    let made = try await vault.run("init --recovery none --json")
    #expect(made.output.contains("\"recovery_code\":null"))
}

@Test("A vault with shares and a passphrase tells each share once, and opens with them")
func makesVaultWithShares() async throws {
    let vault = try RealVault()
    let passphrase = vault.folder.write("correct horse battery\n", to: "passphrase")
    let made = try await vault.run(
        "init --recovery shares:2/3 --passphrase-file \(passphrase) --no-key-file --json")
    #expect(made.code == 0, "\(made.errors)")
    let facts = try JSONCoding.decode(SharedVaultText.self, from: Array(made.output.utf8))
    #expect(facts.recoveryShares.count == 3 && facts.keyFile == nil && facts.slots == 2)
    #expect(try await vault.run("status").code == 6)
    let environment = ["SIGNET_PASSPHRASE_FILE": passphrase]
    let status = try await vault.run("status", environment)
    #expect(status.output.contains("1 shares, 1 passphrase"))
    let paper = vault.folder.write(facts.recoveryShares[1...].joined(separator: "\n"), to: "paper")
    let added = try await vault.run("protector add key-file --from-file \(paper) --json")
    #expect(added.keysOrNone.contains("key_file"))
    #expect(try await vault.run("status").code == 0)
    let one = vault.folder.write(facts.recoveryShares[0], to: "one")
    #expect(try await vault.run("protector test --from-file \(one)").code == 6)
    #expect(try await vault.run("protector test --from-file \(paper)").code == 0)
    #expect(try await vault.run("protector test --passphrase-file \(passphrase)").code == 0)
    let code = try await vault.run("protector add code --json")
    #expect(code.keysOrNone.contains("recovery_code"))
    let shares = try await vault.run("protector add shares:2/2 --json")
    #expect(shares.keysOrNone.contains("recovery_shares"))
}

@Test(
    "What cannot protect a vault is refused with exit 2, and leaves no vault",
    arguments: [
        "--recovery paper", "--recovery shares:1/3", "--recovery shares:4/3",
        "--recovery shares:2/33", "--recovery shares:2", "--recovery none --no-key-file",
        "--passphrase-file short", "--passphrase-file /nowhere/file",
    ])
func refusesProtectors(options: String) async throws {
    let vault = try RealVault()
    let short = vault.folder.write("1234567\n", to: "short")
    let line = "init " + options.replacing("file short", with: "file \(short)")
    #expect(try await vault.run(line).code == 2)
    #expect(try await vault.run("status").code == 3)
}

@Test("A vault with one slot says so, and removing slots needs insistence")
func warnsOfOneSlot() async throws {
    let vault = try RealVault()
    let made = try await vault.run("init --recovery none")
    #expect(made.output.contains("Only one slot opens the vault"))
    #expect(try await vault.run("doctor").output.contains("only one slot"))
    let added = try await vault.run("protector add code --json")
    let slot = try JSONCoding.decode(AddedSlotText.self, from: Array(added.output.utf8)).id
    #expect(try await vault.run("protector remove \(slot)").code == 5)
    let removed = try await vault.run("protector remove \(slot) --force")
    #expect(removed.code == 0 && removed.errors.contains("only one slot"))
    #expect(try await vault.run("protector remove xyz").code == 2)
}

@Test("Without a server there is nothing to seal or unseal")
func sealsNoServer() async throws {
    let vault = try RealVault()
    _ = try await vault.run("init --recovery none")
    #expect(try await vault.run("seal").code == 7)
    #expect(try await vault.run("unseal").code == 7)
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

@Test("A token's conditions go from the command line into the vault and back")
func conditionsOfTokens() async throws {
    let vault = try RealVault()
    _ = try await vault.run("init")
    let made = try await vault.run(
        "token create --scope send:*@test --from a@example.org --from @Example.NET "
            + "--recipient-domain Example.com --rate 5/m --daily 9 --cidr 127.0.0.1/8 --uses 7 "
            + "--env test --connection a* --expires 1h --json")
    #expect(
        made.output.contains(
            #""conditions":{"connections":["a*"],"daily":9,"environments":["test"],"#
                + #""from":["a@example.org","@example.net"],"networks":["127.0.0.0/8"],"rate":"5/m","#
                + #""recipient_domains":["example.com"],"uses":7}"#))
    let token = try JSONCoding.decode(CreatedToken.self, from: Array(made.output.utf8))
    let file = ["SIGNET_TOKEN_FILE": vault.folder.write(token.token + "\n", to: "token")]
    let narrower = try await vault.run("token attenuate --scope send:ab@test --json", file)
    #expect(narrower.code == 0)
    #expect(narrower.output.contains("\"parent\":\"\(token.accessor)\""))
    let wider = try await vault.run("token attenuate --scope send:b@production", file)
    #expect(wider.code == 4)
    let shown = try await vault.run("token show \(token.accessor)")
    for text in ["5/m", "127.0.0.0/8", "@example.net", "example.com", "Uses left", "Last used"] {
        #expect(shown.output.contains(text), "\(text)")
    }
    let revoked = try await vault.run("token revoke \(token.accessor)")
    #expect(revoked.output.contains("and 1 token below it"))
}

@Test("Tokens in files are found without being repeated")
func scansFiles() async throws {
    let vault = try RealVault()
    _ = try await vault.run("init")
    let made = try await vault.run("token create --scope audit:read --json")
    let token = try JSONCoding.decode(CreatedToken.self, from: Array(made.output.utf8))
    let leak = vault.folder.write("a\nkey = \"\(token.token)\"\n", to: "leak")
    let clean = vault.folder.write("nothing here but sgt_\n", to: "clean")
    let found = try await vault.run("token check --scan \(clean) \(leak)")
    #expect(found.code == 1)
    #expect(found.output.contains("\(leak):2:8: token \(token.accessor)"))
    #expect(!found.output.contains(token.token))
    #expect(try await vault.run("token check --scan \(clean)").code == 0)
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

@Test("A value goes to a terminal or a pipe, and never into a file")
func revealsIntoNoFile() async throws {
    let vault = try RealVault()
    _ = try await vault.run("init")
    _ = try await vault.run("secret set s --generate")
    _ = try await vault.run("setting set secret.reveal on")
    let refused = try await vault.run("secret reveal s --reason x")
    #expect(refused.code == 2 && refused.output.isEmpty, "\(refused.errors)")
    let entries = try await vault.run("audit list --action secret.reveal --json")
    #expect(entries.output == "[]\n")
}

@Test("Principals, roles and settings are kept and told of")
func keepsPrincipals() async throws {
    let vault = try RealVault()
    _ = try await vault.run("init")
    #expect(try await vault.run("principal create ci --kind service").code == 0)
    #expect(try await vault.run("principal create CI --kind service").code == 5)
    let bind = "role bind sender --principal ci --environment test --connection a*"
    #expect(
        try await vault.run(bind).output == "ci has sender in test for a*\n")
    let shown = try await vault.run("principal show ci")
    #expect(shown.output.contains("sender in test for a*"))
    #expect(try await vault.run("role bindings").output.contains("sender"))
    #expect(try await vault.run("role show sender").output.contains("send through connections"))
    #expect(try await vault.run("role show nobody").code == 3)
    #expect(try await vault.run("setting list").output.contains("off"))
    #expect(try await vault.run("setting set nothing on").code == 3)
    let made = try await vault.run("principal token ci --json")
    #expect(try made.keys == ["accessor", "expires_at", "principal", "roles", "token"])
    #expect(try await vault.run("principal token ci").output.utf8.count == 68)
    #expect(try await vault.run("role unbind sender --principal ci").code == 0)
    #expect(try await vault.run("principal delete ci").output == "ci is deleted\n")
}
