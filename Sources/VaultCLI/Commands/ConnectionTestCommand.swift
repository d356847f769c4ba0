internal import CommandLineCore
internal import ConnectionProperties
internal import Operations
private import SMTPDiagnosis
private import VaultModel

/// `vault connection test`.
enum ConnectionTestCommand {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["connection", "test"], summary: "try a connection step by step",
                discussion: """
                    Stops at the first step that fails, with its probable cause and what to do. \
                    Exits with 1 then. Without --send, no mail is sent.
                    """,
                arguments: [.optional("CONNECTION", "The connection, as NAME or NAME@ENV.")],
                options: [
                    .value("host", "HOST", "The mail server of settings that are not saved."),
                    .value("from", "ADDRESS", "Their sender."),
                ] + ConnectionFlags.options + [
                    .environment(
                        "Whose variables and rules hold for such settings, unless the file says; "
                            + "else production.", required: false),
                    .value(
                        "until", "STEP", "The last step: \(steps).", default: "auth"),
                    .flag("draft", "Tests what is saved and not deployed."),
                    .flag(
                        "retarget",
                        "Lets the secrets of a draft be used for where it points, in this test."),
                    .flag("send", "Sends one mail to the connection's test address."),
                    .flag("debug", "Shows the dialogue, with every credential masked."),
                ],
                examples: [
                    "vault connection test alerts@production",
                    "vault connection test alerts@production --draft --until tls",
                    "vault connection test --file alerts.json --until tls --json",
                    "vault connection test --host smtp.example.org --from a@example.org",
                ], run: test)
        ]
    }

    private static let steps = TestStepName.allCases.map(\.rawValue).joined(separator: ", ")

    private static let test: CommandAction = { invocation, context in
        let request = try request(invocation)
        let report = try await context.answer(to: request)
        try context.output.show(report) { report in try write(report, context.output) }
        return report.ok ? 0 : VaultError.Exit.failed.code
    }

    private static func request(_ invocation: Invocation) throws -> TestConnection {
        let until = try TestStepName(parsing: invocation.optionalString("until") ?? "auth")
        let (send, debug) = (invocation.flag("send"), invocation.flag("debug"))
        let environment = try invocation.deploymentEnvironment()
        let given = ConnectionFlags.names.filter(invocation.isGiven)
        let (draft, retarget) = (invocation.flag("draft"), invocation.flag("retarget"))
        guard draft || !retarget else {
            throw VaultError.invalid(
                "--retarget is for drafts",
                "add --draft, or retarget the connection with vault connection update")
        }
        guard let name = invocation.optionalString("CONNECTION") else {
            guard !draft else {
                throw VaultError.invalid(
                    "--draft is for saved connections", "name one, or leave it out")
            }
            guard !given.isEmpty else {
                throw VaultError.invalid(
                    "it is not said what to test", "name a connection, or give --file or --host")
            }
            let (settings, document) = try ConnectionFlags.newSettings(of: invocation)
            let unsaved = UnsavedConnection(
                name: try document?.name ?? ResourceName("unsaved"),
                environment: environment ?? document?.environment ?? .production,
                settings: settings)
            return TestConnection(
                unsaved: unsaved, until: until, sendsMail: send, withDialogue: debug)
        }
        guard given.isEmpty else {
            throw VaultError.invalid(
                "a saved connection is named together with --\(given[0])",
                "leave one of them out")
        }
        let reference = try ConnectionReference(parsing: name)
        guard environment == nil || reference.environment == nil else {
            throw VaultError.invalid(
                "the environment is named twice", "write NAME@ENV, or NAME with --env")
        }
        return TestConnection(
            reference: ConnectionReference(
                name: reference.name, environment: reference.environment ?? environment),
            draft: draft, retarget: retarget, until: until, sendsMail: send, withDialogue: debug)
    }

    private static func write(_ report: ConnectionTestReport, _ output: Output) throws {
        var table = Table([
            Table.Column("STEP", rigid: true), Table.Column("RESULT", rigid: true),
            Table.Column("MS", alignment: .right, rigid: true), Table.Column("EVIDENCE"),
        ])
        for step in report.steps {
            table.append([
                Table.Cell(step.step.rawValue), Table.Cell(step.status.rawValue, tone(of: step)),
                Table.Cell(step.status == .skipped ? "" : "\(step.ms)"), Table.Cell(step.evidence),
            ])
        }
        try output.write(table, empty: "nothing was tested")
        for step in report.steps where step.status == .fail || step.status == .warn {
            var fields = FieldList()
            fields.append(
                step.status == .fail ? "Failed" : "Warning", step.title, tone(of: step))
            if step.status == .fail { fields.append("Evidence", step.evidence) }
            if let cause = step.cause { fields.append("Probable cause", cause) }
            if let action = step.action { fields.append("Recommended", action) }
            try output.write("\n")
            try output.write(fields)
        }
        guard let dialogue = report.dialogue else { return }
        try output.write("\n")
        for line in dialogue { try output.write(VisibleText.escaped(line) + "\n") }
    }

    private static func tone(of step: TestStep) -> Style.Tone {
        switch step.status {
        case .ok: .good
        case .warn: .warning
        case .fail: .bad
        case .skipped: .faint
        }
    }
}
