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
                    recovery code, which is shown once. shares:3/5 makes five shares instead, of \
                    which any three open the vault.

                    With a passphrase the key file stays, so that a server starts without \
                    anybody; --no-key-file leaves no key on the machine.
                    """,
                options: [
                    .value(
                        "recovery", "METHOD",
                        "How the vault is unsealed when the key file is lost.",
                        default: "code"),
                    UnsealInput.passphraseFile("A passphrase that opens the vault too."),
                    .value(
                        "key-file", "FILE",
                        "Where to put the key; by default in the folder keys.", form: .file),
                    .flag("no-key-file", "Makes none: who unseals must bring what does."),
                ], atMostOneOf: [["key-file", "no-key-file"]],
                examples: [
                    "vault init", CommandExample("vault init --key-file /etc/signet/root.key"),
                    CommandExample(
                        "vault init --recovery shares:3/5", "five people, three suffice"),
                ], run: create),
            CommandSpec(
                ["status"], summary: "show how the vault is",
                discussion: """
                    Exits with 1 when a secret needs somebody: due, expired, refused by its server, \
                    or left in the middle of a rotation.
                    """, run: status),
            CommandSpec(
                ["doctor"], summary: "look for whatever is not as it should be",
                discussion: """
                    Looks at file modes, locked memory, every row, the schema, the audit chain, the clock, \
                    certificates, ports, libraries and disk space. \
                    Exits with 8 when rows or the chain were changed, and with 1 for other findings.
                    """,
                options: [
                    .value(
                        "accept-rollback", "N",
                        "Goes on with a database that is not the newest and ends with entry N.")
                ], run: doctor),
            CommandSpec(["version"], summary: "show the version", run: version),
        ]
    }

    // MARK: init

    private struct NewVault: Encodable {
        let vault: VaultID
        let home: String
        let keyFile: String?
        let slots: Int
        /// Whether `recovery_code` is told as none.
        var hasNoCode = false

        private enum CodingKeys: String, CodingKey {
            case vault, home, keyFile, slots, recoveryCode
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(vault, forKey: .vault)
            try container.encode(home, forKey: .home)
            try container.encode(keyFile, forKey: .keyFile)
            try container.encode(slots, forKey: .slots)
            if hasNoCode { try container.encodeNil(forKey: .recoveryCode) }
        }
    }

    private static let create: CommandAction = { invocation, context in
        let protectors = NewVaultProtectors(
            keyFile: invocation.optionalString("key-file").map(HomeFolder.absolute),
            hasKeyFile: !invocation.flag("no-key-file"),
            passphrase: try invocation.optionalString("passphrase-file").map(
                UnsealInput.passphrase(inFile:)),
            recovery: try recovery(try invocation.string("recovery")))
        let created = try await VaultService.create(
            home: context.home, protectors: protectors, settings: try context.settings())
        let vault = created.service.store.vault
        await created.service.close()
        let output = context.output
        let code = created.recoveryCode?.take()
        let shares = created.recoveryShares?.take()
        let token = created.bootstrapToken.take()
        if output.isJSON {
            var rest = NewVault(
                vault: vault, home: context.home.path, keyFile: created.keyFile,
                slots: created.slots)
            rest.hasNoCode = code == nil && shares == nil
            try output.beginJSON(rest)
            if let code { try output.json("recovery_code", code) }
            if let shares { try output.json("recovery_shares", linesOf: shares) }
            if let token { try output.json("bootstrap_token", token) }
            try output.endJSON()
            return 0
        }
        try tell(vault, created, context)
        if let code {
            try output.write(
                "\nThe recovery code opens the vault when all else is lost. It is shown only now;\n"
                    + "write it down and keep it off this machine:\n\n  ")
            try output.write(code)
            try output.write("\n")
        } else if let shares {
            try output.write(
                "\nThe recovery shares open the vault when all else is lost. They are shown only now;\n"
                    + "give each to another person:\n\n")
            try output.write(shares)
        } else {
            try output.write("\nThere is neither recovery code nor shares.\n")
        }
        if created.slots == 1 {
            try output.write(
                "\nOnly one slot opens the vault: whoever loses it loses everything.\n"
                    + "vault protector add makes another.\n")
        }
        guard let token else { return 0 }
        try output.write(
            "\nThis token makes the first owner (vault tenant claim), once and within an hour:\n\n  "
        )
        try output.write(token)
        try output.write("\n")
        return 0
    }

    /// Tells people where the new vault is.
    private static func tell(
        _ vault: VaultID, _ created: CreatedVault, _ context: CommandContext
    ) throws {
        let (home, output) = (context.home, context.output)
        var fields = FieldList()
        fields.append("Vault", "\(vault)")
        fields.append("Home", home.path)
        fields.append("Data", home.data)
        if let keyFile = created.keyFile { fields.append("Key file", keyFile) }
        try output.write(fields)
        guard let keyFile = created.keyFile else {
            try output.write(
                "\nNo key lies on this machine: vault serve --sealed and vault unseal start a server.\n"
            )
            return
        }
        try output.write(
            "\nWho has both the data and the key has every secret: keep and back them up apart.\n")
        if !keyFile.hasPrefix(home.keys + "/") {
            try output.write(
                "\nName the key file in SIGNET_KEY_FILE for the commands that follow.\n")
        }
    }

    /// `code`, `none` or `shares:K/N`.
    private static func recovery(_ text: String) throws -> NewVaultProtectors.Recovery {
        switch text {
        case "code": return .code
        case "none": return .none
        default:
            guard let (threshold, count) = ProtectorCommands.shareNumbers(text) else {
                throw VaultError.invalid(
                    "--recovery '\(text)' is unknown", "write code, none, or shares:3/5")
            }
            return .shares(threshold: threshold, count: count)
        }
    }

    // MARK: status, doctor, version

    private static let status: CommandAction = { _, context in
        let status = try await context.answer(to: ShowStatus())
        try context.output.show(status) { status in
            var fields = FieldList()
            fields.append("Vault", "\(status.vault)")
            fields.append("Home", status.home)
            fields.append("State", status.state, status.state == "unsealed" ? .good : .warning)
            if let count = status.secrets { fields.append("Secrets", "\(count)") }
            if let count = status.connections { fields.append("Connections", "\(count)") }
            if let count = status.tokens { fields.append("Tokens", "\(count)") }
            if let count = status.auditEntries { fields.append("Audit entries", "\(count)") }
            fields.append(
                "Slots", status.slots.map { "\($0.count) \($0.kind)" }.joined(separator: ", "))
            for share in status.shares ?? [] {
                fields.append(
                    "Shares of \(share.set)", "\(share.given) of \(share.needed)", .warning)
            }
            fields.append(
                "Memory locked", Wording.yes(status.memoryLocked),
                status.memoryLocked ? .plain : .warning)
            fields.append("Version", status.version)
            try context.output.write(fields)
            guard !status.secretsToRotate.isEmpty else { return }
            var table = Table([
                Table.Column("SECRET", whole: true), Table.Column("HEALTH", rigid: true),
                Table.Column("SINCE", rigid: true), Table.Column("TO DO", whole: true),
            ])
            for alert in status.secretsToRotate {
                table.append([
                    Table.Cell(alert.secret.text), Table.Cell(alert.health.rawValue, .warning),
                    Table.Cell(Wording.time(alert.since)), Table.Cell(alert.action),
                ])
            }
            try context.output.write("\n")
            try context.output.write(table, empty: "")
        }
        return status.secretsToRotate.isEmpty ? 0 : VaultError.Exit.failed.code
    }

    /// The checks whose failure means that somebody changed the vault.
    private static let integrityChecks: Set<String> = ["rows", "audit chain"]

    private static let doctor: CommandAction = { invocation, context in
        if let sequence = try invocation.int("accept-rollback", in: 0...Int.max) {
            try await VaultService.acceptRollback(
                home: context.home, sources: context.sources, sequence: Int64(sequence))
        }
        let findings = try await context.answer(to: RunDoctor())
        try context.output.show(findings) { findings in
            var table = Table([
                Table.Column("CHECK", whole: true), Table.Column("RESULT", rigid: true),
                Table.Column("DETAIL", whole: true),
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
