import JSONCoding
import Operations
import Testing
import VaultCLI

@Test("Version and help start nothing and need no vault")
func tellsOfItself() async throws {
    let version = try await ProgramRun(["--version"], environment: [:])
    #expect(version.output == "vault \(ProductVersion.text)\n")
    #expect(version.code == 0)
    #expect(try await ProgramRun(["version", "--json"]).keys == ["program", "version"])
    let help = try await ProgramRun(["help", "send"], environment: [:])
    #expect(help.code == 0)
    #expect(help.output.contains("--connection"))
    let group = try await ProgramRun(["secret"], environment: [:])
    #expect(group.code == 2)
    #expect(group.output.isEmpty)
    #expect(group.errors.contains("versions"))
}

@Test("Errors are two lines for people and an RFC 9457 object for programs")
func reportsErrors() async throws {
    let error = VaultError(.denied, "scope-denied", "that is\u{1B}[2J not allowed", "ask")
    let people = try await ProgramRun("status", connector: .refusing(error))
    #expect(people.errors == "error: that is\\x1b[2J not allowed\n  hint: ask\n")
    #expect(people.output.isEmpty)
    let programs = try await ProgramRun("status --json", connector: .refusing(error))
    #expect(
        try JSONShape.keys(of: programs.errors) == ["code", "detail", "status", "title", "type"])
    #expect(programs.output.isEmpty)
    let usage = try await ProgramRun("secret show --json")
    #expect(usage.code == 2)
    #expect(try JSONShape.keys(of: usage.errors).contains("detail"))
}

@Test(
    "The exit code is that of the error",
    arguments: [
        (VaultError.Exit.failed, Int32(1)), (.usage, 2), (.notFound, 3), (.denied, 4),
        (.conflict, 5),
        (.sealed, 6), (.unreachable, 7), (.integrity, 8),
    ])
func mapsExitCodes(_ exit: VaultError.Exit, _ code: Int32) async throws {
    let error = VaultError(exit, "code", "cause", "remedy")
    #expect(try await ProgramRun("secret list", connector: .refusing(error)).code == code)
}

@Test("A value that the command line cannot hold is refused before the vault is asked")
func refusesValues() async throws {
    for line in [
        "secret show a/b", "connection show a@nowhere", "rotate a --generate --grace 91d",
        "rotate a --generate --length 7", "rotate a --generate --alphabet aaaaaaaaaaaa",
        "token create --scope nothing", "token create --scope audit:read --expires 0",
        "token create --scope send:*@test --rate 5", "token create --scope send:*@test --rate 0/s",
        "token create --scope send:*@test --daily 0", "token create --scope send:*@test --uses 0",
        "token create --scope send:*@test --from nobody",
        "token create --scope send:*@test --recipient-domain '*.example.org'",
        "token create --scope send:*@test --cidr 10.0.0.0/33",
        "token create --scope send:*@test --env nowhere",
        "token create --scope send:*@test --not-before yesterday",
        "token attenuate", "token attenuate abc --rate x", "token check --scan /nowhere/x",
        "sandbox wait --count 0", "outbox list --limit 0", "send --connection a@test --subject s",
        "send --connection a@test --subject s --to a@b --text-file /nowhere/x",
        "connection create a --env test --host h --from a@b --set nothing=1",
        "connection update a@test", "audit list --since yesterday",
    ] {
        #expect(try await ProgramRun(line).code == 2, "\(line)")
    }
}

@Test(
    "The outcome of a send decides the exit code",
    arguments: [
        ("sent", "ok", Int32(0)), ("dry_run", "ok", 0), ("failed", "credential", 1),
        ("failed", "network", 7), ("failed", "tls_io", 7), ("partial", "recipient_permanent", 1),
        ("ambiguous", "ambiguous", 1),
    ])
