package import CommandLineCore
private import Operations

extension CommandTree<CommandAction> {
    /// Every command of `vault`: what parser, help, manual and completion read.
    package static var vault: CommandTree<CommandAction> {
        CommandTree(
            program: VaultProgram.name,
            summary: "send mail through connections whose passwords stay sealed",
            discussion: """
                The vault keeps SMTP connections and their passwords sealed. Who sends names a \
                connection; the password goes from the vault to the mail server and nowhere else. \
                Test connections deliver to the sandbox, which captures everything.

                A secret is never an argument: it comes from standard input, a file, a prompt or a \
                generator.
                """,
            version: ProductVersion.text, globals: globals, groups: groups, sections: sections,
            commands: commands, exitCodes: exitCodes, environment: variables)
    }

    private static var commands: [CommandSpec<CommandAction>] {
        VaultCommands.all + ServeCommands.all + ConfigCommands.all + SecretCommands.all
            + PolicyCommands.all + RotateCommands.all + ConnectionCommands.all
            + ConnectionTestCommand.all + ConnectionHistoryCommands.all + VariableCommands.all
            + CertificateCommands.all
            + TokenCommands.all + SendCommands.all + SandboxCommands.all + InboxCommands.all
            + AuditCommands.all + ProtectorCommands.all + DocumentationCommands.all
            + LoginCommand.all + PrincipalCommands.all + RoleCommands.all + RevealCommands.all
            + TenantCommands.all + BackupCommands.all + AuditorCommands.all
            + SealCommands.all
    }

    private static var globals: [OptionSpec] {
        [
            .value(
                "home", "DIR", "The vault's folder; by default signet in the XDG data directory.",
                form: .directory, environment: "SIGNET_HOME"),
            .value(
                "token-file", "FILE",
                "Acts with the token in this file instead of as the machine's user.", form: .file,
                environment: "SIGNET_TOKEN_FILE"),
            .value(
                "tenant", "TENANT",
                "The tenant to act in as the machine's user; a token acts in its own.",
                environment: "SIGNET_TENANT"),
            .flag("json", "Writes one JSON value, and errors as RFC 9457 objects."),
            .flag("quiet", "Leaves out remarks."),
            .flag("no-color", "Writes without colours."),
        ]
    }

    private static var groups: [GroupSpec] {
        [
            GroupSpec(
                ["secret"], summary: "store passwords and other secrets",
                discussion: "No command shows a value again, but secret reveal where it is on."),
            GroupSpec(["connection"], summary: "describe mail servers and who sends through them"),
            GroupSpec(["variable"], summary: "keep what connections have in common"),
            GroupSpec(["certificate"], summary: "keep private authorities and client certificates"),
            GroupSpec(["token"], summary: "give applications narrow rights"),
            GroupSpec(["outbox"], summary: "look at what was sent"),
            GroupSpec(["sandbox"], summary: "capture mail and look at it"),
            GroupSpec(["sandbox", "inbox"], summary: "keep captured mail apart"),
            GroupSpec(["audit"], summary: "read and prove the audit log"),
            GroupSpec(["audit", "auditor-key"], summary: "make the key pair of an auditor"),
            GroupSpec(["protector"], summary: "add, prove and remove the ways to unseal the vault"),
            GroupSpec(
                ["tenant"], summary: "keep organisations apart",
                discussion: """
                    Each tenant has a key of its own; to one of them the others are not there. These \
                    commands look after the vault as a whole: leave --tenant out.
                    """),
            GroupSpec(["config"], summary: "look at settings"),
            GroupSpec(["principal"], summary: "keep the persons and services of a tenant"),
            GroupSpec(["role"], summary: "decide who may do what"),
            GroupSpec(["setting"], summary: "change what holds in the whole tenant"),
        ]
    }

    private static var sections: [HelpSection] {
        [
            HelpSection(
                "The vault",
                [
                    "init", "serve", "seal", "unseal", "status", "doctor", "protector", "backup",
                    "restore",
                ]),
            HelpSection("Secrets", ["secret", "rotate", "connection", "variable", "certificate"]),
            HelpSection("Mail", ["send", "outbox", "sandbox"]),
            HelpSection(
                "Access",
                [
                    "login", "logout", "principal", "role", "setting", "tenant", "token", "audit",
                ]),
            HelpSection("The program", ["config", "completion", "man", "version"]),
        ]
    }

    private static var exitCodes: [ExitStatusSpec] {
        [
            ExitStatusSpec(0, "done"),
            ExitStatusSpec(1, "failed: delivery refused, test or verification failed"),
            ExitStatusSpec(2, "wrong usage or invalid input"),
            ExitStatusSpec(3, "not found"),
            ExitStatusSpec(4, "denied"),
            ExitStatusSpec(5, "conflict or wrong state: exists, disabled, stale revision"),
            ExitStatusSpec(6, "vault sealed or key wrong"),
            ExitStatusSpec(7, "server or provider not reachable"),
            ExitStatusSpec(8, "integrity failure: tampering or corruption"),
            ExitStatusSpec(130, "interrupted"),
        ]
    }

    private static var variables: [EnvironmentSpec] {
        [
            EnvironmentSpec("SIGNET_TOKEN", "A token; it goes before SIGNET_TOKEN_FILE."),
            EnvironmentSpec(
                "SIGNET_KEY_FILE", "The key file, when it is not in the vault's folder."),
            EnvironmentSpec(
                "SIGNET_EGRESS_ALLOW",
                "Networks that may be connected to although they are private or local, with commas."
            ),
            EnvironmentSpec(
                "SIGNET_EGRESS_PORTS", "Ports that may be connected to: numbers, ranges or any."),
            EnvironmentSpec(
                "SIGNET_POLICY",
                "What is permitted besides the safe rules: plaintext_relay, unverified_tls, "
                    + "plaintext_production."),
            EnvironmentSpec(
                "SIGNET_PROXIES",
                "Proxies that connections may name: NAME=socks5://HOST:PORT, NAME=http://HOST:PORT."
            ),
            EnvironmentSpec(
                "SIGNET_REFERENCE_ENV",
                "Beginnings of variables that env:// references of tokens may name; * for all."),
            EnvironmentSpec(
                "SIGNET_REFERENCE_FILES",
                "Folders that file:// references of tokens may name, with colons."),
            EnvironmentSpec(
                "SIGNET_OPENBAO_ADDR", "The server of openbao:// references; else BAO_ADDR."),
            EnvironmentSpec(
                "SIGNET_OPENBAO_TOKEN_FILE", "The file with its token; else BAO_TOKEN."),
            EnvironmentSpec("SIGNET_OPENBAO_CA", "The authority of its certificate."),
            EnvironmentSpec("SIGNET_OPENBAO_NAMESPACE", "The namespace of its paths."),
            EnvironmentSpec(
                "SIGNET_OPENBAO_PATHS",
                "Beginnings of MOUNT/PATH that references of tokens may name; * for all."),
            EnvironmentSpec(
                UnsealInput.passphraseVariable,
                "The file with the vault's passphrase, for when nothing else opens it."),
            EnvironmentSpec(
                "SIGNET_AUDIT_SINKS",
                "Where checkpoints of the audit log go: file:/PATH, syslog, syslog:/PATH."),
            EnvironmentSpec("SIGNET_ALLOW_SWAP", "1 goes on where memory cannot be locked."),
            EnvironmentSpec("NO_COLOR", "Anything but empty switches colours off."),
        ]
    }
}
