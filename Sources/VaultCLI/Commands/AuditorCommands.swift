internal import Access
internal import CommandLineCore
internal import Operations

/// `vault audit checkpoint`, `auditor` and `auditor-key create`.
enum AuditorCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["audit", "checkpoint"], summary: "sign what the audit log is now",
                discussion: """
                    Writes a signed note (C2SP tlog-checkpoint) with the number of entries and the \
                    root of their tree. Keep it where whoever has this machine cannot change it.
                    """,
                options: [
                    .value(
                        "output", short: "o", "FILE", "Appends it to this file.", form: .file),
                    .flag("public-key", "Shows the key that checkpoints are verified with."),
                ], run: checkpoint),
            CommandSpec(
                ["audit", "auditor"], summary: "show or name who alone can prove old entries",
                discussion: """
                    The first key of the audit log is sealed to the auditor's public key and not \
                    kept: from then on nobody who takes over this machine can write earlier \
                    entries again. It cannot be taken back without the auditor's key.
                    """,
                options: [
                    .value(
                        "public-key", "FILE", "The public half of the auditor's key.", form: .file),
                    .value(
                        "auditor-key", "FILE",
                        "The key of the auditor there was before, to name another.", form: .file),
                ],
                examples: ["vault audit auditor --public-key auditor.key.pub"], run: auditor),
            CommandSpec(
                ["audit", "auditor-key", "create"], summary: "make the key pair of an auditor",
                discussion: """
                    Writes the secret half to FILE and the public half to FILE.pub. The secret \
                    half belongs on the auditor's own machine; no vault is needed here.
                    """,
                arguments: [.required("FILE", "Where to put the secret half.", form: .file)],
                run: createKey),
        ]
    }

    /// The auditor's key in a file, as it travels beside a request.
    static func readKey(_ path: String) throws -> SecretParcel {
        SecretParcel(try FileInput.wholeSecret(path, limit: AuditorKeyFile.byteCount))
    }

    private static let checkpoint: CommandAction = { invocation, context in
        let signed = try await context.answer(to: SignAuditCheckpoint())
        if let path = invocation.optionalString("output") {
            try NoteFile.append(signed.note, to: path)
        }
        let output = context.output
        try output.show(signed) { signed in
            if invocation.flag("public-key") {
                try output.write(signed.publicKey + "\n")
            } else if !invocation.isGiven("output") {
                try output.write(signed.note)
            }
        }
        return 0
    }

    private static let auditor: CommandAction = { invocation, context in
        let publicKey = try invocation.optionalString("public-key").map {
            try FileInput.text($0, limit: 1024)
        }
        let former = try invocation.optionalString("auditor-key").map(readKey)
        let status = try await context.call(NameAuditor(publicKey: publicKey), secret: former)
            .response
        try context.output.show(status) { status in
            guard let key = status.publicKey else {
                return context.output.remark(
                    "there is no auditor: whoever has the vault's key could write old entries again"
                )
            }
            try context.output.write("\(key)\n")
        }
        return 0
    }

    /// What `auditor-key create` made.
    private struct CreatedKey: Encodable {
        let keyFile: String
        let publicKeyFile: String
        let publicKey: String
    }

    private static let createKey: CommandAction = { invocation, context in
        let path = HomeFolder.absolute(try invocation.string("FILE"))
        let text = try AuditorKeyFile.create(at: path)
        let file = try ExportTarget(path: path + ".pub", output: context.output)
        try file.write(Array("\(text)\n".utf8))
        try file.finish()
        let created = CreatedKey(keyFile: path, publicKeyFile: path + ".pub", publicKey: text)
        try context.output.show(created) { created in
            try context.output.write("\(created.publicKey)\n")
            context.output.remark(
                "keep \(created.keyFile) off the vault's machine; give it \(created.publicKeyFile)")
        }
        return 0
    }
}
