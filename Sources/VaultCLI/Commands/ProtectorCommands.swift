internal import Access
internal import CommandLineCore
internal import Operations
private import Sealing
internal import VaultModel

/// `vault protector list`, `test`, `add` and `remove`.
enum ProtectorCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(["protector", "list"], summary: "list the ways to unseal", run: list),
            CommandSpec(
                ["protector", "test"],
                summary: "prove that a slot opens the vault, and change nothing",
                discussion: """
                    Without an option, key files, systemd credentials and commands are tried; with \
                    one, a passphrase, the recovery code or shares.
                    """,
                arguments: [.optional("SLOT", "The one slot to prove.")],
                options: UnsealInput.options, atMostOneOf: [UnsealInput.choices],
                surplusHint: UnsealInput.hint, run: test),
            CommandSpec(
                ["protector", "add"], summary: "add a way to unseal",
                discussion: """
                    KIND is key-file, passphrase, code, shares:K/N, credential or exec. A code and \
                    shares are shown once. After the key file is lost, --stdin, --from-file or --ask \
                    open the vault with the recovery code or shares, so that a new one can be made.

                    A credential is read from the credentials that systemd passes to the server, or \
                    from --credential-file. A command prints 32 bytes, or 64 hexadecimal digits.
                    """,
                arguments: [
                    .required("KIND", "What to add."),
                    .repeated(
                        "COMMAND", "For exec: a program by its absolute path, and its words."),
                ],
                options: Array(UnsealInput.options.dropFirst()) + [
                    .value(
                        "key-file", "FILE", "Where to write a key file.", form: .file),
                    UnsealInput.passphraseFile("For passphrase: the file with it."),
                    .value("name", "NAME", "For credential: its name."),
                    .value(
                        "credential-file", "FILE",
                        "For credential: what it will hold, if this is not yet the service.",
                        form: .file),
                ],
                atMostOneOf: [Array(UnsealInput.choices.dropFirst())],
                examples: [
                    "vault protector add shares:3/5", "vault protector add passphrase",
                    CommandExample("vault protector add key-file --stdin", "after it was lost"),
                    "vault protector add credential --name signet-root",
                    "vault protector add exec -- /usr/bin/age -d -i /etc/signet/id /etc/signet/root.age",
                ], run: add),
            CommandSpec(
                ["protector", "remove"], summary: "remove a way to unseal",
                discussion: """
                    The last one stays. Whoever kept a copy of the vault and of what opened the slot \
                    can still open that copy: vault rotate --root-key makes new keys.
                    """,
                arguments: [.required("SLOT", "The slot, as vault protector list shows it.")],
                options: [.flag("force", "Goes on where only one slot would remain.")],
                run: remove),
        ]
    }

    /// The numbers of `shares:K/N`, or `nil`.
    static func shareNumbers(_ text: String) -> (threshold: Int, count: Int)? {
        guard text.hasPrefix("shares:") else { return nil }
        let numbers = text.dropFirst(7).split(separator: "/", omittingEmptySubsequences: false)
        guard numbers.count == 2, let threshold = Int(numbers[0]), let count = Int(numbers[1])
        else { return nil }
        return (threshold, count)
    }

    private static func slot(_ text: String) throws -> SlotID {
        guard let slot = SlotID(text) else {
            throw VaultError.invalid(
                "'\(text)' is no slot", "vault protector list shows their 32 hexadecimal digits")
        }
        return slot
    }

    // MARK: add

    /// What was added, without its secret.
    private struct Added: Encodable {
        let id: SlotID
        let kind: String
        let detail: String?
        let keyFile: String?
    }

    private static let add: CommandAction = { invocation, context in
        let (request, secret) = try request(invocation)
        let lost = try UnsealInput.given(invocation, isPassphraseNew: true)
        let reply = try await context.call(request, secret: secret, given: lost)
        let slot = reply.response
        let added = Added(id: slot.id, kind: slot.kind, detail: slot.detail, keyFile: slot.file)
        let output = context.output
        if let paper = reply.secret?.take() {
            if output.isJSON {
                try output.beginJSON(added)
                if request.kind == .shares {
                    try output.json("recovery_shares", linesOf: paper)
                } else {
                    try output.json("recovery_code", paper)
                }
                try output.endJSON()
                return 0
            }
            try output.write("This opens the vault from now on, and is shown only now:\n\n")
            try output.write(paper)
            if request.kind != .shares { try output.write("\n") }
            return 0
        }
        try output.show(added) { added in
            let what = added.keyFile.map { "the new key file \($0)" } ?? "the new slot \(added.id)"
            try output.write("The vault opens with \(what)\n")
        }
        return 0
    }

    private static func request(
        _ invocation: Invocation
    ) throws -> (AddProtector, secret: SecretParcel?) {
        let text = try invocation.string("KIND")
        let command = invocation.values("COMMAND")
        guard command.isEmpty || text == "exec" else {
            throw VaultError.invalid(
                "'\(text)' takes no further words", "a secret is never an argument")
        }
        switch text {
        case "key-file":
            return (
                AddProtector(
                    kind: .keyFile,
                    keyFile: invocation.optionalString("key-file").map(HomeFolder.absolute)), nil
            )
        case "code", "recovery-code": return (AddProtector(kind: .recoveryCode), nil)
        case "passphrase":
            return (AddProtector(kind: .passphrase), try UnsealInput.newPassphrase(invocation))
        case "credential":
            let name = invocation.optionalString("name") ?? ""
            let content = try invocation.optionalString("credential-file").map { path in
                SecretParcel(try FileInput.key(path))
            }
            return (AddProtector(kind: .credential, name: name), content)
        case "exec": return (AddProtector(kind: .exec, command: command), nil)
        default:
            guard let (threshold, count) = shareNumbers(text) else {
                throw VaultError.invalid(
                    "'\(text)' is no protector",
                    "write key-file, passphrase, code, shares:3/5, credential or exec")
            }
            return (AddProtector(kind: .shares, threshold: threshold, count: count), nil)
        }
    }

    // MARK: list, test, remove

    private static let list: CommandAction = { _, context in
        try show(try await context.answer(to: ListProtectors()), context)
        return 0
    }

    private static let test: CommandAction = { invocation, context in
        var request = TestProtector(
            slot: try invocation.optionalString("SLOT").map { try slot($0) })
        var secret: SecretParcel?
        switch try UnsealInput.given(invocation) {
        case .passphrase(let passphrase): (request.means, secret) = (.passphrase, passphrase)
        case .paper(let text): (request.means, secret) = (.paper, text)
        case nil: break
        }
        try show(try await context.answer(to: request, secret: secret), context)
        return 0
    }

    private static let remove: CommandAction = { invocation, context in
        let request = RemoveProtector(
            slot: try slot(try invocation.string("SLOT")), force: invocation.flag("force"))
        let rest = try await context.answer(to: request)
        if rest.count == 1 {
            context.output.remark("warning: only one slot opens the vault now")
        }
        try show(rest, context)
        return 0
    }

    private static func show(_ slots: [ProtectorSummary], _ context: CommandContext) throws {
        try context.output.show(slots) { slots in
            let isTest = slots.contains { $0.opens != nil }
            var columns = [
                Table.Column("SLOT", whole: true), Table.Column("KIND", rigid: true),
                Table.Column("DETAIL"),
            ]
            if isTest { columns.append(Table.Column("OPENS", rigid: true)) }
            var table = Table(columns)
            for slot in slots {
                var cells = [
                    Table.Cell("\(slot.id)"), Table.Cell(slot.kind), Table.Cell(slot.detail ?? ""),
                ]
                if isTest {
                    cells.append(
                        slot.opens.map { Table.Cell(Wording.yes($0), $0 ? .good : .bad) }
                            ?? Table.Cell("not tried", .faint))
                }
                table.append(cells)
            }
            try context.output.write(table, empty: "there is no way to unseal the vault")
        }
    }
}
