import CommandLineCore
import Testing
import VaultCLI

private let tree = CommandTree<CommandAction>.vault

@Test("The declaration of the commands has no mistakes")
func hasNoProblems() {
    #expect(tree.outline.problems() == [])
}

@Test(
    "Every command line of the interface is understood",
    arguments: [
        "init", "init --recovery code --home /v", "init --recovery none --key-file /k --json",
        "serve", "status", "doctor --json", "config show", "version",
        "serve --sandbox-smtp 127.0.0.1:0 --sandbox-smtps 127.0.0.1:0 --without pop3 --without http "
            + "--ready-file r.json",
        "protector list", "protector test", "protector test --stdin",
        "protector test 0123456789abcdef0123456789abcdef --passphrase-file p",
        "protector add shares:3/5", "protector add key-file --stdin --key-file k",
        "protector add passphrase --passphrase-file p", "protector add code --ask",
        "protector add credential --name n --credential-file f",
        "protector add exec -- /usr/bin/age -d --identity x", "protector remove 01 --force",
        "init --recovery shares:3/5 --passphrase-file p --no-key-file", "seal", "unseal",
        "unseal --passphrase-file p", "unseal --stdin", "unseal --from-file f", "unseal --ask",
        "unseal --key-file k", "unseal --forget", "serve --sealed", "serve --stdin",
        "secret set smtp --stdin", "secret set smtp", "secret set smtp --from-file f --kind other",
        "--home /v --json secret set smtp --generate --length 20 --alphabet abcdefghijk",
        "secret set smtp --stdin --if-version 3 --description x", "secret list",
        "secret show smtp", "secret versions smtp", "secret delete smtp --force",
        "rotate smtp --generate --length 20", "rotate smtp --rollback", "rotate smtp --stdin",
        "rotate --connection smtp@prod --from-file f --grace 0", "rotate smtp --plan",
        "rotate smtp --no-test --stdin --grace 30m",
        "connection create a --env prod --host h --from a@b.c",
        "connection create a --env dev --host h --port 25 --encryption ssl --from a@b.c "
            + "--username u --secret s --auth smtp --mechanism PLAIN --mechanism LOGIN --ca c "
            + "--fingerprint aa --fingerprint bb --set tls.ca_ref=x --set title=y",
        "connection list", "connection list --env test", "connection show a@test",
        "connection update a@test --port 26 --retarget --if-version 2",
        "connection enable a", "connection disable a@prod", "connection delete a@production",
        "connection check-name a --env production",
        "certificate add c --from-file c.pem", "certificate list", "certificate show c",
        "certificate delete c",
        "token create --scope send:*@test sandbox:read@x --expires 30d",
        "token create --scope a --scope b --expires never --label x", "token list",
        "token show abc", "token revoke abc", "token check --stdin",
        "token create --scope send:*@test --from a@b.c --from @b.c --recipient-domain d.e "
            + "--rate 5/s --daily 9 --cidr 10.0.0.0/8 --cidr ::1 --uses 3 --not-before 1h "
            + "--env test --env prod --connection a* --connection b?",
        "token attenuate", "token attenuate abc --scope x --uses 1 --expires 1m",
        "token check --scan a b", "token check --scan -",
        "send --connection smtp@test --to a@b c@d --subject '' --header X:1 --text ''",
        "send --connection smtp --to a@b --cc c@d --bcc e@f --from g@h --subject s --text-file - "
            + "--html-file h.html --attach a.pdf --attach b.png --dry-run",
        "send --connection smtp@test --to a@b --raw m.eml", "outbox list --limit 5",
        "outbox show msg_1", "sandbox serve", "serve --pop3 127.0.0.1:0 --pop3s [::1]:0",
        "sandbox serve --pop3 127.0.0.1:0 --pop3s 127.0.0.1:0", "sandbox serve --without pop3",
        "sandbox serve --smtp 127.0.0.1:0 --smtps [::1]:0 --auth-file f --require-auth "
            + "--ready-file r",
        "sandbox inbox create x", "sandbox inbox list", "sandbox inbox delete x",
        "sandbox list --inbox x --limit 3", "sandbox show latest", "sandbox show",
        "sandbox raw 123 --inbox x", "sandbox search from:a subject:b", "sandbox delete 1 2",
        "sandbox delete --all --inbox x",
        "sandbox wait --to a@b --from c@d --subject s --contains t --count 2 --timeout 30s "
            + "--after 5 --absent",
        "audit list --actor a --action b --object c --outcome denied --since 24h --until 2026-01-31",
        "login --principal alice", "login --principal a --stdin --expires 1h", "logout",
        "principal create ci --kind service", "principal create a --stdin --description x",
        "principal list", "principal show a", "principal disable a", "principal enable a",
        "principal delete a", "principal set-password a --from-file f", "principal totp a",
        "principal totp a --disable", "principal token ci --expires 90d", "role list",
        "role show owner", "role show --matrix", "role delete t", "role bindings --principal a",
        "role create t --permission connection:read connection:test --description x",
        "role bind operator --principal a --environment prod --connection a* --connection b",
        "role bind break-glass --principal a --expires 2h --reason x",
        "role unbind operator --principal a", "secret reveal s --reason x", "setting list",
        "setting set secret.reveal on", "audit verify --deep", "completion zsh", "man",
        "man connection create",
    ])
func understandsLine(_ line: String) throws {
    guard case .run(_, let invocation) = try tree.parse(words(line)) else {
        Issue.record("\(line) runs nothing")
        return
    }
    let typed = words(line).filter { !$0.hasPrefix("-") && $0 != "/v" }
    #expect(typed.starts(with: invocation.path))
}

@Test(
    "What the interface excludes is refused",
    arguments: [
        "rotate smtp --connection c", "rotate --connection c --rollback",
        "rotate smtp --stdin --generate", "rotate smtp --length 9",
        "rotate smtp --rollback --stdin",
        "rotate smtp --rollback --plan", "secret set a hunter2",
        "secret set a --stdin --from-file f",
        "login", "login --principal a secret", "principal totp", "role show",
        "role show a --matrix",
        "role bind owner", "role create t", "role create t --permission system:backup",
        "secret reveal s", "setting set secret.reveal", "secret set",
        "connection create a --env prod --host h --from a@b.c --encryption tls",
        "connection check-name a", "certificate add c", "token create",
        "send --connection c --to a@b", "send --connection c --to a@b --subject s --raw f",
        "send --connection c --to a@b --subject s --text t --text-file f",
        "sandbox delete", "sandbox delete 1 --all", "audit list --outcome done", "completion csh",
        "serve --without everything", "protector test --stdin --ask",
        "init --key-file k --no-key-file", "unseal --stdin --passphrase-file p", "protector add",
        "serve --sealed --stdin", "seal now", "protector remove",
    ])
func refusesLine(_ line: String) {
    #expect(throws: UsageError.self) { try tree.parse(words(line)) }
}

@Test("Every command and group has help and a manual page")
func documentsEverything() {
    for command in tree.outline.commands {
        for count in 1...command.path.count {
            let path = Array(command.path.prefix(count))
            let line = (["vault"] + path).joined(separator: " ")
            #expect(tree.outline.help(for: path).contains(line))
            #expect(tree.outline.manPage(for: path).hasPrefix(".TH"))
        }
    }
    #expect(tree.outline.manPage().contains("connection check"))
}

@Test("Every shell gets a completion script", arguments: Shell.allCases)
func completes(_ shell: Shell) {
    let script = tree.outline.completionScript(for: shell)
    for word in ["check-name", "sandbox-smtp", "implicit_tls"] { #expect(script.contains(word)) }
}
