internal import CommandLineCore
internal import Operations
internal import VaultModel
private import VaultStore

/// `vault secret policy`, and what of it other commands take.
enum PolicyCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["secret", "policy"], summary: "decide how and when a secret is rotated",
                discussion: """
                    What is not given stays as it is; without an option it shows what is decided. \
                    With an age or an expiry, vault status tells when the secret is due, and vault \
                    rotate --due rotates it by itself if a hook is stored.
                    """,
                arguments: [.required("NAME", "The secret's name.")],
                options: timing + HookOption.options + [
                    strategy,
                    .repeated(
                        "user", "NAME", "One of the two accounts that take turns; given twice."),
                    .value("length", "N", "Characters of a value that is made up."),
                    .value("alphabet", "CHARACTERS", "The characters of a value that is made up."),
                    .value(
                        "grace", "DURATION",
                        "How long the version before stays usable; 24h unless given."),
                    .flag(
                        "auto-rollback",
                        "Goes back by itself when the new value is refused in its grace period."),
                    .repeated(
                        "unset", "FIELD", "Takes a decision back.",
                        form: .choice(PolicyChange.Field.allCases.map(\.rawValue))),
                ],
                examples: [
                    "vault secret policy smtp-pass --rotate-every 90d --hook /usr/local/bin/set-password",
                    "vault secret policy smtp-pass --expires 2027-01-31 --rotate-before-expiry 14d",
                    "vault secret policy smtp-pass --strategy alternating --user mailer-a --user mailer-b",
                ], run: policy)
        ]
    }

    /// When a secret is to be rotated.
    static let timing: [OptionSpec] = [
        .value("rotate-every", "DURATION", "The age at which the value is due, such as 90d."),
        .value(
            "rotate-before-expiry", "DURATION", "How long before its expiry the value is due."),
        .value(
            "expires", "TIME",
            "When the value ends at its provider: 2027-01-31, with a time as RFC 3339 has it, or a "
                + "duration from now."),
    ]

    /// How the provider treats two passwords.
    static let strategy = OptionSpec.value(
        "strategy", "STRATEGY",
        "How the provider treats two passwords; otherwise what is known of it counts.",
        form: .choice(RotationStrategy.allCases.map(\.rawValue)))

    /// Reads the options of ``timing``.
    static func timing(_ invocation: Invocation) throws -> PolicyChange {
        var change = PolicyChange()
        change.everySeconds = try seconds(
            "rotate-every", VaultLimits.rotateEverySeconds, invocation)
        change.beforeExpirySeconds = try seconds(
            "rotate-before-expiry", VaultLimits.rotateBeforeExpirySeconds, invocation)
        change.expires = try time("expires", invocation)
        return change
    }

    /// A moment, given as such or as a duration from now.
    static func time(_ option: String, _ invocation: Invocation) throws -> Timestamp? {
        guard let text = invocation.optionalString(option) else { return nil }
        if let moment = Timestamp(rfc3339: text) { return moment }
        guard let seconds = ValueText.duration(text)?.components.seconds,
            seconds <= VaultLimits.rotateEverySeconds.upperBound
        else {
            throw invocation.refusal(
                of: option, allowed: "2027-01-31, 2027-01-31T12:00:00Z or a duration such as 90d")
        }
        return .now.adding(seconds: seconds)
    }

    private static func seconds(
        _ option: String, _ range: ClosedRange<Int64>, _ invocation: Invocation
    ) throws -> Int64? {
        try invocation.duration(
            option, in: .seconds(range.lowerBound) ... .seconds(range.upperBound)
        )?.components.seconds
    }

    private static let policy: CommandAction = { invocation, context in
        let name = try invocation.name("NAME")
        var change = try timing(invocation)
        change.hook = try HookOption.read(invocation, context.environment)
        change.hookSeconds = try HookOption.seconds(invocation)
        change.strategy = try invocation.choice("strategy", as: RotationStrategy.self)
        change.users = invocation.values("user")
        change.length = try invocation.int("length", in: GeneratorSettings.lengths)
        change.alphabet = invocation.optionalString("alphabet")
        change.graceSeconds = try seconds("grace", VaultLimits.graceSeconds, invocation)
        change.autoRollback = invocation.flag("auto-rollback") ? true : nil
        change.unset = invocation.values("unset").compactMap(PolicyChange.Field.init)
        let summary =
            change.isEmpty
            ? try await context.answer(to: ShowSecret(name: name))
            : try await context.answer(to: SetSecretPolicy(name: name, change: change))
        try context.output.show(summary) { summary in
            try context.output.write(fields(of: summary))
        }
        return 0
    }

    /// What is decided of a secret.
    static func fields(of secret: SecretSummary) -> FieldList {
        let policy = secret.policy ?? RotationPolicy()
        func span(_ seconds: Int64?) -> String {
            guard let seconds else { return "–" }
            let isDays = seconds > 86_400 && seconds.isMultiple(of: 86_400)
            return isDays ? "\(seconds / 86_400)d" : ValueText.text(of: .seconds(seconds))
        }
        var fields = FieldList()
        fields.append("Rotate every", span(policy.everySeconds))
        fields.append("Before expiry", span(policy.beforeExpirySeconds))
        fields.append("Expires", Wording.time(secret.expires))
        fields.append("Next rotation", Wording.time(secret.nextRotation))
        fields.append("Strategy", policy.strategy?.rawValue ?? "by the provider")
        if !policy.users.isEmpty { fields.append("Accounts", Wording.list(policy.users)) }
        fields.append("Hook", policy.hook?.arguments.joined(separator: " ") ?? "–")
        if let seconds = policy.hookSeconds { fields.append("Hook's time", span(seconds)) }
        fields.append("Grace", policy.graceSeconds.map { span($0) } ?? "24h")
        fields.append("Automatic rollback", Wording.yes(policy.autoRollback ?? false))
        return fields
    }
}