func sends(_ status: String, _ failureClass: String, _ code: Int32) async throws {
    let connector = ClientConnector.scripted([
        "message.send": """
        {"id":"msg_1","message_id":"<1@x>","status":"\(status)","size":9,
        "connection":{"name":"a","environment":"test","version":1,"target":"sandbox"},
        "recipients":[{"address":"a@b","status":"rejected","code":550,"text":"no"}],
        "attempts":[{"n":1,"target":"sandbox","phase":"rcpt","class":"\(failureClass)",
        "explanation":"it was so","code":550,"started_at":"2026-01-31T00:00:00Z","ms":5}],
        "created":"2026-01-31T00:00:00Z"}
        """
    ])
    let line = "send --connection a@test --to a@b --subject s --text t"
    let run = try await ProgramRun(line + " --json", connector: connector)
    #expect(run.code == code)
    #expect(try run.keys.contains("attempts"))
    #expect(run.errors.isEmpty == (code == 0))
    let people = try await ProgramRun(line, connector: connector)
    #expect(people.output.contains("550"))
    #expect(people.errors.contains("it was so") == (code != 0))
}

@Test("A failed rotation names each connection that refused, its step and why")
func reportsRotation() async throws {
    let connector = ClientConnector.scripted([
        "secret.rotate": """
        {"id":"00000000000000000000000000000001","secret":"s","status":"failed",
        "from_version":1,"current_version":1,"new_version":2,"warnings":[],"resumed":false,
        "tests_of_current":[],
        "tests":[{"connection":"a@production","status":"failed","phase":"auth",
        "detail":"auth: 535 bad"}]}
        """
    ])
    let run = try await ProgramRun("rotate s --generate", connector: connector)
    #expect(run.code == 1)
    #expect(run.errors.contains("a@production: auth: 535 bad"))
    #expect(run.errors.contains("version 1 stays current"))
}

@Test(
    "Findings decide the exit codes of doctor, verify, check-name and wait",
    arguments: [
        ("doctor", "vault.doctor", #"[{"check":"disk","ok":true,"detail":""}]"#, Int32(0)),
        ("doctor", "vault.doctor", #"[{"check":"disk","ok":false,"detail":""}]"#, 1),
        (
            "doctor", "vault.doctor",
            #"[{"check":"disk","ok":false,"detail":""},{"check":"rows","ok":false,"detail":""}]"#, 8
        ),
        (
            "audit verify", "audit.verify",
            #"{"ok":true,"entries":3,"forward_secure":true,"proven_from":1}"#, 0
        ),
        (
            "audit verify", "audit.verify",
            #"{"ok":false,"entries":3,"first_bad":4,"forward_secure":true,"proven_from":1}"#, 8
        ),
        (
            "connection check-name a --env test", "connection.check-name",
            #"{"name":"a","status":"free"}"#, 0
        ),
        (
            "connection check-name a --env test", "connection.check-name",
            #"{"name":"a","status":"taken"}"#, 5
        ),
        (
            "connection check-name a/b --env test", "connection.check-name",
            #"{"name":"a/b","status":"not_allowed","reason":"r"}"#, 2
        ),
        (
            "sandbox wait", "sandbox.wait",
            #"{"is_satisfied":true,"messages":[],"near_misses":[],"last_seq":0}"#, 0
        ),
        (
            "sandbox wait --absent", "sandbox.wait",
            #"{"is_satisfied":false,"messages":[],"near_misses":[],"last_seq":0}"#, 1
        ),
    ])
func decidesExitCodes(
    _ line: String, _ operation: String, _ answer: String, _ code: Int32
) async throws {
    let connector = ClientConnector.scripted([operation: answer])
    #expect(try await ProgramRun(line, connector: connector).code == code)
    #expect(try await ProgramRun(line + " --json", connector: connector).code == code)
}

@Test("The verdict on the audit log always has the keys that scripts look for")
func verdictHasKeys() async throws {
    let answer = #"{"ok":true,"entries":3,"forward_secure":false,"proven_from":1}"#
    let connector = ClientConnector.scripted(["audit.verify": answer])
    let run = try await ProgramRun("audit verify --json", connector: connector)
    #expect(
        run.output == #"{"checkpoint":null,"entries":3,"first_bad":null,"forward_secure":false,"#
            + #""ok":true,"proven_from":1}"# + "\n")
}
