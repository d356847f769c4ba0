internal import CommandLineCore
private import Operations
private import VaultModel
private import VaultStore

/// `vault secret …`.
enum SecretCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["secret", "set"], summary: "store a value as the secret's current version",
                discussion: "Without an option it asks for the value at the terminal, twice.",
                arguments: [name],
                options: [
                    .value(
                        "kind", "KIND", "What a new secret is.",
                        form: .choice(SecretKind.allCases.map(\.rawValue))),
                    .value("description", "TEXT", "What a new secret is for."),
                    .value(
                        "if-version", "N",
                        "Only if this is the current version; 0 means that there is none."),
                    SecretInput.reference,
                ] + SecretInput.options + PolicyCommands.timing,
                atMostOneOf: [SecretInput.choices + ["ref"]], onlyWith: SecretInput.rules,
                surplusHint: SecretInput.hint,
                examples: [
                    "vault secret set smtp-pass --stdin < password.txt",
                    "vault secret set smtp-pass --ref openbao://secret/mail#password",
                    CommandExample("vault secret set smtp-pass", "Asks at the terminal."),
                ], run: set),
            CommandSpec(["secret", "list"], summary: "list the secrets", run: list),
            CommandSpec(
                ["secret", "show"], summary: "show a secret's facts, never its value",
                arguments: [name], run: show),
            CommandSpec(
                ["secret", "versions"], summary: "list a secret's versions", arguments: [name],
                run: versions),
            CommandSpec(
                ["secret", "delete"], summary: "destroy a secret with all its versions",
                arguments: [name],
                options: [
                    .flag("force", "Also while connections use it; they cannot log in then.")
                ],
                run: delete),
        ]
    }

    private static let name = ArgumentSpec.required("NAME", "The secret's name.")

    private static let set: CommandAction = { invocation, context in
        var request = SetSecret(
            name: try invocation.name("NAME"),
            kind: try invocation.choice("kind", as: SecretKind.self),
            description: invocation.optionalString("description"),
            ifVersion: try invocation.int("if-version", in: 0...Int.max).map(Int64.init),
            reference: invocation.optionalString("ref"))
        let policy = try PolicyCommands.timing(invocation)
        request.policy = policy.isEmpty ? nil : policy
        let value =
            request.reference == nil
            ? try SecretInput(invocation).read("Value of \(request.name)") : nil
        let summary = try await context.answer(to: request, secret: value)
        try context.output.show(summary) { summary in
            try context.output.write(
                "\(summary.name) is at version \(Wording.number(summary.currentVersion))\n")
        }
        return 0
    }

    private static let list: CommandAction = { _, context in
        let secrets = try await context.answer(to: ListSecrets())
        try context.output.show(secrets) { secrets in
            var table = Table([
                Table.Column("NAME", whole: true), Table.Column("KIND", rigid: true),
                Table.Column("VERSION", alignment: .right, rigid: true),
                Table.Column("ROTATED", rigid: true), Table.Column("USED", rigid: true),
                Table.Column("NEXT", rigid: true), Table.Column("HEALTH", rigid: true),
                Table.Column("USED BY"),
            ])
            for secret in secrets {
                table.append([
                    Table.Cell(secret.name.text), Table.Cell(secret.kind.rawValue),
                    Table.Cell(Wording.number(secret.currentVersion)),
                    Table.Cell(Wording.time(secret.rotated)),
                    Table.Cell(Wording.time(secret.lastUsed)),
                    Table.Cell(Wording.time(secret.nextRotation)),
                    Table.Cell(
                        secret.health.rawValue, secret.health == .ok ? .plain : .warning),
                    Table.Cell(Wording.list(secret.usedBy)),
                ])
            }
            try context.output.write(table, empty: "there are no secrets")
        }
        return 0
    }

    private static let show: CommandAction = { invocation, context in
        let secret = try await context.answer(to: ShowSecret(name: try invocation.name("NAME")))
        try context.output.show(secret) { secret in
            var fields = FieldList()
            fields.append("Name", secret.name.text)
            fields.append("Kind", secret.kind.rawValue)
            if !secret.description.isEmpty { fields.append("Description", secret.description) }
            fields.append("Current version", Wording.number(secret.currentVersion))
            fields.append("Versions", "\(secret.versions)")
            fields.append("Used by", Wording.list(secret.usedBy))
            fields.append("Created", Wording.time(secret.created))
            fields.append("Rotated", Wording.time(secret.rotated))
            fields.append("Last used", Wording.time(secret.lastUsed))
            fields.append("Last tested", Wording.time(secret.lastTested))
            fields.append("Next rotation", Wording.time(secret.nextRotation))
            if let expires = secret.expires { fields.append("Expires", Wording.time(expires)) }
            fields.append(
                "Health", secret.health.rawValue, secret.health == .ok ? .good : .warning)
            if let rotation = secret.rotation {
                fields.append(
                    "Last rotation",
                    "\(rotation.id) \(rotation.state.rawValue), \(Wording.time(rotation.changed))")
            }
            try context.output.write(fields)
        }
        return 0
    }

    private static let versions: CommandAction = { invocation, context in
        let request = ListSecretVersions(name: try invocation.name("NAME"))
        let versions = try await context.answer(to: request)
        try context.output.show(versions) { versions in
            var table = Table([
                Table.Column("VERSION", alignment: .right, rigid: true),
                Table.Column("STATE", rigid: true), Table.Column("CREATED", rigid: true),
                Table.Column("CHANGED", rigid: true), Table.Column("NOTE"),
            ])
            for version in versions {
                table.append([
                    Table.Cell("\(version.version)"),
                    Table.Cell(version.state.rawValue, version.state == .current ? .good : .plain),
                    Table.Cell(Wording.time(version.created)),
                    Table.Cell(Wording.time(version.changed)), Table.Cell(version.note),
                ])
            }
            try context.output.write(table, empty: "there are no versions")
        }
        return 0
    }

    private static let delete: CommandAction = { invocation, context in
        let request = DeleteSecret(
            name: try invocation.name("NAME"), force: invocation.flag("force"))
        let secret = try await context.answer(to: request)
        try context.output.show(secret) { secret in
            try context.output.write("\(secret.name) is destroyed\n")
        }
        return 0
    }
}
