internal import CommandLineCore
internal import Operations
private import VaultModel

/// `vault rotate`.
enum RotateCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["rotate"], summary: "replace a password, proven by a login before it counts",
                discussion: """
                    The new value is tried by a real login of every connection that uses the secret. \
                    Only then it becomes current; otherwise the old one stays. Without an option it \
                    asks for the value at the terminal, twice.
                    """,
                arguments: [.optional("NAME", "The secret.")],
                options: [
                    .value(
                        "connection", "CONNECTION",
                        "The connection whose password is replaced, as NAME or NAME@ENV.")
                ] + SecretInput.options + [
                    SecretInput.reference,
                    .value(
                        "grace", "DURATION",
                        "How long the version before may still be tried when the new one is refused.",
                        default: "24h"),
                    .flag("no-test", "Makes the value current without a login."),
                    .flag("plan", "Only shows what would happen; takes no value."),
                    .flag("rollback", "Makes the version before current again."),
                ],
                exactlyOneOf: [["NAME", "connection"]],
                atMostOneOf: [
                    SecretInput.choices + ["ref", "rollback"], ["rollback", "grace"],
                    ["rollback", "no-test"], ["rollback", "plan"],
                ],
                onlyWith: SecretInput.rules.merging(["rollback": ["NAME"]]) { $1 },
                surplusHint: SecretInput.hint,
                examples: [
                    "vault rotate smtp-pass --stdin < new-password.txt",
                    "vault rotate --connection alerts@production --plan",
                    "vault rotate smtp-pass --rollback",
                ], run: rotate)
        ]
    }

    private static let rotate: CommandAction = { invocation, context in
        let name = try invocation.optionalString("NAME").map { text throws(ModelError) in
            try ResourceName(text, field: "NAME")
        }
        if let name, invocation.flag("rollback") {
            return try await finish(context.answer(to: RollBackSecret(name: name)), context.output)
        }
        let grace = try invocation.duration(
            "grace", in: .zero ... .seconds(RotateSecret.graceLimitSeconds))
        let request = RotateSecret(
            name: name,
            connection: try invocation.optionalString("connection").map { text throws(ModelError) in
                try ConnectionReference(parsing: text)
            },
            skipTest: invocation.flag("no-test"),
            graceSeconds: grace?.components.seconds ?? RotateSecret.defaultGraceSeconds,
            planOnly: invocation.flag("plan"), reference: invocation.optionalString("ref"))
        if request.planOnly { return try await finish(context.answer(to: request), context.output) }
        let what = name.map { "\($0)" } ?? request.connection.map { "\($0)" } ?? ""
        let value =
            request.reference == nil
            ? try SecretInput(invocation).read("New value of \(what)") : nil
        return try await finish(context.answer(to: request, secret: value), context.output)
    }

    private static func finish(_ report: RotationReport, _ output: Output) throws -> Int32 {
        try output.show(report) { report in try write(report, to: output) }
        guard let error = failure(of: report) else { return 0 }
        let code = output.report(error)
        for test in report.tests where test.status == "failed" {
            output.explain(
                "\(test.connection): \(test.detail)")
        }
        return code
    }

    /// The error that a failed rotation is.
    static func failure(of report: RotationReport) -> VaultError? {
        guard report.status == "failed" else { return nil }
        let failed = report.tests.filter { $0.status == "failed" }.map(\.connection)
        let by = failed.isEmpty ? "" : " by \(failed.joined(separator: ", "))"
        let current = report.currentVersion.map { "version \($0) stays current" }
        return VaultError(
            .failed, "rotation-failed",
            "the new value of \(report.secret) was not accepted\(by)",
            "\(current ?? "nothing was changed"); set the password at the provider, then retry")
    }

    private static func write(_ report: RotationReport, to output: Output) throws {
        var fields = FieldList()
        fields.append("Secret", report.secret.text)
        fields.append(
            "Status", report.status,
            ["failed": .bad, "promoted": .good, "rolled_back": .good][report.status] ?? .plain)
        fields.append("Version before", Wording.number(report.fromVersion))
        fields.append("Version now", Wording.number(report.currentVersion))
        if report.newVersion != report.currentVersion {
            fields.append("Version tried", Wording.number(report.newVersion))
        }
        if let until = report.graceUntil { fields.append("Fallback until", Wording.time(until)) }
        fields.append("Rotation", "\(report.id)")
        for warning in report.warnings { fields.append("Warning", warning, .warning) }
        try output.write(fields)
        guard !report.tests.isEmpty else { return }
        var table = Table([
            Table.Column("CONNECTION"), Table.Column("RESULT", rigid: true), Table.Column("STEP"),
            Table.Column("DETAIL"),
        ])
        for test in report.tests {
            let tone: Style.Tone = ["passed": .good, "failed": .bad][test.status] ?? .plain
            table.append([
                Table.Cell(test.connection), Table.Cell(test.status, tone),
                Table.Cell(test.phase ?? "–"), Table.Cell(test.detail),
            ])
        }
        try output.write("\n")
        try output.write(table, empty: "")
    }
}
