internal import CommandLineCore
internal import Operations
private import VaultModel

/// The commands about a connection's states: history, diff, rollback, deploy, clone and promote.
enum ConnectionHistoryCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["connection", "history"], summary: "list a connection's versions, newest first",
                arguments: [reference], run: history),
            CommandSpec(
                ["connection", "diff"], summary: "show what differs between two versions",
                discussion: """
                    Without options: what is saved against what is deployed, or the newest version \
                    against the one before.
                    """,
                arguments: [reference],
                options: [
                    .value("from", "N", "The version on the left."),
                    .value("to", "N", "The version on the right; the newest unless given."),
                    .value("with", "CONNECTION", "Another connection on the right."),
                ], run: diff),
            CommandSpec(
                ["connection", "rollback"], summary: "go back to an earlier version",
                arguments: [reference],
                options: [
                    .value("to", "N", "The version; the one deployed before unless given."),
                    retarget, reason,
                ], run: rollback),
            CommandSpec(
                ["connection", "deploy"], summary: "let sessions use what is saved",
                arguments: [reference], options: [retarget, reason], run: deploy),
            CommandSpec(
                ["connection", "clone"], summary: "make a connection with the same settings",
                arguments: [reference, .required("NEW", "The new connection's name.")],
                options: [
                    .environment("Its environment; the same unless given.", required: false),
                    .flag("with-secrets", "Lets it use the same account and secrets."),
                ],
                examples: ["vault connection clone alerts@production alerts-2"], run: clone),
            CommandSpec(
                ["connection", "promote"], summary: "carry settings over to another environment",
                discussion: """
                    The target keeps its account and secrets. A new one without --with-secrets has \
                    no login and is disabled.
                    """,
                arguments: [.required("NAME", "The connection's name.")],
                options: [
                    .value("from", "ENV", "Where the settings come from.", required: true),
                    .value("to", "ENV", "Where they go.", required: true),
                    .flag("with-secrets", "Carries the account and its secrets over too."),
                    .flag("dry-run", "Shows what would change, and changes nothing."), reason,
                ],
                examples: ["vault connection promote alerts --from test --to production --dry-run"],
                run: promote),
        ]
    }

    private static let label = "CONNECTION"
    private static let reference = ArgumentSpec.required(
        label, "The connection, as NAME or NAME@ENV.")
    private static let reason = OptionSpec.value("reason", "TEXT", "Why, for its history.")
    private static let retarget = OptionSpec.flag(
        "retarget", "Lets the secret be used for where the connection points then.")

    private static let history: CommandAction = { invocation, context in
        let request = ShowConnectionHistory(reference: try invocation.reference(label))
        let revisions = try await context.answer(to: request)
        try context.output.show(revisions) { revisions in
            var table = Table([
                Table.Column("VERSION", alignment: .right, rigid: true),
                Table.Column("TIME", rigid: true), Table.Column("ACTION", rigid: true),
                Table.Column("BY"), Table.Column("FIELDS"), Table.Column("REASON"),
            ])
            for revision in revisions {
                table.append([
                    Table.Cell("\(revision.version)"), Table.Cell(Wording.time(revision.created)),
                    Table.Cell(revision.action, revision.deployed ? .plain : .warning),
                    Table.Cell(revision.author),
                    Table.Cell(Wording.list(revision.changes.map(\.field))),
                    Table.Cell(revision.reason),
                ])
            }
            try context.output.write(table, empty: "there is no history")
        }
        return 0
    }

    private static let diff: CommandAction = { invocation, context in
        let request = DiffConnection(
            reference: try invocation.reference(label),
            from: try invocation.version("from"), to: try invocation.version("to"),
            other: try invocation.optionalString("with").map {
                try ConnectionReference(parsing: $0)
            })
        let difference = try await context.answer(to: request)
        try context.output.show(difference) { difference in
            context.output.remark("from \(difference.from) to \(difference.to)")
            try write(difference.changes, context.output, empty: "nothing differs")
        }
        return 0
    }

    private static let rollback: CommandAction = { invocation, context in
        let request = RollBackConnection(
            reference: try invocation.reference(label), version: try invocation.version("to"),
            retarget: invocation.flag("retarget"), reason: invocation.optionalString("reason"))
        return try await ConnectionCommands.remark(
            context.answer(to: request), "is rolled back", context.output)
    }

    private static let deploy: CommandAction = { invocation, context in
        let request = DeployConnection(
            reference: try invocation.reference(label), retarget: invocation.flag("retarget"),
            reason: invocation.optionalString("reason"))
        return try await ConnectionCommands.remark(
            context.answer(to: request), "is deployed", context.output)
    }

    private static let clone: CommandAction = { invocation, context in
        let request = CloneConnection(
            reference: try invocation.reference(label), name: try invocation.name("NEW"),
            environment: try invocation.deploymentEnvironment(),
            withSecrets: invocation.flag("with-secrets"))
        return try await ConnectionCommands.remark(
            context.answer(to: request), "is created", context.output)
    }

    private static let promote: CommandAction = { invocation, context in
        let request = PromoteConnection(
            name: try invocation.name("NAME"),
            from: try DeploymentEnvironment(parsing: try invocation.string("from")),
            to: try DeploymentEnvironment(parsing: try invocation.string("to")),
            withSecrets: invocation.flag("with-secrets"), dryRun: invocation.flag("dry-run"),
            reason: invocation.optionalString("reason"))
        let report = try await context.answer(to: request)
        try context.output.show(report) { report in
            try write(report.changes, context.output, empty: "nothing differs")
            context.output.remark("\(report.to) is \(report.status) from \(report.from)")
            for warning in report.connection?.warnings ?? [] {
                context.output.remark("warning: \(warning)")
            }
        }
        return 0
    }

    private static func write(
        _ changes: [ConnectionField.Difference], _ output: Output, empty: String
    ) throws {
        var table = Table([
            Table.Column("FIELD", rigid: true), Table.Column("FROM"), Table.Column("TO"),
        ])
        for change in changes {
            table.append([
                Table.Cell(change.field), Table.Cell(change.before.isEmpty ? "–" : change.before),
                Table.Cell(change.after.isEmpty ? "–" : change.after),
            ])
        }
        try output.write(table, empty: empty)
    }
}

extension Invocation {
    /// The version that an option names, or `nil`.
    fileprivate func version(_ option: String) throws -> Int64? {
        try int(option, in: 1...Int.max).map(Int64.init)
    }
}
