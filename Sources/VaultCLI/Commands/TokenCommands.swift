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
                    audit:read or another permission.

                    Standard output takes the token alone.
                    """,
                options: [
                    .repeated(
                        "scope", "SCOPE", "What the token may do.", required: true,
                        takesFollowingWords: true),
                    .value(
                        "expires", "DURATION", "How long it lives, up to a year, or never.",
                        default: "30d"),
                    .value("label", "TEXT", "What it is for."),
                ],
                examples: [
                    CommandExample(
                        "vault token create --scope send:alerts@production --expires 30d --label ci"
                    )
                ], run: create),
            CommandSpec(["token", "list"], summary: "list the tokens", run: list),
            CommandSpec(
                ["token", "show"], summary: "show what a token may do", arguments: [accessor],
                run: show),
            CommandSpec(
                ["token", "revoke"], summary: "refuse a token from now on", arguments: [accessor],
                run: revoke),
            CommandSpec(
                ["token", "check"], summary: "tell whether a text has a token's form and checksum",
                discussion: """
                    Needs no vault and asks none. Without an option the token of --token-file, \
                    SIGNET_TOKEN or SIGNET_TOKEN_FILE is looked at. Exits with 1 when it is no token.
                    """,
                options: [
                    .flag("stdin", "Reads the text from standard input."),
                    .value("from-file", "FILE", "Reads the text from a file.", form: .file),
                ],
                atMostOneOf: [["stdin", "from-file"]],
                surplusHint: "a token is never an argument; use --stdin or --from-file", run: check),
        ]
    }

    private static let accessor = ArgumentSpec.required(
        "ACCESSOR", "The token's public part, as list shows it.")

    /// What `token create` says besides the token; `expires_at` is null for never.
    private struct NewToken: Encodable {
        let token: TokenSummary

        private enum CodingKeys: String, CodingKey {
            case accessor, scopes, label, issuer, created, expiresAt
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(token.accessor, forKey: .accessor)
            try container.encode(token.scopes, forKey: .scopes)
            try container.encode(token.label, forKey: .label)
            try container.encode(token.issuer, forKey: .issuer)
            try container.encode(token.created, forKey: .created)
            try container.encode(token.expiresAt, forKey: .expiresAt)
        }
    }

    private static let create: CommandAction = { invocation, context in
        let request = CreateToken(
            scopes: try invocation.values("scope").map { text throws(ModelError) in
                try TokenScope(parsing: text)
            },
            seconds: try lifetime(invocation), label: invocation.optionalString("label") ?? "")
        let reply = try await context.call(request)
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

    /// The seconds that `--expires` asks for: 0 for ever.
    private static func lifetime(_ invocation: Invocation) throws -> Int64? {
        if invocation.optionalString("expires") == "never" { return 0 }
        let longest = Duration.seconds(VaultLimits.tokenSeconds)
        return try invocation.duration("expires", in: .seconds(1)...longest)?.components.seconds
    }

    private static let list: CommandAction = { _, context in
        let tokens = try await context.answer(to: ListTokens())
        try context.output.show(tokens) { tokens in
            var table = Table([
                Table.Column("ACCESSOR", rigid: true), Table.Column("STATE", rigid: true),
                Table.Column("LABEL"), Table.Column("EXPIRES", rigid: true), Table.Column("SCOPES"),
            ])
            for token in tokens {
                table.append([
                    Table.Cell(token.accessor), Table.Cell(token.state, tone(of: token)),
                    Table.Cell(token.label),
                    Table.Cell(token.expiresAt.map { Wording.time($0) } ?? "never"),
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
            fields.append("Issuer", token.issuer)
            fields.append("Created", Wording.time(token.created))
            fields.append("Expires", token.expiresAt.map { Wording.time($0) } ?? "never")
            try context.output.write(fields)
        }
        return 0
    }

    private static let revoke: CommandAction = { invocation, context in
        let request = RevokeToken(accessor: try invocation.string("ACCESSOR"))
        let token = try await context.answer(to: request)
        try context.output.show(token) { token in
            try context.output.write("\(token.accessor) is \(token.state)\n")
        }
        return 0
    }

    /// What `token check` finds.
    private struct TokenForm: Encodable {
        let valid: Bool
        let accessor: String?
    }

    private static let check: CommandAction = { invocation, context in
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

    private static func tone(of token: TokenSummary) -> Style.Tone {
        token.state == "active" ? .good : .faint
    }
}
