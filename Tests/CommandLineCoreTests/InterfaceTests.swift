import CommandLineCore
import Testing

/// The program's commands that ask most of the declarations: alternatives with arguments,
/// commands with sub-commands, short options, lists, references to environments.
private let vault = CommandTree<String>(
    program: "vault", summary: "send mail through connections whose passwords stay sealed",
    globals: [
        .value("home", "DIR", "The folder.", form: .directory, environment: "SIGNET_HOME"),
        .value("address", "URL", "The server.", environment: "SIGNET_ADDR"),
        .value("token-file", "FILE", "A token.", form: .file, environment: "SIGNET_TOKEN_FILE"),
        .value("tenant", "TENANT", "The tenant.", environment: "SIGNET_TENANT", default: "default"),
        .flag("json", "JSON."), .flag("quiet", "Less."), .flag("no-color", "No colour."),
    ],
    groups: [
        GroupSpec(["secret"], summary: "secrets"),
        GroupSpec(["connection"], summary: "connections"),
        GroupSpec(["sandbox"], summary: "captured mail"),
        GroupSpec(["sandbox", "inbox"], summary: "inboxes"),
        GroupSpec(["token"], summary: "tokens"), GroupSpec(["audit"], summary: "the audit log"),
    ],
    commands: [
        CommandSpec(
            ["init"], summary: "make a vault",
            options: [
                .value("recovery", "METHOD", "How to recover."),
                .value("passphrase-file", "FILE", "A passphrase.", form: .file),
                .value("key-file", "FILE", "A key.", form: .file),
            ], run: "init"),
        CommandSpec(
            ["serve"], summary: "serve",
            options: [
                .value("http", "ADDRESS", "HTTP."), .value("sandbox-smtp", "ADDRESS", "SMTP."),
                .repeated(
                    "without", "PART", "Leaves a part out.",
                    form: .choice(["http", "sandbox", "pop3", "relay", "worker", "console"])),
                .value("ready-file", "FILE", "Written when ready.", form: .file),
            ], run: "serve"),
        CommandSpec(
            ["secret", "set"], summary: "set a secret",
            arguments: [.required("NAME", "The secret.")],
            options: [
                .value("kind", "KIND", "The kind."),
                .value("from-file", "FILE", "A file.", form: .file), .flag("stdin", "Reads."),
                .value("ref", "REF", "A reference."), .flag("generate", "Generates."),
                .value("if-version", "N", "Only over that version."),
            ],
            atMostOneOf: [["from-file", "stdin", "ref", "generate"]], run: "secret set"),
        CommandSpec(
            ["rotate"], summary: "rotate",
            arguments: [.optional("NAME", "The secret.")],
            options: [
                .value("connection", "CONNECTION", "A connection's password."),
                .flag("due", "All that are due."), .flag("tenant-key", "The tenant's key."),
                .flag("root-key", "The root key."),
                .value("from-file", "FILE", "A file.", form: .file), .flag("stdin", "Reads."),
                .value("ref", "REF", "A reference."), .flag("generate", "Generates."),
                .value("length", "N", "Length."), .value("alphabet", "A", "Alphabet."),
                .value("hook", "COMMAND", "A hook."), .value("strategy", "S", "A strategy."),
                .value("grace", "DURATION", "Grace."), .flag("no-test", "No test."),
                .flag("plan", "Shows."), .value("resume", "ID", "Resumes."),
                .value("abort", "ID", "Aborts."), .flag("rollback", "Rolls back."),
            ],
            exactlyOneOf: [
                ["NAME", "connection", "due", "tenant-key", "root-key", "resume", "abort"]
            ],
            atMostOneOf: [["from-file", "stdin", "ref", "generate"]],
            onlyWith: ["length": ["generate"], "alphabet": ["generate"], "rollback": ["NAME"]],
            run: "rotate"),
        CommandSpec(
            ["connection", "create"], summary: "make a connection",
            arguments: [.required("NAME", "Its name.")],
            options: [
                .value(
                    "env", "ENV", "The environment.",
                    form: .choice(
                        ["development", "test", "production"],
                        accepting: ["dev": "development", "prod": "production"]), required: true),
                .value("host", "HOST", "Its host.", required: true),
                .value("port", "PORT", "Port."),
                .value(
                    "encryption", "E", "How it is encrypted.",
                    form: .choice(
                        ["auto", "starttls", "starttls_opportunistic", "implicit_tls", "none"],
                        accepting: [
                            "automatic": "auto", "starttls-if-offered": "starttls_opportunistic",
                            "smtps": "implicit_tls", "ssl": "implicit_tls",
                        ]), default: "auto"),
                .value("from", "ADDRESS", "Sender.", required: true),
                .repeated("fingerprint", "SHA256", "A pin."),
                .repeated("property", "K=V", "A property."),
                .repeated("set", "FIELD=VALUE", "A field."),
            ], run: "connection create"),
        CommandSpec(
            ["connection", "test"], summary: "test a connection",
            arguments: [.optional("CONNECTION", "Which.")],
            options: [
                .value("file", "FILE", "A definition.", form: .file), .flag("send", "Sends."),
                .value("until", "STEP", "The last step."), .flag("debug", "Shows the dialogue."),
            ], exactlyOneOf: [["CONNECTION", "file"]], run: "connection test"),
        CommandSpec(
            ["connection", "export"], summary: "export connections",
            arguments: [.optional("CONNECTION", "Which.")],
            options: [
                .value("output", short: "o", "FILE", "Where to.", form: .file),
                .flag("with-secrets", "Also secrets."), .value("to", "PUBKEY", "For whom."),
                .value("passphrase-file", "FILE", "A passphrase.", form: .file),
            ],
            atMostOneOf: [["to", "passphrase-file"]],
            onlyWith: ["with-secrets": ["to", "passphrase-file"]], run: "connection export"),
        CommandSpec(
            ["apply"], summary: "apply a file",
            options: [
                .value("file", short: "f", "FILE", "The file.", form: .file, required: true),
                .flag("dry-run", "Changes nothing."),
            ], run: "apply"),
        CommandSpec(
            ["token", "create"], summary: "make a token",
            options: [
                .repeated(
                    "scope", "SCOPE", "A scope.", required: true, takesFollowingWords: true),
                .value("expires", "DURATION", "When."), .repeated("from", "ADDRESS", "Sender."),
                .value("rate", "N/s", "Rate."), .value("daily", "N", "A day's."),
            ], run: "token create"),
        CommandSpec(
            ["send"], summary: "send a message",
            options: [
                .value("connection", "CONNECTION", "Through which.", required: true),
                .repeated("to", "ADDRESS", "To whom.", required: true, takesFollowingWords: true),
                .repeated("cc", "ADDRESS", "Copies."), .repeated("attach", "FILE", "A file."),
                .value("subject", "TEXT", "The subject.", allowsEmpty: true),
                .value("text", "TEXT", "The text.", allowsEmpty: true),
                .repeated("header", "K:V", "A header."), .value("at", "TIME", "When."),
                .flag("no-wait", "Returns at once."), .flag("dry-run", "Sends nothing."),
            ], run: "send"),
        CommandSpec(
            ["sandbox", "inbox", "create"], summary: "make an inbox",
            arguments: [.required("NAME", "Its name.")], run: "inbox create"),
        CommandSpec(
            ["sandbox", "wait"], summary: "wait for mail",
            options: [
                .value("to", "ADDRESS", "To whom."), .value("count", "N", "How many."),
                .value("timeout", "DURATION", "How long."), .value("after", "SEQ", "After."),
                .flag("absent", "For none."),
            ], run: "sandbox wait"),
        CommandSpec(
            ["audit", "list"], summary: "list what happened",
            options: [
                .value(
                    "outcome", "OUTCOME", "How it ended.",
                    form: .choice(["allowed", "denied", "failed"])),
                .value("since", "TIME", "Since."),
            ], run: "audit list"),
        CommandSpec(
            ["backup"], summary: "back up", arguments: [.required("FILE", "Where.", form: .file)],
            options: [.value("to", "PUBKEY", "For whom.")], run: "backup"),
        CommandSpec(
            ["backup", "verify"], summary: "verify a backup",
            arguments: [.required("FILE", "Which.", form: .file)], run: "backup verify"),
        CommandSpec(
            ["completion"], summary: "print a completion script",
            arguments: [.required("SHELL", "Which.", form: .choice(["bash", "zsh", "fish"]))],
            run: "completion"),
        CommandSpec(
            ["man"], summary: "print the manual",
            arguments: [.repeated("COMMAND", "Which.")], run: "man"),
    ])

