private import Access
internal import CommandLineCore
private import Operations
private import Sodium
private import VaultModel

/// `vault secret reveal`, and the setting that permits it.
enum RevealCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["secret", "reveal"], summary: "show a secret's current value, with a reason",
                discussion: """
                    Takes the permission secret:reveal and the tenant's setting secret.reveal, \
                    which is off until an owner turns it on. The reason is in the audit log before \
                    the value is opened.

                    The value goes to a terminal or a pipe, never into a file; with --json it is \
                    in base64.
                    """,
                arguments: [.required("NAME", "The secret's name.")],
                options: [
                    .value("reason", "TEXT", "Why, for the audit log.", required: true)
                ],
                examples: ["vault secret reveal smtp-pass --reason 'provider lost it, INC-42'"],
                run: reveal),
            CommandSpec(
                ["setting", "list"], summary: "list the tenant's settings", run: list),
            CommandSpec(
                ["setting", "set"], summary: "change a setting of the tenant",
                arguments: [
                    .required("NAME", "The setting's name."),
                    .required("VALUE", "What it is to be."),
                ],
                examples: ["vault setting set secret.reveal on"], run: set),
        ]
    }

    private static let reveal: CommandAction = { invocation, context in
        let request = RevealSecret(
            name: try invocation.name("NAME"), reason: try invocation.string("reason"))
        let output = context.output
        guard !output.isFile else {
            throw VaultError.invalid(
                "a value is not written into a file", "send it to a terminal or through a pipe")
        }
        let reply = try await context.call(request)
        guard let value = reply.secret?.take() else {
            throw VaultError(.failed, "internal", "the vault gave no value", "report it")
        }
        if output.isJSON {
            let text = try value.withSpan { (span) throws(SodiumError) in
                try Base64.encodeSecret(span)
            }
            try output.json("value_base64", text, with: reply.response)
            return 0
        }
        try output.write(value)
        if output.width != nil { try output.write("\n") }
        output.remark(
            "Version \(reply.response.version) of \(reply.response.name); this is in the audit log."
        )
        return 0
    }

    private static let list: CommandAction = { _, context in
        let settings = try await context.answer(to: ListSettings())
        try context.output.show(settings) { settings in
            var table = Table([
                Table.Column("SETTING", rigid: true), Table.Column("VALUE", rigid: true),
                Table.Column("SET BY"), Table.Column("DECIDES"),
            ])
            for setting in settings {
                table.append([
                    Table.Cell(setting.name.rawValue), Table.Cell(setting.value),
                    Table.Cell(setting.author ?? "–"), Table.Cell(setting.meaning),
                ])
            }
            try context.output.write(table, empty: "there are no settings")
        }
        return 0
    }

    private static let set: CommandAction = { invocation, context in
        let text = try invocation.string("NAME")
        guard let name = VaultSetting(rawValue: text) else {
            throw VaultError.notFound("setting", text)
        }
        let request = SetSetting(name: name, value: try invocation.string("VALUE"))
        let setting = try await context.answer(to: request)
        try context.output.show(setting) { setting in
            try context.output.write("\(setting.name.rawValue) is \(setting.value)\n")
        }
        return 0
    }
}
