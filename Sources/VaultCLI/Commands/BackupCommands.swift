private import Access
internal import CommandLineCore
private import Glibc
internal import Operations
private import Sealing
private import VaultModel
private import VaultStore

/// `vault backup`, its sub-commands, and `vault restore`.
enum BackupCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["backup"], summary: "write a sealed copy of the vault while it runs",
                discussion: """
                    The file opens with what opens the vault now: a key file or recovery code, which \
                    belong somewhere else. A recipient may open it too, and can then read every \
                    secret in it. Captured mail of the sandbox is not part of it.
                    """,
                arguments: [.required("FILE", "Where the backup goes.", form: .file)],
                options: [
                    .repeated(
                        "to", "PUBKEY",
                        "A recipient who may open it besides the vault's own keys."),
                    .flag("force", "Replaces an earlier backup of that name."),
                ],
                examples: [
                    "vault backup /mnt/backups/vault.sgb",
                    "vault backup /mnt/backups/vault.sgb --force --to $(cat escrow.pub)",
                ], run: create),
            CommandSpec(
                ["backup", "verify"], summary: "prove that everything in a backup opens",
                discussion: """
                    Restores it into a private folder in memory, opens every row, secret and audit \
                    entry, and walks the audit chain. Needs a key, and neither a vault nor a server; \
                    without an option the key files of the vault's folder are tried.
                    """,
                arguments: [.required("FILE", "The backup.", form: .file)],
                options: keyOptions, atMostOneOf: [keyChoices], surplusHint: UnsealInput.hint,
                run: verify),
            CommandSpec(
                ["backup", "list"], summary: "list the backups that were written", run: list),
            CommandSpec(
                ["backup", "keygen"], summary: "make the key pair of a recipient",
                discussion: """
                    Writes the secret half to a new file, to be kept off this machine, and prints the \
                    public half for backup --to.
                    """,
                arguments: [.required("FILE", "Where the identity goes.", form: .file)],
                run: makeIdentity),
            CommandSpec(
                ["restore"], summary: "make a vault out of a backup, where none is",
                discussion: """
                    Tokens of the backup are dead unless they are kept on purpose: somebody may have \
                    revoked them since. Rotations that the backup caught in the middle are marked to \
                    be looked at. With a recovery code or an identity the vault gets a new key file.
                    """,
                arguments: [.required("FILE", "The backup.", form: .file)],
                options: keyOptions + [.flag("keep-tokens", "Lets tokens of the backup live on.")],
                atMostOneOf: [keyChoices], surplusHint: UnsealInput.hint,
                examples: [
                    "vault restore vault.sgb --home /srv/vault --key-file root.key"
                ], run: restore),
        ]
    }

    // MARK: The key

    private static let keyChoices = ["key-file", "identity"] + UnsealInput.choices

    private static var keyOptions: [OptionSpec] {
        [
            .value("key-file", "FILE", "A key file of the vault.", form: .file),
            .value("identity", "FILE", "The identity of one of its recipients.", form: .file),
        ] + UnsealInput.options
    }

    private static func key(
        _ invocation: Invocation, _ context: CommandContext
    ) throws -> BackupKey {
        if let path = invocation.optionalString("key-file") {
            return .keyFiles([HomeFolder.absolute(path)], adopts: true)
        }
        if let path = invocation.optionalString("identity") { return .identity(path) }
        switch try UnsealInput.given(invocation) {
        case .paper(let text): return .recoveryCode(text)
        case .passphrase(let passphrase): return .passphrase(passphrase)
        case nil: break
        }
        return .keyFiles(
            context.sources.keyFile.map { [$0] } ?? context.home.keyFiles(), adopts: false)
    }

    // MARK: Actions

    private static let create: CommandAction = { invocation, context in
        let path = HomeFolder.absolute(try invocation.string("FILE"))
        let made = try await context.answer(
            to: CreateBackup(
                path: path, recipients: invocation.values("to"), force: invocation.flag("force")))
        try context.output.show(made) { made in
            var fields = FieldList()
            fields.append("Backup", made.path)
            fields.append("Copy taken", "\(made.created)")
            fields.append("Audit entries", "\(made.auditSequence)")
            fields.append("Root key", "generation \(made.rootGeneration)")
            fields.append("Recipients", "\(made.recipients)")
            try context.output.write(fields)
            context.output.remark("Prove it: vault backup verify \(made.path)")
        }
        return 0
    }

    private static let list: CommandAction = { _, context in
        let backups = try await context.answer(to: ListBackups())
        try context.output.show(backups) { backups in
            var table = Table([
                Table.Column("COPY TAKEN", rigid: true), Table.Column("ROOT KEY", rigid: true),
                Table.Column("RECIPIENTS", rigid: true), Table.Column("FILE", whole: true),
            ])
            for backup in backups {
                table.append([
                    Table.Cell("\(backup.created)"), Table.Cell("\(backup.rootGeneration)"),
                    Table.Cell("\(backup.recipients)"), Table.Cell(backup.path),
                ])
            }
            try context.output.write(table, empty: "no backup was written")
        }
        return 0
    }

    private static let verify: CommandAction = { invocation, context in
        let report = try await BackupVerification.verify(
            path: HomeFolder.absolute(try invocation.string("FILE")),
            key: try key(invocation, context))
        try context.output.show(report) { report in
            var fields = FieldList()
            fields.append("Vault", "\(report.vault)")
            fields.append("Copy taken", "\(report.created)")
            fields.append("Root key", "generation \(report.rootGeneration)")
            fields.append("Incarnation", "\(report.incarnation)")
            for (name, count) in report.contents.rows.sorted(by: { $0.key < $1.key }) {
                fields.append("Rows of \(name)", "\(count)")
            }
            fields.append("Secret values", "\(report.contents.secretValues)")
            fields.append("Audit entries", "\(report.contents.auditEntries)")
            try context.output.write(fields)
            try context.output.write("Everything opens, and the audit chain is whole.\n")
        }
        return 0
    }

    /// What `backup keygen` made.
    private struct NewIdentity: Encodable {
        let identity: String
        let publicKey: String
    }

    private static let makeIdentity: CommandAction = { invocation, context in
        let path = HomeFolder.absolute(try invocation.string("FILE"))
        let key: String
        do {
            key = RecipientIdentity.text(of: try RecipientIdentity.create(at: path))
        } catch {
            throw VaultError(wrapping: error)
        }
        try context.output.show(NewIdentity(identity: path, publicKey: key)) { made in
            try context.output.write(made.publicKey + "\n")
            context.output.remark("The secret half is in \(path); keep it off this machine.")
        }
        return 0
    }

    private static let restore: CommandAction = { invocation, context in
        let restoration = BackupRestoration(
            home: context.home, key: try key(invocation, context),
            keepsTokens: invocation.flag("keep-tokens"))
        let report = try await restoration.restore(
            HomeFolder.absolute(try invocation.string("FILE")))
        try context.output.show(report) { report in
            var fields = FieldList()
            fields.append("Vault", "\(report.vault)")
            fields.append("Home", report.home)
            fields.append("Copy taken", "\(report.created)")
            fields.append("Incarnation", "\(report.incarnation)")
            fields.append("Dead tokens", "\(report.deadTokens)")
            fields.append(
                "Open rotations", "\(report.openRotations)",
                report.openRotations == 0 ? .plain : .warning)
            if let file = report.keyFile { fields.append("Key file", file) }
            try context.output.write(fields)
            context.output.remark(
                "What happened after \(report.created) is not in it, and neither are later audit "
                    + "entries.")
        }
        return 0
    }
}
