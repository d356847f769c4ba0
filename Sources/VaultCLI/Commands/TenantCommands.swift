internal import CommandLineCore
private import Glibc
internal import Operations
private import VaultModel
private import VaultStore

/// `vault tenant …`.
enum TenantCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["tenant", "create"], summary: "make a tenant with a key of its own",
                arguments: [name], examples: ["vault tenant create acme"], run: create),
            CommandSpec(["tenant", "list"], summary: "list the tenants", run: list),
            CommandSpec(
                ["tenant", "show"], summary: "show what a tenant has", arguments: [name], run: show),
            CommandSpec(
                ["tenant", "disable"],
                summary: "refuse a tenant's tokens and sends, and keep its data",
                arguments: [name], run: disable),
            CommandSpec(
                ["tenant", "enable"], summary: "let a tenant work again", arguments: [name],
                run: enable),
            CommandSpec(
                ["tenant", "claim"], summary: "become the first owner of a tenant that has none",
                discussion: """
                    For whoever has the token that vault init shows, or another with the scope \
                    tenant:claim, in SIGNET_TOKEN or --token-file. The token ends with it. At a terminal \
                    it asks for a password, twice.
                    """,
                arguments: [.required("NAME", "The owner's name, to log in with.")],
                options: [.value("description", "TEXT", "Who it is.")]
                    + PasswordInput.options("the password"),
                atMostOneOf: [PasswordInput.choices], surplusHint: PasswordInput.hint,
                examples: ["vault tenant claim alice --token-file token"], run: claim),
            CommandSpec(
                ["tenant", "shred"], summary: "destroy a tenant's keys and all that it has",
                discussion: """
                    Nothing of it can be read again in this vault. The root key is replaced too. \
                    Backups that can still open what it had are listed.
                    """,
                arguments: [name],
                options: [
                    .value("confirm", "NAME", "The name once more, instead of being asked for it.")
                ], examples: ["vault tenant shred acme --confirm acme"], run: shred),
        ]
    }

    private static let name = ArgumentSpec.required("NAME", "The tenant's name.")

    private static let create: CommandAction = { invocation, context in
        try await change(
            CreateTenant(name: try invocation.name("NAME")), "is created", context)
    }

    private static let claim: CommandAction = { invocation, context in
        let request = ClaimTenant(
            name: try invocation.name("NAME"),
            description: invocation.optionalString("description") ?? "")
        let password = try PasswordInput.new(invocation, of: request.name.text)
        let owner = try await context.answer(to: request, secret: password)
        try context.output.show(owner) { owner in
            try context.output.write(
                "\(owner.name) owns the tenant: vault login --principal \(owner.name)\n")
        }
        return 0
    }

    private static let disable: CommandAction = { invocation, context in
        try await change(
            DisableTenant(name: try invocation.name("NAME")), "is disabled", context)
    }

    private static let enable: CommandAction = { invocation, context in
        try await change(EnableTenant(name: try invocation.name("NAME")), "is enabled", context)
    }

    private static let shred: CommandAction = { invocation, context in
        let name = try invocation.name("NAME")
        let request = ShredTenant(name: name, confirmation: try confirmation(of: name, invocation))
        let report = try await context.answer(to: request)
        try context.output.show(report) { report in
            let rows = report.removed.reduce(0) { $0 + $1.rows }
            try context.output.write(
                "tenant \(report.name) is gone: \(rows) rows and \(report.destroyedKeys) keys; "
                    + "copies of the keys in the vault's files: \(report.keyCopies)\n")
            guard !report.backups.isEmpty else { return }
            context.output.remark("these backups can still open what it had:")
            var table = Table([
                Table.Column("BACKUP", whole: true), Table.Column("WRITTEN", rigid: true),
                Table.Column("ROOT KEY", alignment: .right, rigid: true),
            ])
            for backup in report.backups {
                table.append([
                    Table.Cell(backup.path), Table.Cell(Wording.time(backup.created)),
                    Table.Cell("\(backup.rootGeneration)"),
                ])
            }
            try context.output.write(table, empty: "")
        }
        return 0
    }

    /// The name as it was typed once more, at the terminal unless an option holds it.
    private static func confirmation(
        of name: ResourceName, _ invocation: Invocation
    ) throws -> String {
        if let given = invocation.optionalString("confirm") { return given }
        guard OutputStreams.isTerminal(STDIN_FILENO) else {
            throw VaultError.invalid(
                "shredding cannot be undone and is not confirmed", "add --confirm \(name)")
        }
        let prompt = Array("Type the tenant's name to destroy all that it has: ".utf8)
        _ = OutputStreams.write(prompt.span, to: STDERR_FILENO)
        return readLine() ?? ""
    }

    private static func change<Request: OperationRequest>(
        _ request: Request, _ verb: String, _ context: CommandContext
    ) async throws -> Int32 where Request.Response == TenantSummary {
        let tenant = try await context.answer(to: request)
        try context.output.show(tenant) { tenant in
            try context.output.write("tenant \(tenant.name) \(verb)\n")
        }
        return 0
    }

    private static let list: CommandAction = { _, context in
        let tenants = try await context.answer(to: ListTenants())
        try context.output.show(tenants) { tenants in
            var table = Table([
                Table.Column("NAME", whole: true), Table.Column("STATE", rigid: true),
                Table.Column("KEY", alignment: .right, rigid: true),
                Table.Column("CREATED", rigid: true),
            ])
            for tenant in tenants {
                table.append([
                    Table.Cell(tenant.name.text),
                    Table.Cell(tenant.state, tenant.state == "active" ? .good : .bad),
                    Table.Cell("\(tenant.keyGeneration)"), Table.Cell(Wording.time(tenant.created)),
                ])
            }
            try context.output.write(table, empty: "there are no tenants")
        }
        return 0
    }

    private static let show: CommandAction = { invocation, context in
        let details = try await context.answer(
            to: ShowTenant(name: try invocation.name("NAME")))
        try context.output.show(details) { details in
            var fields = FieldList()
            fields.append("Name", details.tenant.name.text)
            fields.append("Identity", "\(details.tenant.id)")
            fields.append(
                "State", details.tenant.state, details.tenant.state == "active" ? .good : .bad)
            fields.append("Created", Wording.time(details.tenant.created))
            fields.append("Key", "generation \(details.tenant.keyGeneration)")
            fields.append("Secrets", "\(details.secrets)")
            fields.append("Connections", "\(details.connections)")
            fields.append("Tokens", "\(details.tokens)")
            try context.output.write(fields)
        }
        return 0
    }
}
