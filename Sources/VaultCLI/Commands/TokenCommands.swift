private import Access
internal import CommandLineCore
private import Operations
private import Sodium
private import VaultModel

/// `vault token …`.
enum TokenCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["token", "create"], summary: "make a token, which is shown once",
                discussion: """
                    A scope is send:CONNECTION@ENV (with * and ? in the connection), \
                    connection:read, sandbox:read@INBOX, sandbox:write@INBOX, sandbox:send@INBOX, \
                    audit:read or another permission. The other options narrow it further.

                    Standard output takes the token alone.
                    """,
                options: [
                    .repeated(
                        "scope", "SCOPE", "What the token may do.", required: true,
                        takesFollowingWords: true),
                    .value(
                        "expires", "DURATION", "How long it lives, up to a year, or never.",
                        default: "30d"),
                ] + TokenFlags.conditions,
                examples: [
                    CommandExample(
                        "vault token create --scope send:alerts@production --expires 30d --label ci"
                    ),
                    CommandExample(
                        "vault token create --scope send:*@test --from @example.org --rate 5/s --daily 500"
                    ),
                ], run: create),
            CommandSpec(
                ["token", "attenuate"], summary: "make a token that may do less than another",
                discussion: """
                    Acting with a token, a narrower one of that token is made. Otherwise ACCESSOR \
                    names the one to narrow. What no option names is as with the other token; what \
                    would be wider is refused. Whatever the new token uses up is used up of the \
                    other too, and revoking the other revokes both.
                    """,
                arguments: [
                    .optional("ACCESSOR", "The public part of the token to narrow.")
                ],
                options: [
                    .repeated(
                        "scope", "SCOPE", "What the new token may do.", takesFollowingWords: true),
                    .value(
                        "expires", "DURATION",
                        "How long it lives; 30d, or the other's end if that is sooner."),
                ] + TokenFlags.conditions,
                examples: [
                    CommandExample("vault token attenuate 7nQ2yKzVbT0p --from ci@example.org")
                ], run: attenuate),
            CommandSpec(["token", "list"], summary: "list the tokens", run: list),
            CommandSpec(
                ["token", "show"], summary: "show what a token may do", arguments: [accessor],
                run: show),
            CommandSpec(
                ["token", "revoke"],
                summary: "refuse a token, and those narrowed from it, from now on",
                arguments: [accessor], run: revoke),
            CommandSpec(
                ["token", "check"], summary: "tell whether a text has a token's form and checksum",
                discussion: """
                    Needs no vault and asks none. Without an option the token of --token-file, \
                    SIGNET_TOKEN or SIGNET_TOKEN_FILE is looked at. Exits with 1 when it is no token.

                    --scan looks for tokens anywhere in files, tells where they are without \
                    repeating them, and exits with 1 when there are some.
                    """,
                options: [
                    .flag("stdin", "Reads the text from standard input."),
                    .value("from-file", "FILE", "Reads the text from a file.", form: .file),
                    .repeated(
                        "scan", "FILE", "Looks for tokens in a file; - is standard input.",
                        form: .file, takesFollowingWords: true),
                ],
                atMostOneOf: [["stdin", "from-file", "scan"]],
                surplusHint: "a token is never an argument; use --stdin or --from-file", run: check),
        ]
    }

    private static let accessor = ArgumentSpec.required(
        "ACCESSOR", "The token's public part, as list shows it.")

    /// What `token create` says besides the token; `expires_at` is null for never.
    private struct NewToken: Encodable {
        let token: TokenSummary

        private enum CodingKeys: String, CodingKey {
            case accessor, scopes, conditions, label, issuer, parent, created, expiresAt
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(token.accessor, forKey: .accessor)
            try container.encode(token.scopes, forKey: .scopes)
            try container.encode(token.conditions, forKey: .conditions)
            try container.encode(token.label, forKey: .label)
            try container.encode(token.issuer, forKey: .issuer)
            try container.encodeIfPresent(token.parent, forKey: .parent)
            try container.encode(token.created, forKey: .created)
            try container.encode(token.expiresAt, forKey: .expiresAt)
        }
    }

    private static let create: CommandAction = { invocation, context in
        let request = CreateToken(
            scopes: try TokenFlags.scopes(invocation), seconds: try TokenFlags.lifetime(invocation),
            label: invocation.optionalString("label") ?? "",
            conditions: try TokenFlags.conditions(invocation))
        return try show(try await context.call(request), context)
    }

    private static let attenuate: CommandAction = { invocation, context in
        guard let parent = invocation.optionalString("ACCESSOR") ?? ownAccessor(context) else {
            throw VaultError.invalid(
                "it is not said which token to narrow", "name its accessor, or act with the token")
        }
        let request = AttenuateToken(
            parent: parent, scopes: try TokenFlags.scopes(invocation),
            seconds: try TokenFlags.lifetime(invocation),
            label: invocation.optionalString("label") ?? "",
            conditions: try TokenFlags.conditions(invocation))
        return try show(try await context.call(request), context)
    }

    /// The public part of the token that the command acts with.
    private static func ownAccessor(_ context: CommandContext) -> String? {
        guard let text = context.token?.parcel.take() else { return nil }
        return TokenText.accessor(of: text)
    }

    /// Shows a new token, once.
    private static func show(
        _ reply: OperationReply<TokenSummary>, _ context: CommandContext
    ) throws -> Int32 {
        guard let text = reply.secret?.take() else {
            throw VaultError(.failed, "internal", "the vault gave no token", "report it")
        }
        let output = context.output
        if output.isJSON {
            try output.json("token", text, with: NewToken(token: reply.response))
            return 0
        }
        try output.write(text)
        try output.write("\n")
        let token = reply.response
        let end = token.expiresAt.map { "it ends \(Wording.time($0))" } ?? "it never ends"
        output.remark("Token \(token.accessor); \(end). It is not shown again.")
        return 0
    }

    private static let list: CommandAction = { _, context in
        let tokens = try await context.answer(to: ListTokens())
        try context.output.show(tokens) { tokens in
            var table = Table([
                Table.Column("ACCESSOR", whole: true), Table.Column("STATE", rigid: true),
                Table.Column("LABEL"), Table.Column("EXPIRES", rigid: true),
                Table.Column("LAST USED", rigid: true), Table.Column("SCOPES"),
            ])
            for token in tokens {
                table.append([
                    Table.Cell(token.accessor), Table.Cell(token.state, tone(of: token)),
                    Table.Cell(token.label),
                    Table.Cell(token.expiresAt.map { Wording.time($0) } ?? "never"),
                    Table.Cell(token.lastUsed.map { Wording.time($0) } ?? "never"),
                    Table.Cell(Wording.list(token.scopes.map(\.description))),
                ])
            }
            try context.output.write(table, empty: "there are no tokens")
        }
        return 0
    }

    private static let show: CommandAction = { invocation, context in
        let request = ShowToken(accessor: try invocation.string("ACCESSOR"))
        let token = try await context.answer(to: request)
        try context.output.show(token) { token in
            var fields = FieldList()
            fields.append("Accessor", token.accessor)
            fields.append("State", token.state, tone(of: token))
            if !token.label.isEmpty { fields.append("Label", token.label) }
            for scope in token.scopes { fields.append("Scope", scope.description) }
            TokenFlags.describe(token.conditions, in: &fields)
            if let left = token.usesLeft { fields.append("Uses left", "\(left)") }
            if let parent = token.parent { fields.append("Narrowed from", parent) }
            fields.append("Issuer", token.issuer)
            fields.append("Created", Wording.time(token.created))
            fields.append("Expires", token.expiresAt.map { Wording.time($0) } ?? "never")
            fields.append("Last used", token.lastUsed.map { Wording.time($0) } ?? "never")
            try context.output.write(fields)
        }
        return 0
    }

    private static let revoke: CommandAction = { invocation, context in
        let request = RevokeToken(accessor: try invocation.string("ACCESSOR"))
        let token = try await context.answer(to: request)
        try context.output.show(token) { token in
            let others = token.descendants.count
            let rest = others == 0 ? "" : ", and \(Wording.count(others, "token")) below it"
            try context.output.write("\(token.accessor) is \(token.state)\(rest)\n")
        }
        return 0
    }

    /// What `token check` finds.
    private struct TokenForm: Encodable {
        let valid: Bool
        let accessor: String?
    }

    private static let check: CommandAction = { invocation, context in
        let files = invocation.values("scan")
        if !files.isEmpty { return try scan(files, context) }
        let parcel: SecretParcel?
        if invocation.flag("stdin") {
            parcel = try SecretInput.standardInput.read("Token", twice: false)
        } else if let path = invocation.optionalString("from-file") {
            parcel = try SecretInput.file(path).read("Token", twice: false)
        } else {
            parcel = context.token?.parcel
        }
        guard let text = parcel?.take() else {
            throw UsageError.missingChoice(
                choices: ["--stdin", "--from-file", "--token-file"], command: invocation.line)
        }
        let accessor = TokenText.accessor(of: text)
        try context.output.show(TokenForm(valid: accessor != nil, accessor: accessor)) { form in
            let finding = form.accessor.map { "a token with the accessor \($0)" } ?? "no token"
            try context.output.write("this is \(finding)\n")
        }
        return accessor == nil ? VaultError.Exit.failed.code : 0
    }

    /// What `token check --scan` finds; `accessor` names a token that is somewhere it should not be.
    private struct ScanReport: Encodable {
        let files: Int
        let findings: [TokenFinding]
    }

    private static func scan(_ files: [String], _ context: CommandContext) throws -> Int32 {
        let findings = try files.flatMap { file in try TokenScan.findings(in: file) }
        let report = ScanReport(files: files.count, findings: findings)
        try context.output.show(report) { report in
            for finding in report.findings {
                try context.output.write(
                    "\(finding.file):\(finding.line):\(finding.column): token \(finding.accessor)\n"
                )
            }
            let count = Wording.count(report.findings.count, "token")
            try context.output.write("\(count) in \(Wording.count(report.files, "file"))\n")
        }
        return findings.isEmpty ? 0 : VaultError.Exit.failed.code
    }

    private static func tone(of token: TokenSummary) -> Style.Tone {
        token.state == "active" ? .good : .faint
    }
}
