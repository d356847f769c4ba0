internal import CommandLineCore
internal import Operations
private import Sealing

/// `vault seal` and `vault unseal`.
enum SealCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["seal"], summary: "close the vault of a running server at once",
                discussion: """
                    Requests under way finish; then the server wipes the keys and refuses \
                    everything but vault status and vault unseal with exit 6.
                    """, run: seal),
            CommandSpec(
                ["unseal"], summary: "open the sealed vault of a running server",
                discussion: """
                    Without an option the server tries what it can reach itself: key files, systemd \
                    credentials, commands; a person at a terminal is asked for the passphrase then. \
                    Shares may come from several people, one after the other, within ten minutes.
                    """,
                options: UnsealInput.options + [
                    .value(
                        "key-file", "FILE", "A key file that is not in the vault's folder.",
                        form: .file),
                    .flag("forget", "Forgets the shares that were given so far."),
                ],
                atMostOneOf: [UnsealInput.choices + ["key-file", "forget"]],
                surplusHint: UnsealInput.hint,
                examples: [
                    "vault unseal",
                    CommandExample("vault unseal --passphrase-file /run/passphrase"),
                    CommandExample("vault unseal --stdin < share", "one share of several"),
                ], run: unseal),
        ]
    }

    private static let seal: CommandAction = { _, context in
        let answer = try await context.answer(ofServerTo: SealVault())
        try show(answer, context)
        return 0
    }

    private static let unseal: CommandAction = { invocation, context in
        let answer: SealAnswer
        switch try UnsealInput.given(invocation) {
        case .passphrase(let passphrase):
            answer = try await context.answer(
                ofServerTo: UnsealVault(means: .passphrase), secret: passphrase)
        case .paper(let text):
            answer = try await context.answer(
                ofServerTo: UnsealVault(means: .paper), secret: text)
        case nil:
            answer = try await withoutSecret(invocation, context)
        }
        try show(answer, context)
        return 0
    }

    /// Lets the server unseal by itself, and asks for the passphrase if it cannot.
    private static func withoutSecret(
        _ invocation: Invocation, _ context: CommandContext
    ) async throws -> SealAnswer {
        if invocation.flag("forget") {
            return try await context.answer(ofServerTo: UnsealVault(means: .forget))
        }
        let given = invocation.optionalString("key-file").map(HomeFolder.absolute)
        do throws(VaultError) {
            return try await context.answer(
                ofServerTo: UnsealVault(
                    means: .machine, keyFile: given ?? context.sources.keyFile))
        } catch {
            guard error.exit == .sealed, given == nil,
                let kinds = try? await context.answer(ofServerTo: ShowStatus()).slots.map(\.kind),
                kinds.contains(SlotKind.passphrase.rawValue),
                case .passphrase(let passphrase) = try UnsealInput.ask(context.environment)([
                    .passphrase
                ])
            else { throw error }
            return try await context.answer(
                ofServerTo: UnsealVault(means: .passphrase), secret: passphrase)
        }
    }

    private static func show(_ answer: SealAnswer, _ context: CommandContext) throws {
        try context.output.show(answer) { answer in
            if let kind = answer.kind {
                try context.output.write("The vault is unsealed by its \(kind) slot.\n")
            } else {
                try context.output.write("The vault is \(answer.state).\n")
            }
            for share in answer.shares ?? [] {
                try context.output.write(
                    "\(share.given) of \(share.needed) shares of the set \(share.set) are there.\n")
            }
        }
    }
}