@Test(
    "The commands of the interface can be declared and are understood",
    arguments: [
        ("init", "init"), ("init --recovery shares:2/3 --home /v", "init"),
        ("serve --http 127.0.0.1:0 --without pop3 --without relay --ready-file r", "serve"),
        ("secret set smtp --stdin", "secret set"), ("secret set smtp", "secret set"),
        ("--home /v --json secret set smtp --from-file f --if-version 3", "secret set"),
        ("rotate smtp --generate --length 20", "rotate"), ("rotate smtp --rollback", "rotate"),
        ("rotate --connection smtp@prod --stdin", "rotate"), ("rotate --due --plan", "rotate"),
        ("rotate --tenant-key", "rotate"), ("rotate --resume 7", "rotate"),
        (
            "connection create a --env prod --host h --from a@b.c --set tls.ca_ref=x --set a=b",
            "connection create"
        ),
        ("connection test smtp@test --send", "connection test"),
        ("connection test --file f.json --until tls", "connection test"),
        ("connection export smtp -o out.zip --with-secrets --to age1x", "connection export"),
        ("apply -f f.yaml --dry-run", "apply"),
        ("token create --scope send:*@test sandbox:read@x --expires 30d", "token create"),
        ("token create --scope a --scope b --rate 5/s --daily 100", "token create"),
        ("send --connection smtp@test --to a@b c@d --subject '' --header X:1", "send"),
        ("sandbox inbox create x", "inbox create"),
        ("sandbox wait --count 2 --timeout 30s --after 5 --absent", "sandbox wait"),
        ("audit list --outcome denied --since 24h", "audit list"),
        ("backup f --to age1x", "backup"), ("backup verify f", "backup verify"),
        ("completion zsh", "completion"), ("man", "man"), ("man connection create", "man"),
    ])
