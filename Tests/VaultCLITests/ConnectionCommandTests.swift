import Access
import Glibc
import JSONCoding
import Operations
import Sodium
import TLS
import Testing
import VaultCLI

/// A vault with a secret `smtp-pass`, driven by command lines.
private struct CommandVault {
    let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        let made = try await run("init --recovery none --quiet")
        #expect(made.code == 0, "\(made.errors)")
        let secret = folder.write("canary-password", to: "secret")
        let set = try await run("secret set smtp-pass --from-file \(secret)")
        #expect(set.code == 0, "\(set.errors)")
    }

    func run(_ line: String) async throws -> ProgramRun {
        try await ProgramRun(
            words(line), environment: ["SIGNET_HOME": folder.path + "/home"], connector: .live)
    }
}

private struct Problem: Decodable {
    let code: String
}

private func code(_ run: ProgramRun) -> String? {
    (try? JSONCoding.decode(Problem.self, from: Array(run.errors.utf8)))?.code
}

private let account = "--from a@example.org --username u --secret smtp-pass"

@Test("A connection is made from a JSON file or a properties file, with options over it")
func createsFromFiles() async throws {
    let vault = try await CommandVault()
    let json = vault.folder.write(
        #"{"host":"smtp.example.org","port":2525,"from":{"address":"a@example.org"},"title":"T"}"#,
        to: "a.json")
    let made = try await vault.run(
        "connection create a --env production --file \(json) --port 587 --json")
    #expect(made.code == 0, "\(made.errors)")
    #expect(made.output.contains("\"title\":\"T\""))
    #expect(made.output.contains("\"port\":587"))
    let properties = vault.folder.write(
        """
        # a comment
        mail.smtp.host=smtp.example.org
        mail.smtp.port = 465
        mail.smtp.ssl.enable: true
        mail.smtp.from=b@example.org

        """, to: "b.properties")
    let second = try await vault.run(
        "connection create b --env production --file \(properties) --from a@example.org --json")
    #expect(second.code == 0, "\(second.errors)")
    #expect(second.output.contains("\"encryption\":\"implicit_tls\""))
    #expect(second.output.contains("\"port\":465"))
    let missing = try await vault.run(
        "connection create c --env production --file \(vault.folder.path)/none")
    #expect(missing.code != 0)
    let broken = vault.folder.write(#"{"host":"#, to: "d.json")
    #expect(try await vault.run("connection create d --env production --file \(broken)").code == 2)
}

@Test("Properties are repeated options; one that a field contradicts is a property-conflict")
func createsFromProperties() async throws {
    let vault = try await CommandVault()
    let made = try await vault.run(
        "connection create a --env production --property mail.smtp.host=smtp.example.org "
            + "--property mail.smtp.starttls.required=true --from a@example.org --json")
    #expect(made.code == 0, "\(made.errors)")
    #expect(made.output.contains("\"encryption\":\"starttls\""))
    let conflict = try await vault.run(
        "connection create b --env production --host other.example.org --from a@example.org "
            + "--property mail.smtp.host=smtp.example.org --json")
    #expect(conflict.code == 2)
    #expect(code(conflict) == "property-conflict")
    let typo = try await vault.run(
        "connection create c --env production --host smtp.example.org --from a@example.org "
            + "--property mail.smtp.starttls.requred=true")
    #expect(typo.code == 2)
    #expect(typo.errors.contains("mail.smtp.starttls.required"))
    let update = try await vault.run("connection update a --host other.example.org --json")
    #expect(update.code == 2)
    #expect(code(update) == "property-conflict")
}

@Test(
    "Without environment, host or sender nothing is made",
    arguments: [
        "--host smtp.example.org --from a@example.org", "--env production --from a@example.org",
        "--env production --host smtp.example.org",
    ])
func createNeeds(_ options: String) async throws {
    let vault = try await CommandVault()
    let run = try await vault.run("connection create a \(options)")
    #expect(run.code == 2)
    #expect(try await vault.run("connection list --json").output == "[]\n")
}

@Test(
    "No password is taken as an option or out of a file, and none is repeated in an error",
    arguments: [
        "--password hunter-canary", "--password=hunter-canary", "--set password=hunter-canary",
        "--set auth.password=hunter-canary", "--set pop3.password=hunter-canary",
        "--property mail.smtp.password=hunter-canary", "--property password=hunter-canary",
        "--property mail.smtp.proxy.password=hunter-canary",
        "--property mail.pop3.password=hunter-canary", "--file FILE",
    ])
func takesNoPassword(_ option: String) async throws {
    let vault = try await CommandVault()
    let file = vault.folder.write(
        #"{"host":"smtp.example.org","auth":{"username":"u","password":"hunter-canary"}}"#,
        to: "a.json")
    let option = option.replacing("FILE", with: file)
    let base = "connection create a --env production --host smtp.example.org --from a@example.org"
    for format in ["", " --json"] {
        let run = try await vault.run("\(base) \(option)\(format)")
        #expect(run.code == 2, "\(run.errors)")
        #expect(!run.errors.contains("hunter-canary"), "\(run.errors)")
        #expect(!run.output.contains("hunter-canary"))
    }
    #expect(try await vault.run("connection list --json").output == "[]\n")
}

@Test("History, diff, rollback, drafts, clones and promotions go by command line")
func historyCommands() async throws {
    let vault = try await CommandVault()
    func ok(_ line: String) async throws -> String {
        let run = try await vault.run(line)
        #expect(run.code == 0, "\(line): \(run.errors)")
        return run.output
    }
    _ = try await ok("connection create a --env test --host smtp.example.org \(account)")
    _ = try await ok("connection update a --set title=One --reason because")
    #expect(try await ok("connection history a --json").contains("\"reason\":\"because\""))
    #expect(try await ok("connection diff a").contains("title"))
    _ = try await ok("connection update a --set title=Two --draft")
    #expect(try await ok("connection show a --json").contains("\"title\":\"One\""))
    #expect(try await ok("connection deploy a --json").contains("\"title\":\"Two\""))
    #expect(try await ok("connection rollback a --json").contains("\"title\":\"One\""))
    #expect(try await vault.run("connection deploy a").code == 5)
    #expect(try await vault.run("connection rollback a --to 99").code == 3)
    #expect(try await ok("connection clone a b --json").contains("\"enabled\":false"))
    #expect(try await vault.run("connection clone a b").code == 5)
    let plan = "connection promote a --from test --to production --dry-run --json"
    #expect(try await ok(plan).contains("\"status\":\"planned\""))
    #expect(try await vault.run("connection show a@production").code == 3)
    _ = try await ok("connection promote a --from test --to prod --with-secrets")
    #expect(try await ok("connection show a@production --json").contains("\"secret_bound\":true"))
    #expect(try await vault.run("connection promote a --from test --to test").code == 2)
    #expect(try await vault.run("connection test a@production --until nowhere").code == 2)
    _ = try await ok("connection disable a@production")
    #expect(try await vault.run("connection test a@production").code == 5)
    #expect(try await vault.run("connection test a@test --until sender").code == 0)
    #expect(try await vault.run("connection test").code == 2)
}

@Test("Variables are set, listed and unset by command line")
func variableCommands() async throws {
    let vault = try await CommandVault()
    #expect(try await vault.run("variable set mail_host smtp.example.org --env prod").code == 0)
    #expect(try await vault.run("variable list").output.contains("smtp.example.org"))
    #expect(try await vault.run("variable unset mail_host").code == 3)
    #expect(try await vault.run("variable unset mail_host --env production").code == 0)
    #expect(try await vault.run("variable unset mail_host --env production").code == 3)
}

@Test("A reference is a value of its own for set and rotate, and needs no other")
func referenceOptions() async throws {
    let vault = try await CommandVault()
    let path = vault.folder.write("new-canary", to: "kept")
    #expect(unsafe chmod(path, 0o600) == 0)
    let both = try await vault.run("rotate smtp-pass --ref file://\(path) --stdin")
    #expect(both.code == 2)
    #expect(try await vault.run("rotate smtp-pass --ref file://\(path) --rollback").code == 2)
    let rotated = try await vault.run("rotate smtp-pass --ref file://\(path) --json")
    #expect(rotated.code == 0, "\(rotated.errors)")
    #expect(rotated.output.contains("\"status\":\"promoted\""))
    #expect(!rotated.output.contains("canary"))
    #expect(
        try await vault.run("secret versions smtp-pass --json").output.contains("\"external\":true")
    )
    #expect(try await vault.run("rotate smtp-pass --ref nonsense").code == 2)
}

@Test("Certificates that expire soon make the exit code 1")
func certificateExpiry() async throws {
    let vault = try await CommandVault()
    #expect(try await vault.run("certificate expiring").code == 0)
    let authority = try CertificateText.make(days: 20)
    let path = vault.folder.write(authority, to: "ca.pem")
    #expect(try await vault.run("certificate add ca --from-file \(path)").code == 0)
    let found = try await vault.run("certificate expiring --json")
    #expect(found.code == 1)
    #expect(found.output.contains("\"place\":\"stored ca\""))
    #expect(try await vault.run("certificate expiring --within 10d").code == 0)
}

/// Certificates for tests.
private enum CertificateText {
    static func make(days: Int) throws -> String {
        try SodiumRuntime.start(allowSwap: true)
        let authority = try CertificateAuthority(commonName: "Test Authority", days: days)
        return String(decoding: try authority.certificate.pem(), as: UTF8.self)
    }
}
