private import Access
internal import CommandLineCore
internal import Operations
private import Sodium
private import VaultModel

/// `vault login` and `vault logout`.
enum LoginCommand {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["login"], summary: "get a token for whoever knows a password",
                discussion: """
                    Asks for the password and, if there is one, the code; with --stdin or \
                    --from-file the code is on the second line. Standard output takes the token \
                    alone: keep it in SIGNET_TOKEN or in a file for --token-file.

                    The token may do what the roles of the principal say at each request.
                    """,
                options: [
                    .value("principal", "NAME", "Who logs in.", required: true),
                    .value(
                        "expires", "DURATION", "How long the session lasts, up to 7d.",
                        default: "12h"),
                ] + PasswordInput.options("password and code"),
                atMostOneOf: [PasswordInput.choices], surplusHint: PasswordInput.hint,
                examples: ["vault login --principal alice"], run: login),
            CommandSpec(
                ["logout"], summary: "end the session whose token is in use", run: logout),
        ]
    }

    private static let login: CommandAction = { invocation, context in
        let name = try invocation.string("principal")
        let request = OpenSession(
            name: name, seconds: try invocation.seconds("expires", AccessLimits.sessionLimitSeconds)
        )
        let password = try PasswordInput.login(invocation, of: name)
        let reply = try await context.callAsUser(request, secret: password)
        return try context.output.token(reply)
    }

    private static let logout: CommandAction = { _, context in
        let token = try await context.answer(to: CloseSession())
        try context.output.show(token) { token in
            try context.output.write("session \(token.accessor) is ended\n")
        }
        return 0
    }
}

extension Invocation {
    /// The seconds of a duration up to `longest`; `nil` when none is given or the default holds.
    func seconds(_ name: String, _ longest: Int64) throws -> Int64? {
        try duration(name, in: .seconds(1)...(.seconds(longest)))?.components.seconds
    }
}

extension Output {
    /// Writes the token of a session, which is shown once; gives the exit code.
    func token(_ reply: OperationReply<SessionSummary>) throws -> Int32 {
        guard let text = reply.secret?.take() else {
            throw VaultError(.failed, "internal", "the vault gave no token", "report it")
        }
        let session = reply.response
        if isJSON {
            try json("token", text, with: session)
            return 0
        }
        try write(text)
        try write("\n")
        remark(
            "\(session.principal) has \(Wording.list(session.roles)); the token ends "
                + "\(Wording.time(session.expiresAt)). It is not shown again.")
        return 0
    }
}
