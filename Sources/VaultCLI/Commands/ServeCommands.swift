internal import CommandLineCore
internal import Control
private import Operations

/// `vault serve` and `vault sandbox serve`.
enum ServeCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["serve"], summary: "serve the vault and the sandbox until interrupted",
                discussion: """
                    An address is HOST:PORT; port 0 picks a free one. Commands find the running \
                    server by themselves.
                    """,
                options: [
                    .value(
                        "sandbox-smtp", "ADDRESS", "Where the sandbox takes mail with STARTTLS."),
                    .value("sandbox-smtps", "ADDRESS", "Where the sandbox takes mail over TLS."),
                    .value("pop3", "ADDRESS", "Where the sandbox is read by POP3 with STLS."),
                    .value("pop3s", "ADDRESS", "Where the sandbox is read by POP3 over TLS."),
                    .repeated(
                        "without", "PART", "Leaves out a part.",
                        form: .choice(["http", "sandbox", "pop3", "relay", "worker", "console"])),
                    readyFile,
                    .flag("sealed", "Begins with the vault sealed; vault unseal opens it."),
                ]
                    + UnsealInput.options
                    + laterListeners.map {
                        .value($0, "ADDRESS", "Not in this version; a remark says so.")
                    },
                atMostOneOf: [["sealed"] + UnsealInput.choices], surplusHint: UnsealInput.hint,
                examples: ["vault serve --sandbox-smtp 127.0.0.1:0 --ready-file ready.json"],
                run: serve),
            CommandSpec(
                ["sandbox", "serve"], summary: "serve the sandbox alone; no vault is needed",
                options: [
                    .value("smtp", "ADDRESS", "Where to take mail with STARTTLS."),
                    .value("smtps", "ADDRESS", "Where to take mail over TLS."),
                    .value("pop3", "ADDRESS", "Where mail is read by POP3 with STLS."),
                    .value("pop3s", "ADDRESS", "Where mail is read by POP3 over TLS."),
                    .repeated(
                        "without", "PART", "Leaves out a part.", form: .choice(["pop3"])),
                    .value("sandbox-smtp", "ADDRESS", "As --smtp.", hidden: true),
                    .value("sandbox-smtps", "ADDRESS", "As --smtps.", hidden: true),
                    .value(
                        "auth-file", "FILE", "Users that may log in, a line NAME:PASSWORD each.",
                        form: .file),
                    .flag("require-auth", "Takes mail only after a login."), readyFile,
                ],
                examples: ["vault sandbox serve --smtp 127.0.0.1:1025"], run: serveSandbox),
        ]
    }

    /// Listeners that the interface names and this version does not have yet.
    private static let laterListeners = ["http", "relay", "relays"]

    private static let readyFile = OptionSpec.value(
        "ready-file", "FILE", "Writes a line of JSON with all addresses here once they accept.",
        form: .file)

    private static let serve: CommandAction = { invocation, context in
        for name in laterListeners where invocation.isGiven(name) {
            context.output.remark(
                "warning: this version has no \(name) listener; --\(name) is left out")
        }
        let options = ServeOptions(
            sandboxSMTP: invocation.optionalString("sandbox-smtp"),
            sandboxSMTPS: invocation.optionalString("sandbox-smtps"),
            pop3: invocation.optionalString("pop3"), pop3s: invocation.optionalString("pop3s"),
            without: invocation.values("without"),
            readyFile: invocation.optionalString("ready-file"), authFile: nil, requireAuth: false,
            standaloneSandbox: false, isSealed: invocation.flag("sealed"))
        return try await run(options, context, given: try UnsealInput.given(invocation))
    }

    private static let serveSandbox: CommandAction = { invocation, context in
        let options = ServeOptions(
            sandboxSMTP: invocation.optionalString("smtp")
                ?? invocation.optionalString("sandbox-smtp"),
            sandboxSMTPS: invocation.optionalString("smtps")
                ?? invocation.optionalString("sandbox-smtps"),
            pop3: invocation.optionalString("pop3"), pop3s: invocation.optionalString("pop3s"),
            without: invocation.values("without"),
            readyFile: invocation.optionalString("ready-file"),
            authFile: invocation.optionalString("auth-file"),
            requireAuth: invocation.flag("require-auth"), standaloneSandbox: true)
        return try await run(options, context)
    }

    private static func run(
        _ options: ServeOptions, _ context: CommandContext, given: UnsealSecret? = nil
    ) async throws -> Int32 {
        let output = context.output
        var sources = context.sources
        sources.given = given
        try await VaultServer.run(
            home: context.home, sources: sources, options: options,
            settings: try context.settings()
        ) { line in
            // A server whose output nobody reads serves all the same.
            try? output.show(line) { line in try output.write(fields(of: line)) }
        }
        return 0
    }

    private static func fields(of line: ReadyLine) -> FieldList {
        var fields = FieldList()
        if let address = line.sandboxSmtp { fields.append("Sandbox SMTP", address) }
        if let address = line.sandboxSmtps { fields.append("Sandbox SMTP over TLS", address) }
        if let address = line.pop3 { fields.append("Sandbox POP3", address) }
        if let address = line.pop3s { fields.append("Sandbox POP3 over TLS", address) }
        if let path = line.ca { fields.append("Sandbox authority", path) }
        if let path = line.socket { fields.append("Control socket", path) }
        if let state = line.state {
            fields.append("Vault", state, state == "sealed" ? .warning : .good)
        }
        fields.append("Process", "\(line.pid)")
        return fields
    }
}
