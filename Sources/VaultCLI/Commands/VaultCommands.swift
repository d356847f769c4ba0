private import Access
internal import CommandLineCore
internal import Operations
private import VaultModel
private import VaultStore

/// `vault init`, `status`, `doctor` and `version`.
enum VaultCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["init"], summary: "make a vault",
                discussion: """
                    Makes the folder, the database, the key file and, unless told otherwise, a \
                    recovery code, which is shown once.
                    """,
                options: [
                    .value(
                        "recovery", "METHOD",
                        "How the vault is unsealed when the key file is lost.",
                        form: .choice(["code", "none"]), default: "code"),
                    .value(
                        "key-file", "FILE",
                        "Where to put the key; by default in the folder keys.", form: .file),
                ],
                examples: [
                    "vault init", CommandExample("vault init --key-file /etc/signet/root.key"),
                ], run: create),
            CommandSpec(["status"], summary: "show how the vault is", run: status),
            CommandSpec(
                ["doctor"], summary: "look for whatever is not as it should be",
                discussion: """
                    Looks at file modes, locked memory, every row, the audit chain and disk space. \
                    Exits with 8 when rows or the chain were changed, and with 1 for other findings.
                    """, run: doctor),
            CommandSpec(["version"], summary: "show the version", run: version),
        ]
    }

    // MARK: init

    private struct NewVault: Encodable {
        let vault: VaultID
        let home: String
        let keyFile: String
    }

    private struct NewVaultWithoutCode: Encodable {
        let vault: VaultID
        let home: String
        let keyFile: String
        let recoveryCode: String?

        private enum CodingKeys: String, CodingKey { case vault, home, keyFile, recoveryCode }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(vault, forKey: .vault)
            try container.encode(home, forKey: .home)
            try container.encode(keyFile, forKey: .keyFile)
            try container.encode(recoveryCode, forKey: .recoveryCode)
        }
    }

    private static let create: CommandAction = { invocation, context in
        let given = invocation.optionalString("key-file").map(HomeFolder.absolute)
        let created = try await VaultService.create(
            home: context.home, keyFile: given,
            withRecoveryCode: try invocation.string("recovery") == "code",
            settings: try context.settings())
        let vault = created.service.store.vault
        await created.service.close()
        let home = context.home
        let keyFile = created.keyFile
        let output = context.output
        let recovery = created.recoveryCode?.take()
        if output.isJSON {
            if let recovery {
                let rest = NewVault(vault: vault, home: home.path, keyFile: keyFile)
                try output.json("recovery_code", recovery, atEnd: true, with: rest)
            } else {
                try output.json(
                    NewVaultWithoutCode(
                        vault: vault, home: home.path, keyFile: keyFile, recoveryCode: nil))
            }
            return 0
        }
        var fields = FieldList()
        fields.append("Vault", "\(vault)")
        fields.append("Home", home.path)
        fields.append("Data", home.data)
        fields.append("Key file", keyFile)
        try output.write(fields)
        try output.write(
            "\nWho has both the data and the key has every secret: keep and back them up apart.\n")
        if !keyFile.hasPrefix(home.keys + "/") {
            try output.write(
                "\nName the key file in SIGNET_KEY_FILE for the commands that follow.\n")
        }
        if let recovery {
            try output.write(
                "\nThe recovery code opens the vault when the key file is lost. It is shown only now;\n"
                    + "write it down and keep it off this machine:\n\n  ")
            try output.write(recovery)
            try output.write("\n")
        } else {
            try output.write(
                "\nThere is no recovery code: without the key file nothing can be read.\n")
        }
        return 0
    }

    // MARK: status, doctor, version

    private static let status: CommandAction = { _, context in
        let status = try await context.answer(to: ShowStatus())
        try context.output.show(status) { status in
            var fields = FieldList()
            fields.append("Vault", "\(status.vault)")
            fields.append("Home", status.home)
            fields.append("State", status.state, status.state == "unsealed" ? .good : .warning)
            fields.append("Secrets", "\(status.secrets)")
            fields.append("Connections", "\(status.connections)")
            fields.append("Tokens", "\(status.tokens)")
            fields.append("Audit entries", "\(status.auditEntries)")
            fields.append(
                "Memory locked", Wording.yes(status.memoryLocked),
                status.memoryLocked ? .plain : .warning)
            fields.append("Version", status.version)
            try context.output.write(fields)
        }
        return 0
    }

    /// The checks whose failure means that somebody changed the vault.
    private static let integrityChecks: Set<String> = ["rows", "audit chain"]

    private static let doctor: CommandAction = { _, context in
        let findings = try await context.answer(to: RunDoctor())
        try context.output.show(findings) { findings in
            var table = Table([
                Table.Column("CHECK"), Table.Column("RESULT", rigid: true), Table.Column("DETAIL"),
            ])
            for finding in findings {
                table.append([
                    Table.Cell(finding.check),
                    finding.ok ? Table.Cell("ok", .good) : Table.Cell("bad", .bad),
                    Table.Cell(finding.detail),
                ])
            }
            try context.output.write(table, empty: "nothing was checked")
        }
        return exitCode(of: findings)
    }

    /// 8 when rows or the chain are bad, 1 for other findings, 0 for none.
    static func exitCode(of findings: [DoctorFinding]) -> Int32 {
        let bad = findings.filter { !$0.ok }
        if bad.contains(where: { integrityChecks.contains($0.check) }) {
            return VaultError.Exit.integrity.code
        }
        return bad.isEmpty ? 0 : VaultError.Exit.failed.code
    }

    private static let version: CommandAction = { _, context in
        try context.output.show(["program": VaultProgram.name, "version": ProductVersion.text]) {
            _ in
            try context.output.write("\(VaultProgram.name) \(ProductVersion.text)\n")
        }
        return 0
    }
}
