private import Access
internal import CommandLineCore
private import Glibc
private import Operations
private import VaultModel

/// `vault protector list`, `test` and `add`.
enum ProtectorCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(["protector", "list"], summary: "list the ways to unseal", run: list),
            CommandSpec(
                ["protector", "test"],
                summary: "prove that a key file or recovery code opens the vault",
                discussion: """
                    Without an option the key files of the vault's folder are tried; with one, a \
                    recovery code.
                    """,
                options: codeOptions, atMostOneOf: [["stdin", "from-file", "ask"]],
                surplusHint: surplusHint, run: test),
            CommandSpec(
                ["protector", "add"], summary: "make a new key file with the recovery code",
                discussion: """
                    The way back after the key file is lost. The recovery code opens the vault and \
                    stays valid; no server may be running.
                    """,
                arguments: [
                    .required("KIND", "What to add.", form: .choice(["key-file"]))
                ],
                options: codeOptions + [
                    .value(
                        "key-file", "FILE", "Where to write it, instead of the vault's folder.",
                        form: .file)
                ],
                exactlyOneOf: [["stdin", "from-file", "ask"]], surplusHint: surplusHint, run: add),
        ]
    }

    private static let surplusHint =
        "a recovery code is never an argument; use --stdin, --from-file or --ask"

    private static var codeOptions: [OptionSpec] {
        [
            .flag("stdin", "Reads a recovery code from standard input."),
            .value("from-file", "FILE", "Reads a recovery code from a file.", form: .file),
            .flag("ask", "Asks for a recovery code at the terminal."),
        ]
    }

    /// The recovery code that the options name, if they name one.
    private static func readCode(_ invocation: Invocation) throws -> SecretParcel? {
        var source: SecretInput?
        if let path = invocation.optionalString("from-file") { source = .file(path) }
        if invocation.flag("stdin") { source = .standardInput }
        if invocation.flag("ask") {
            guard OutputStreams.isTerminal(STDIN_FILENO) else {
                throw VaultError.invalid(
                    "there is no terminal to ask at", "use --stdin or --from-file")
            }
            source = .prompt
        }
        return try source?.read("Recovery code", twice: false)
    }

    /// What `protector add` made.
    private struct AddedKeyFile: Encodable {
        let keyFile: String
    }

    private static let add: CommandAction = { invocation, context in
        guard let code = try readCode(invocation) else { throw VaultError.invalid("no code", "") }
        let path = try await VaultService.restoreKeyFile(
            home: context.home, at: invocation.optionalString("key-file"), recoveryCode: code)
        try context.output.show(AddedKeyFile(keyFile: path)) { _ in
            try context.output.write("The vault opens with the new key file \(path)\n")
        }
        return 0
    }

    private static let list: CommandAction = { _, context in
        let slots = try await context.answer(to: ListProtectors())
        try context.output.show(slots) { slots in
            var table = Table([Table.Column("SLOT", rigid: true), Table.Column("KIND")])
            for slot in slots { table.append([Table.Cell("\(slot.id)"), Table.Cell(slot.kind)]) }
            try context.output.write(table, empty: "there is no way to unseal the vault")
        }
        return 0
    }

    private static let test: CommandAction = { invocation, context in
        let code = try readCode(invocation)
        let slots = try await context.answer(to: TestProtector(), secret: code)
        try context.output.show(slots) { slots in
            var table = Table([
                Table.Column("SLOT", rigid: true), Table.Column("KIND"), Table.Column("OPENS"),
            ])
            for slot in slots {
                let result =
                    slot.opens.map { Table.Cell(Wording.yes($0), $0 ? .good : .bad) }
                    ?? Table.Cell("not tried", .faint)
                table.append([Table.Cell("\(slot.id)"), Table.Cell(slot.kind), result])
            }
            try context.output.write(table, empty: "there is no way to unseal the vault")
        }
        return 0
    }
}
