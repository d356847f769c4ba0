internal import CommandLineCore
internal import Operations
private import VaultModel
private import VaultStore

/// `vault send` and `vault outbox …`.
enum SendCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["send"], summary: "send a message through a connection",
                discussion: """
                    Waits for the outcome. Exits with 0 when every recipient was accepted, 1 when \
                    not, 7 when the server was not reached.
                    """,
                options: SendFlags.options,
                exactlyOneOf: [["subject", "raw"]],
                atMostOneOf: [
                    ["text", "text-file", "raw"], ["html-file", "raw"], ["attach", "raw"],
                    ["header", "raw"],
                ],
                examples: [
                    CommandExample(
                        "vault send --connection alerts@production --to ops@example.org "
                            + "--subject 'Disk full' --text 'Only 2 % left.'"),
                    "vault send --connection alerts@test --to a@example.org --raw message.eml",
                ], run: send),
            CommandSpec(
                ["outbox", "list"], summary: "list what was sent, newest first",
                options: [.limit(default: 50)], run: list),
            CommandSpec(
                ["outbox", "show"], summary: "show what became of a message",
                arguments: [.required("ID", "The message's identity.")], run: show),
        ]
    }

    // MARK: send

    private static let send: CommandAction = { invocation, context in
        let reference = try invocation.reference("connection")
        var request = SendMessage(
            name: reference.name, environment: reference.environment ?? .production)
        try SendFlags.fill(&request, from: invocation)
        if reference.environment == nil {
            request.environment = try await environment(of: reference, context)
        }
        let report = try await context.answer(to: request)
        let output = context.output
        try output.show(report) { report in
            try write(report, to: output)
            guard let text = report.message else { return }
            try output.write("\n")
            try output.document(try Base64Text.decode(text, field: "message"))
        }
        guard let error = failure(of: report) else { return 0 }
        return output.report(error)
    }

    /// The environment of a connection that has only one.
    private static func environment(
        of reference: ConnectionReference, _ context: CommandContext
    ) async throws -> DeploymentEnvironment {
        do throws(VaultError) {
            return try await context.answer(to: ShowConnection(reference: reference)).environment
        } catch {
            guard error.exit == .denied else { throw error }
            throw VaultError.invalid(
                "the connection '\(reference)' may not be looked up with this token",
                "name its environment: --connection \(reference)@production")
        }
    }

    /// The error that a message's outcome is; `nil` when it went out, or was only composed.
    static func failure(of report: MessageReport) -> VaultError? {
        let attempt = report.attempts.last
        let isUnreached = ["network", "tls_io"].contains(attempt?.class)
        let remedy =
            (attempt?.action.map { "\($0); " } ?? "") + "see vault outbox show \(report.id)"
        switch report.status {
        case "sent", "dry_run": return nil
        case "partial":
            let refused = report.recipients.filter { $0.status != "accepted" }
            return VaultError(
                .failed, "partial",
                "\(Wording.count(refused.count, "recipient")) of \(report.recipients.count) "
                    + "not accepted: \(attempt?.explanation ?? "")", remedy)
        default:
            return VaultError(
                isUnreached ? .unreachable : .failed, attempt?.class ?? report.status,
                attempt?.explanation ?? "the message is \(report.status)", remedy)
        }
    }

    // MARK: outbox

    private static let list: CommandAction = { invocation, context in
        let messages = try await context.answer(to: ListOutbox(limit: try invocation.limit()))
        try context.output.show(messages) { messages in
            var table = Table([
                Table.Column("ID", whole: true), Table.Column("STATUS", rigid: true),
                Table.Column("TIME", rigid: true), Table.Column("CONNECTION"), Table.Column("TO"),
            ])
            for message in messages {
                let connection = message.connection
                table.append([
                    Table.Cell(message.id), Table.Cell(message.status, tone(of: message)),
                    Table.Cell(Wording.time(message.created)),
                    Table.Cell("\(connection.name)@\(connection.environment.rawValue)"),
                    Table.Cell(Wording.list(message.recipients.map(\.address))),
                ])
            }
            try context.output.write(table, empty: "nothing was sent yet")
        }
        return 0
    }

    private static let show: CommandAction = { invocation, context in
        let message = try await context.answer(to: ShowMessage(id: try invocation.string("ID")))
        try context.output.show(message) { message in try write(message, to: context.output) }
        return 0
    }

    private static func write(_ report: MessageReport, to output: Output) throws {
        let connection = report.connection
        var fields = FieldList()
        fields.append("Status", report.status, tone(of: report))
        if !report.id.isEmpty { fields.append("ID", report.id) }
        fields.append("Message-ID", report.messageId)
        fields.append(
            "Connection",
            "\(connection.name)@\(connection.environment.rawValue), version \(connection.version)")
        fields.append("Target", connection.target)
        fields.append("Size", "\(report.size) bytes")
        fields.append("Accepted", Wording.time(report.created))
        for attempt in report.attempts {
            let tls = attempt.tls.map { ", \($0)" } ?? ""
            fields.append(
                "Attempt \(attempt.n)",
                "\(attempt.class) at \(attempt.phase) after \(attempt.ms) ms\(tls)"
                    + (attempt.explanation.isEmpty ? "" : ": \(attempt.explanation)"))
            if let cause = attempt.cause { fields.append("Probable cause", cause) }
            if let action = attempt.action { fields.append("Recommended", action) }
        }
        try output.write(fields)
        for line in report.attempts.flatMap({ $0.dialogue ?? [] }) {
            try output.write("  \(VisibleText.escaped(line))\n")
        }
        guard !report.recipients.isEmpty else { return }
        var table = Table([
            Table.Column("RECIPIENT"), Table.Column("RESULT", rigid: true),
            Table.Column("REPLY", rigid: true), Table.Column("TEXT"),
        ])
        for recipient in report.recipients {
            let tone: Style.Tone = recipient.status == "accepted" ? .good : .bad
            let reply = [recipient.code == 0 ? nil : "\(recipient.code)", recipient.enhanced]
            table.append([
                Table.Cell(recipient.address), Table.Cell(recipient.status, tone),
                Table.Cell(reply.compactMap { $0 }.joined(separator: " ")),
                Table.Cell(recipient.text),
            ])
        }
        try output.write("\n")
        try output.write(table, empty: "")
    }

    private static func tone(of report: MessageReport) -> Style.Tone {
        switch report.status {
        case "sent": .good
        case "failed": .bad
        case "partial", "ambiguous": .warning
        default: .plain
        }
    }
}
