package import CommandLineCore
private import Operations
private import Sodium

/// The program: reads the command line, does what it asks for, and gives the exit code.
package enum VaultProgram {
    /// The program's name, the first word of each command line.
    package static let name = "vault"

    /// Commands that tell of the program alone: they start nothing and touch no secret.
    private static let plainCommands: Set<[String]> = [
        ["version"], ["completion"], ["man"], ["config", "show"],
    ]

    /// Runs one command line, given without the program's name.
    ///
    /// - Returns: The exit code (`docs/exit-codes.md`).
    package static func run(
        _ arguments: [String], environment: ProcessEnvironment = .current,
        streams: OutputStreams = .standard, connector: ClientConnector = .live
    ) async -> Int32 {
        let tree = CommandTree<CommandAction>.vault
        let outcome: ParseOutcome<CommandAction>
        do {
            outcome = try tree.parse(arguments) { environment[$0] }
        } catch {
            let output = Output(
                streams: streams, isJSON: asksForJSON(arguments), isQuiet: false,
                noColor: arguments.contains("--no-color"), environment: environment)
            return output.report(VaultError(describing: error))
        }
        switch outcome {
        case .version:
            return show("\(name) \(ProductVersion.text)\n", streams, environment)
        case .help(let request):
            let output = Output(
                streams: streams, isJSON: false, isQuiet: false,
                noColor: arguments.contains("--no-color"), environment: environment)
            return output.help(tree.outline, for: request)
        case .run(let action, let invocation):
            let output = Output(
                streams: streams, isJSON: invocation.flag("json"),
                isQuiet: invocation.flag("quiet"), noColor: invocation.flag("no-color"),
                environment: environment)
            return await run(action, invocation, output) { readsToken throws(VaultError) in
                try CommandContext(
                    invocation: invocation, output: output, outline: tree.outline,
                    environment: environment, readsToken: readsToken, connector: connector)
            }
        }
    }

    private static func run(
        _ action: CommandAction, _ invocation: Invocation, _ output: Output,
        context: (_ readsToken: Bool) throws(VaultError) -> CommandContext
    ) async -> Int32 {
        do {
            let isPlain = plainCommands.contains(invocation.path)
            if !isPlain {
                Interrupt.install()
                try startSecretMemory()
            }
            return try await action(invocation, try context(!isPlain))
        } catch {
            return output.report(VaultError(describing: error))
        }
    }

    /// Locks memory for secrets and forbids core dumps, before any secret enters the process.
    private static func startSecretMemory() throws {
        try SodiumRuntime.hardenProcess()
        try SodiumRuntime.start(
            allowSwap: ProcessEnvironment.current["SIGNET_ALLOW_SWAP"] == "1")
    }

    private static func show(
        _ text: String, _ streams: OutputStreams, _ environment: ProcessEnvironment
    ) -> Int32 {
        let output = Output(
            streams: streams, isJSON: false, isQuiet: false, noColor: true, environment: environment
        )
        do {
            try output.write(text)
            return 0
        } catch {
            return output.report(error)
        }
    }

    /// Whether a line that was not understood asks for JSON.
    private static func asksForJSON(_ arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains("--json")
    }
}

/// What a command does with its values; gives the exit code.
package typealias CommandAction = @Sendable (Invocation, CommandContext) async throws -> Int32
