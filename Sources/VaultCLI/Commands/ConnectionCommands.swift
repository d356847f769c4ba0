internal import CommandLineCore
internal import ConnectionProperties
internal import Operations
internal import VaultModel

/// `vault connection …`.
enum ConnectionCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["connection", "create"],
                summary: "describe a mail server and who sends through it",
                discussion: """
                    With --username and --secret the session logs in. --set takes any field by its \
                    dotted name and holds over the other options; --set provider=gmail, for one, \
                    fills in what a provider publishes.
                    """,
                arguments: [.required("NAME", "Its name, unique in its environment.")],
                options: [
                    .environment("Where its mail goes: test goes to the sandbox.", required: false),
                    .value("host", "HOST", "The mail server; not needed with a file or preset."),
                    .value("from", "ADDRESS", "The sender of the mail; not needed with a file."),
                ] + ConnectionFlags.options + [.flag("disabled", "Refuses every use for now.")],
                examples: [
                    CommandExample(
                        "vault connection create alerts --env production --host smtp.example.org "
                            + "--from alerts@example.org --username alerts --secret smtp-pass")
                ], run: create),
            CommandSpec(
                ["connection", "update"], summary: "change fields of a connection",
                discussion: """
                    When what decides who receives the password changes, such as the host, the port \
                    or the encryption, it cannot be used for the new place until --retarget \
                    allows it.
                    """,
                arguments: [reference],
                options: [
                    .value("host", "HOST", "The mail server."),
                    .value("from", "ADDRESS", "The sender of the mail."),
                ] + ConnectionFlags.options + [
                    .flag(
                        "retarget", "Lets the secret be used for where the connection now points."),
                    .value("if-version", "N", "Only if the connection is at this version."),
                    .flag("draft", "Saves without deploying: sessions go on as before."),
                    .value("reason", "TEXT", "Why, for its history."),
                ],
                examples: [
                    "vault connection update alerts@production --set timeouts.connect_ms=10000"
                ],
                run: update),
            CommandSpec(
                ["connection", "list"], summary: "list the connections",
                options: [.environment("Only those of an environment.", required: false)], run: list
            ),
            CommandSpec(
                ["connection", "show"], summary: "show a connection's settings",
                arguments: [reference], run: show),
            CommandSpec(
                ["connection", "enable"], summary: "let a connection be used",
                arguments: [reference],
                run: { invocation, context in
                    let request = EnableConnection(reference: try invocation.reference(label))
                    return try await remark(
                        context.answer(to: request), "is enabled", context.output)
                }),
            CommandSpec(
                ["connection", "disable"], summary: "refuse every use of a connection",
                arguments: [reference],
                run: { invocation, context in
                    let request = DisableConnection(reference: try invocation.reference(label))
                    return try await remark(
                        context.answer(to: request), "is disabled", context.output)
                }),
            CommandSpec(
                ["connection", "delete"], summary: "delete a connection; its secret stays",
                arguments: [reference],
                options: [
                    .flag("force", "Also while something uses it, which fails from then on.")
                ],
                run: { invocation, context in
                    let request = DeleteConnection(
                        reference: try invocation.reference(label),
                        force: invocation.flag("force"))
                    return try await remark(
                        context.answer(to: request), "is deleted", context.output)
                }),
            CommandSpec(
                ["connection", "check-name"], summary: "tell whether a name is free",
                discussion: "Exits with 0 when it is free, 5 when taken, 2 when not allowed.",
                arguments: [.required("NAME", "The name.")],
                options: [.environment("Where it would be.", required: true)], run: checkName),
        ]
    }

    private static let label = "CONNECTION"
    private static let reference = ArgumentSpec.required(
        label, "The connection, as NAME or NAME@ENV.")

    private static let create: CommandAction = { invocation, context in
        let (settings, document) = try ConnectionFlags.newSettings(of: invocation)
        guard let environment = try invocation.deploymentEnvironment() ?? document?.environment
        else {
            throw UsageError.missingOption(
                option: "--env", help: "Where its mail goes.", command: invocation.line)
        }
        let request = CreateConnection(
            name: try invocation.name("NAME"), environment: environment, settings: settings,
            enabled: !invocation.flag("disabled") && document?.enabled ?? true)
        // What properties come to is told with the connection.
        for warning in document?.warnings ?? []
        where settings.properties[warning.property] == nil {
            context.output.remark("warning: \(warning.property): \(warning.text)")
        }
        return try await remark(context.answer(to: request), "is created", context.output)
    }

    private static let update: CommandAction = { invocation, context in
        let retarget = invocation.flag("retarget")
        let document = try invocation.optionalString("file").map {
            try ConnectionFlags.document($0)
        }
        let assignments =
            try (document.map(ConnectionFlags.assignments) ?? [])
            + ConnectionFlags.assignments(of: invocation, isNew: false)
        guard !assignments.isEmpty || retarget else {
            throw VaultError.invalid("no field is given", "add an option such as --host or --set")
        }
        let request = UpdateConnection(
            reference: try invocation.reference(label), assignments: assignments,
            retarget: retarget,
            ifVersion: try invocation.int("if-version", in: 1...Int.max).map(Int64.init),
            asDraft: invocation.flag("draft"), reason: invocation.optionalString("reason"))
        return try await remark(
            context.answer(to: request),
            invocation.flag("draft") ? "is saved and not deployed" : "is changed", context.output)
    }

    private static let list: CommandAction = { invocation, context in
        let request = ListConnections(environment: try invocation.deploymentEnvironment())
        let connections = try await context.answer(to: request)
        try context.output.show(connections) { connections in
            var table = Table([
                Table.Column("NAME", whole: true), Table.Column("ENVIRONMENT", rigid: true),
                Table.Column("ENABLED", rigid: true), Table.Column("HOST"),
                Table.Column("TRANSPORT"), Table.Column("FROM"),
            ])
            for connection in connections {
                table.append([
                    Table.Cell(connection.name.text), Table.Cell(connection.environment.rawValue),
                    Table.Cell(
                        Wording.yes(connection.enabled), connection.enabled ? .good : .warning),
                    Table.Cell(connection.settings.host), Table.Cell(connection.transport),
                    Table.Cell(connection.settings.from.address),
                ])
            }
            try context.output.write(table, empty: "there are no connections")
        }
        return 0
    }

    private static let show: CommandAction = { invocation, context in
        let request = ShowConnection(reference: try invocation.reference(label))
        let connection = try await context.answer(to: request)
        try context.output.show(connection) { connection in
            try context.output.write(ConnectionFlags.fields(of: connection))
        }
        return 0
    }

    private static let checkName: CommandAction = { invocation, context in
        guard let environment = try invocation.deploymentEnvironment() else {
            throw VaultError.invalid("no environment is named", "add --env")
        }
        let request = CheckConnectionName(
            name: try invocation.string("NAME"), environment: environment)
        let answer = try await context.answer(to: request)
        try context.output.show(answer) { answer in
            let word = answer.status == "not_allowed" ? "not allowed" : answer.status
            let reason = answer.reason.map { ": \($0)" } ?? ""
            try context.output.write("\(VisibleText.quoted(answer.name)) is \(word)\(reason)\n")
        }
        return exitCode(of: answer)
    }

    /// 0 when a name is free, 5 when taken, 2 when not allowed.
    static func exitCode(of answer: NameAvailability) -> Int32 {
        switch answer.status {
        case "free": 0
        case "taken": VaultError.Exit.conflict.code
        default: VaultError.Exit.usage.code
        }
    }

    /// Tells what has happened to a connection, with its warnings.
    static func remark(
        _ connection: ConnectionSummary, _ happened: String, _ output: Output
    ) throws -> Int32 {
        try output.show(connection) { connection in
            let name = "\(connection.name)@\(connection.environment.rawValue)"
            try output.write("\(name) \(happened) (version \(connection.version))\n")
            for warning in connection.warnings { output.remark("warning: \(warning)") }
        }
        return 0
    }
}