func understandsInterface(_ line: String, _ action: String) throws {
    #expect(vault.outline.problems() == [])
    guard case .run(let found, let invocation) = try vault.parse(words(line)) else {
        Issue.record("\(line) runs nothing")
        return
    }
    #expect(found == action)
    #expect(invocation.optionalString("tenant") == "default")
}

@Test("Synonyms of words become the word itself")
func synonymsBecomeWords() throws {
    let line = "connection create a --env prod --host h --from a@b.c --encryption ssl"
    guard case .run(_, let invocation) = try vault.parse(words(line)) else { return }
    #expect(try invocation.string("env") == "production")
    #expect(try invocation.string("encryption") == "implicit_tls")
}

@Test(
    "Alternatives that the interface excludes are refused",
    arguments: [
        "rotate", "rotate smtp --due", "rotate --due --rollback", "rotate smtp --stdin --ref r",
        "rotate smtp --length 3", "connection test", "connection test a --file f",
        "connection export a --with-secrets", "backup", "backup verify", "token create",
        "connection create a --host h --from a@b.c", "send --connection c --subject s",
        "audit list --outcome done", "completion csh", "secret set a hunter2",
    ])
func refusesAlternatives(_ line: String) {
    #expect(throws: UsageError.self) { try vault.parse(words(line)) }
}
