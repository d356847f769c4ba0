internal import CommandLineCore
internal import Operations
private import VaultModel
private import VaultStore

/// `vault rotate`.
enum RotateCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["rotate"], summary: "replace a password, proven by a login before it counts",
                discussion: """
                    The new value is given to the provider by the hook, if there is one, and tried \
                    by a real login of every connection that uses the secret. Only then it becomes \
                    current; otherwise the old one stays. Without an option it asks for the value \
                    at the terminal, twice.

                    Whatever interrupts a rotation, the old or the new value is in place: the same \
                    command, or --resume, goes on; --abort makes sure of the old one.
                    """,
                arguments: [.optional("NAME", "The secret.")],
                options: [
                    .value(
                        "connection", "CONNECTION",
                        "The connection whose password is replaced, as NAME or NAME@ENV."),
                    .flag("due", "Rotates whatever its policy wants rotated and has a hook for."),
                    .flag(
                        "list", "Lists rotations: those that need somebody, run or are in grace."),
                    .flag("all", "Lists those that are over too."),
                ] + SecretInput.options + [
                    SecretInput.reference, PolicyCommands.strategy,
                    .value(
                        "region", "REGION",
                        "The region of Amazon SES, for --strategy derive: the value is an IAM "
                            + "secret access key."),
                    .value(
                        "username", "NAME",
                        "The account that the new value belongs to, when it is another."),
                ] + HookOption.options + [
                    .flag("no-hook", "Leaves the stored hook out."),
                    .value(
                        "grace", "DURATION",
                        "How long the version before may still be tried when the new one is "
                            + "refused; 24h unless given. With 0 it is destroyed at once."),
                    .flag(
                        "auto-rollback",
                        "Goes back by itself when the new value is refused in its grace period."),
                    .value(
                        "expires", "TIME",
                        "When the new value ends at its provider: a date, a time or a duration."),
                    .flag("no-test", "Makes the value current without a login."),
                    .flag("plan", "Only shows what would happen; takes no value."),
                    .value("resume", "ID", "Goes on with a rotation that was interrupted."),
                    .value("abort", "ID", "Gives a rotation up, with the old value in place."),
                    .flag("rollback", "Makes the version before current again."),
                ] + KeyRotationCommands.options,
                atMostOneOf: [
                    ["NAME"] + targets + ["root-key"], targets + ["tenant-key", "root-key"],
                    SecretInput.choices + ["ref", "rollback", "due", "list", "resume", "abort"],
                    ["hook", "no-hook"],
                ]
                    + ["rollback", "due", "list", "resume", "abort", "tenant-key", "root-key"]
                    .flatMap {
                        alone in settings.map { [alone, $0] }
                    }
                    + ["rollback", "list", "resume", "abort", "tenant-key", "root-key"].map {
                        [$0, "plan"]
                    },
                onlyWith: SecretInput.rules.merging([
                    "rollback": ["NAME"], "shred": ["root-key"], "all": ["list"],
                ]) { $1 },
                surplusHint: SecretInput.hint,
                examples: [
                    "vault rotate smtp-pass --stdin < new-password.txt",
                    "vault rotate smtp-pass --generate --hook /usr/local/bin/set-password",
                    "vault rotate --connection alerts@production --plan",
                    "vault rotate --due", "vault rotate smtp-pass --rollback",
                    "vault rotate --list",
                    "vault rotate --tenant-key acme",
                ], run: rotate)
        ]
    }

    /// The options that say what is rotated.
    private static let targets = ["connection", "due", "list", "resume", "abort"]

    /// The options that say how a value is rotated.
    private static let settings = [
        "strategy", "region", "username", "hook", "hook-timeout", "no-hook", "grace",
        "auto-rollback", "expires", "no-test",
    ]

    private static let rotate: CommandAction = { invocation, context in
        if let code = try await KeyRotationCommands.run(invocation, context) { return code }
        guard (["NAME"] + targets).contains(where: invocation.isGiven) else {
            throw UsageError.missingChoice(
                choices: ["NAME"] + targets.map { "--\($0)" }, command: invocation.line)
        }
        let name = try invocation.optionalString("NAME").map { text throws(ModelError) in
            try ResourceName(text, field: "NAME")
        }
        if let name, invocation.flag("rollback") {
            return try await finish(context.answer(to: RollBackSecret(name: name)), context.output)
        }
        if let id = try identity("resume", invocation) {
            return try await finish(
                context.answer(to: ResumeRotation(id: id)), context.output)
        }
        if let id = try identity("abort", invocation) {
            return try await finish(context.answer(to: AbortRotation(id: id)), context.output)
        }
        if invocation.flag("list") {
            let request = ListRotations(all: invocation.flag("all"))
            try write(try await context.answer(to: request), to: context.output)
            return 0
        }
        if invocation.flag("due") {
            let request = RotateDue(planOnly: invocation.flag("plan"))
            return try finish(try await context.answer(to: request), context.output)
        }
        let request = try request(name, invocation, context)
        if request.planOnly { return try await finish(context.answer(to: request), context.output) }
        let what = name.map { "\($0)" } ?? request.connection.map { "\($0)" } ?? ""
        let value =
            request.reference == nil && request.generator == nil
            ? try SecretInput(invocation).read("New value of \(what)") : nil
        return try await finish(context.answer(to: request, secret: value), context.output)
    }

    private static func identity(
        _ option: String, _ invocation: Invocation
    ) throws -> RotationID? {
        guard let text = invocation.optionalString(option) else { return nil }
        guard let id = RotationID(text) else {
            throw invocation.refusal(of: option, allowed: "the 32 digits of a rotation")
        }
        return id
    }

    private static func request(
        _ name: ResourceName?, _ invocation: Invocation, _ context: CommandContext
    ) throws -> RotateSecret {
        let grace = try invocation.duration(
            "grace", in: .zero ... .seconds(RotateSecret.graceLimitSeconds))
        var request = RotateSecret(
            name: name,
            connection: try invocation.optionalString("connection").map { text throws(ModelError) in
                try ConnectionReference(parsing: text)
            },
            skipTest: invocation.flag("no-test"), graceSeconds: grace?.components.seconds,
            planOnly: invocation.flag("plan"), reference: invocation.optionalString("ref"))
        request.strategy = try invocation.choice("strategy", as: RotationStrategy.self)
        request.region = invocation.optionalString("region")
        request.username = invocation.optionalString("username")
        request.hook = try HookOption.read(invocation, context.environment)
        request.hookSeconds = try HookOption.seconds(invocation)
        request.withoutHook = invocation.flag("no-hook") ? true : nil
        request.autoRollback = invocation.flag("auto-rollback") ? true : nil
        request.expires = try PolicyCommands.time("expires", invocation)
        if invocation.flag("generate") {
            request.generator = try SecretInput.generator(invocation)
        }
        return request
    }

    // MARK: Telling

    private static func write(_ rotations: [RotationListing], to output: Output) throws {
        let tones: [RotationStanding: Style.Tone] = [.attention: .bad, .over: .faint]
        try output.show(rotations) { rotations in
            var table = Table([
                Table.Column("ROTATION", whole: true), Table.Column("SECRET", whole: true),
                Table.Column("STANDING", rigid: true), Table.Column("STATE", rigid: true),
                Table.Column("VERSIONS", rigid: true), Table.Column("CHANGED", rigid: true),
                Table.Column("TO DO", whole: true),
            ])
            for one in rotations {
                table.append([
                    Table.Cell("\(one.id)"), Table.Cell(one.secret.text),
                    Table.Cell(one.standing.rawValue, tones[one.standing] ?? .plain),
                    Table.Cell(one.state.rawValue),
                    Table.Cell("\(Wording.number(one.fromVersion)) to \(one.newVersion)"),
                    Table.Cell(Wording.time(one.changed)),
                    Table.Cell(one.action.isEmpty ? "–" : one.action),
                ])
            }
            try output.write(table, empty: "no rotation is under way")
        }
    }

    private static func finish(_ report: DueReport, _ output: Output) throws -> Int32 {
        try output.show(report) { report in
            for name in report.retired {
                try output.write("the old value of \(name) is destroyed\n")
            }
            var table = Table([
                Table.Column("SECRET", whole: true), Table.Column("DUE", rigid: true),
                Table.Column("RESULT", rigid: true), Table.Column("DETAIL", whole: true),
            ])
            for one in report.rotations {
                table.append([
                    Table.Cell(one.secret.text), Table.Cell(Wording.time(one.due)),
                    Table.Cell(one.status, tones[one.status] ?? .plain),
                    Table.Cell(one.detail.isEmpty ? "–" : one.detail),
                ])
            }
            try output.write(table, empty: "nothing is due")
        }
        guard !report.isSuccess else { return 0 }
        let failed =
            report.rotations.filter { $0.status == "failed" || $0.status == "undecided" }
            .map(\.secret.text) + report.unrevoked.map(\.text)
        let code = output.report(
            VaultError(
                .failed, "rotation-failed",
                "\(Wording.list(failed)): the rotation failed, or the old value was not revoked",
                "vault rotate NAME tells why; vault status shows what is left"))
        for one in report.rotations {
            for test in one.rotation?.tests ?? [] where test.status == "failed" {
                output.explain("\(one.secret): \(test.connection): \(test.detail)")
            }
        }
        return code
    }

    private static let tones: [String: Style.Tone] = [
        "failed": .bad, "undecided": .bad, "promoted": .good, "rolled_back": .good,
        "aborted": .warning,
    ]

    private static func finish(_ report: RotationReport, _ output: Output) throws -> Int32 {
        try output.show(report) { report in try write(report, to: output) }
        guard let error = failure(of: report) else { return 0 }
        let code = output.report(error)
        for test in report.tests + report.testsOfCurrent where test.status == "failed" {
            output.explain("\(test.connection): \(test.detail)")
        }
        return code
    }

    /// The error that a failed rotation is.
    static func failure(of report: RotationReport) -> VaultError? {
        let current = report.currentVersion.map { "version \($0) stays current" }
        if report.status == "undecided" {
            return VaultError(
                .failed, "rotation-undecided",
                "it cannot be told which value of \(report.secret) the server has"
                    + (failedHook(of: report).map { ": \($0)" } ?? ""),
                "both are kept and tried; set one at the provider, then vault rotate --resume "
                    + "\(report.id) or --abort \(report.id)")
        }
        guard report.status == "failed" else { return nil }
        let failed = report.tests.filter { $0.status == "failed" }.map(\.connection)
        let by = failed.isEmpty ? "" : " by \(failed.joined(separator: ", "))"
        let hook = report.hook.map { hook in
            failedHook(of: report).map { "\($0): run it by hand to see why" }
                ?? "see what the hook does"
        }
        let isUntried = report.answer == .unknown
        let remedy =
            isUntried
            ? "see what keeps the server from being reached, then retry with the value"
            : "set the password at the provider, then retry"
        return VaultError(
            .failed, "rotation-failed",
            "the new value of \(report.secret) "
                + (isUntried ? "could not be tried" : "was not accepted") + by,
            "\(current ?? "nothing was changed"); " + (hook ?? remedy))
    }

    /// That a hook failed, and how; `nil` when it did not.
    private static func failedHook(of report: RotationReport) -> String? {
        guard let hook = report.hook, !hook.isSuccess else { return nil }
        return "the hook failed (\(words(of: hook)))"
    }

    /// How a hook ended, in words.
    private static func words(of hook: HookOutcome) -> String {
        let name = hook.ending.replacing("_", with: " ")
        return hook.code.map { "\(name) with \($0)" } ?? name
    }

    private static func write(_ report: RotationReport, to output: Output) throws {
        var fields = FieldList()
        fields.append("Secret", report.secret.text)
        fields.append(
            "Status", report.status,
            tones[report.status] ?? .plain)
        if let strategy = report.strategy { fields.append("Strategy", strategy.rawValue) }
        if let hook = report.hook { fields.append("Hook", words(of: hook)) }
        fields.append("Version before", Wording.number(report.fromVersion))
        fields.append("Version now", Wording.number(report.currentVersion))
        if report.newVersion != report.currentVersion {
            fields.append("Version tried", Wording.number(report.newVersion))
        }
        if let until = report.graceUntil { fields.append("Fallback until", Wording.time(until)) }
        fields.append("Rotation", "\(report.id)")
        for warning in report.warnings { fields.append("Warning", warning, .warning) }
        try output.write(fields)
        try write(report.tests, to: output)
        if !report.testsOfCurrent.isEmpty {
            try output.write("\nWith the value before:\n")
            try write(report.testsOfCurrent, to: output)
        }
    }

    private static func write(_ tests: [RotationTest], to output: Output) throws {
        guard !tests.isEmpty else { return }
        var table = Table([
            Table.Column("CONNECTION"), Table.Column("RESULT", rigid: true), Table.Column("STEP"),
            Table.Column("DETAIL"),
        ])
        for test in tests {
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
