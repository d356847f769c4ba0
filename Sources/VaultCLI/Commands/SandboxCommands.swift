internal import CommandLineCore
private import Operations
private import Sandbox
private import VaultModel

/// `vault sandbox …`, but for `serve` and `inbox`.
enum SandboxCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["sandbox", "list"], summary: "list captured messages, newest first",
                options: [inbox, .limit(default: 50)], run: list),
            CommandSpec(
                ["sandbox", "show"], summary: "show a captured message", arguments: [message],
                options: [inbox], run: show),
            CommandSpec(
                ["sandbox", "raw"], summary: "print a captured message byte for byte",
                arguments: [message], options: [inbox], run: raw),
            CommandSpec(
                ["sandbox", "search"], summary: "list the messages that match, newest first",
                arguments: [
                    .repeated(
                        "QUERY", "Words, \"phrases\" and fields such as from:, to: and subject:.",
                        atLeastOne: true)
                ],
                options: [inbox, .limit(default: 50)],
                examples: ["vault sandbox search subject:welcome to:a@example.org"], run: search),
            CommandSpec(
                ["sandbox", "wait"], summary: "wait until messages arrive",
                discussion: """
                    All that is given must match. Exits with 1 when too few came in time, or with \
                    --absent when one came.
                    """,
                options: [
                    inbox, .value("to", "ADDRESS", "An address of To, Cc or the envelope."),
                    .value("from", "ADDRESS", "An address of From or the envelope."),
                    .value("subject", "TEXT", "Part of the subject."),
                    .value("contains", "TEXT", "Part of the text or HTML."),
                    .value("count", "N", "How many messages must match.", default: "1"),
                    .value("timeout", "DURATION", "How long to wait.", default: "30s"),
                    .value("after", "SEQ", "Only messages with a higher number.", default: "0"),
                    .flag("absent", "Succeeds when none comes."),
                ],
                examples: ["vault sandbox wait --to a@example.org --subject Welcome --timeout 10s"],
                run: wait),
            CommandSpec(
                ["sandbox", "delete"], summary: "delete captured messages",
                arguments: [.repeated("ID", "A message's identity, or latest.")],
                options: [inbox, .flag("all", "Deletes all of the inbox.")],
                exactlyOneOf: [["ID", "all"]], run: delete),
        ]
    }

    private static let inbox = OptionSpec.value(
        "inbox", "INBOX", "Which inbox.", default: DefaultInbox.name)
    private static let message = ArgumentSpec.optional(
        "ID", "The message's identity, or latest, which it is unless given.")

    private static func inbox(of invocation: Invocation) throws -> ResourceName {
        try invocation.name("inbox", field: "inbox")
    }

    private static func identity(of invocation: Invocation) -> String {
        invocation.optionalString("ID") ?? "latest"
    }

    // MARK: Lists

    private static let list: CommandAction = { invocation, context in
        let request = ListSandboxMessages(
            inbox: try inbox(of: invocation), limit: try invocation.limit())
        let messages = try await context.answer(ofSandboxTo: request)
        try context.output.show(messages) { messages in
            try context.output.write(table(of: messages), empty: "there are no messages")
        }
        return 0
    }

    private static let search: CommandAction = { invocation, context in
        let request = SearchSandbox(
            inbox: try inbox(of: invocation),
            query: invocation.values("QUERY").joined(separator: " "), limit: try invocation.limit())
        let messages = try await context.answer(ofSandboxTo: request)
        try context.output.show(messages) { messages in
            try context.output.write(table(of: messages), empty: "no message matches")
        }
        return 0
    }

    private static func table(of messages: [SandboxMessageSummary]) -> Table {
        var table = Table([
            Table.Column("ID", whole: true), Table.Column("#", alignment: .right, rigid: true),
            Table.Column("RECEIVED", rigid: true), Table.Column("FROM"), Table.Column("TO"),
            Table.Column("SUBJECT"),
        ])
        for message in messages {
            table.append([
                Table.Cell("\(message.id)"), Table.Cell("\(message.seq)"),
                Table.Cell(Wording.time(message.received)),
                Table.Cell(message.from?.address ?? message.envelope.mailFrom),
                Table.Cell(message.envelope.rcptTo.joined(separator: ", ")),
                Table.Cell(message.subject),
            ])
        }
        return table
    }

    // MARK: One message

    private static let show: CommandAction = { invocation, context in
        let request = ShowSandboxMessage(
            inbox: try inbox(of: invocation), id: identity(of: invocation))
        let message = try await context.answer(ofSandboxTo: request)
        let output = context.output
        try output.show(message) { message in
            try output.write(fields(of: message))
            guard let body = message.text ?? message.html else { return }
            try output.write("\n")
            try output.document(Array(body.utf8))
            if !body.hasSuffix("\n") { try output.write("\n") }
        }
        return 0
    }

    private static func fields(of message: SandboxMessage) -> FieldList {
        let summary = message.summary
        let session = message.session
        var fields = FieldList()
        fields.append("ID", "\(summary.id)")
        fields.append("Number", "\(summary.seq) in \(summary.inbox)")
        fields.append("Received", Wording.time(summary.received))
        fields.append("From", summary.from?.text ?? "–")
        fields.append("To", Wording.list(summary.to.map(\.text)))
        if !summary.cc.isEmpty { fields.append("Cc", Wording.list(summary.cc.map(\.text))) }
        fields.append("Subject", summary.subject)
        if let id = summary.messageID { fields.append("Message-ID", "<\(id)>") }
        fields.append("Size", "\(summary.size) bytes")
        fields.append("Envelope from", "<\(summary.envelope.mailFrom)>")
        fields.append("Envelope to", Wording.list(summary.envelope.rcptTo.map { "<\($0)>" }))
        fields.append("Session", "\(session.peer), \(session.helo)")
        if let tls = session.tls { fields.append("TLS", "\(tls.version) \(tls.cipher)") }
        if let auth = session.auth { fields.append("Login", "\(auth.mechanism) \(auth.identity)") }
        for part in message.attachments {
            fields.append(
                "Attachment", "\(part.filename ?? "–") (\(part.contentType), \(part.size) bytes)")
        }
        if let error = summary.parseError { fields.append("Not readable", error, .warning) }
        return fields
    }

    private static let raw: CommandAction = { invocation, context in
        let request = ReadRawSandboxMessage(
            inbox: try inbox(of: invocation), id: identity(of: invocation))
        let message = try await context.answer(ofSandboxTo: request)
        try context.output.show(message) { message in
            try context.output.document(try Base64Text.decode(message.content, field: "content"))
        }
        return 0
    }

    // MARK: wait, delete

    private static let wait: CommandAction = { invocation, context in
        let longest = SandboxLimits.waitDuration
        let timeout = try invocation.duration("timeout", in: .zero...longest) ?? .seconds(30)
        let (seconds, attoseconds) = timeout.components
        let request = WaitForSandboxMessage(
            inbox: try inbox(of: invocation), to: invocation.optionalString("to"),
            from: invocation.optionalString("from"), subject: invocation.optionalString("subject"),
            contains: invocation.optionalString("contains"),
            count: try invocation.int("count", in: 1...SandboxLimits.listed) ?? 1,
            after: Int64(try invocation.int("after", in: 0...Int.max) ?? 0),
            timeoutMs: seconds * 1000 + attoseconds / 1_000_000_000_000_000,
            absent: invocation.flag("absent"))
        let result = try await context.answer(ofSandboxTo: request)
        let output = context.output
        try output.show(result) { result in
            if !result.messages.isEmpty { try output.write(table(of: result.messages), empty: "") }
        }
        if result.isSatisfied { return 0 }
        let found = Wording.count(result.messages.count, "message")
        let error =
            request.absent
            ? VaultError(
                .failed, "present", "\(found) came that should not", "see vault sandbox list")
            : VaultError(
                .failed, "timed-out",
                "\(found) of \(request.count) came within \(ValueText.text(of: timeout))",
                "check what was sent, or wait longer with --timeout")
        let code = output.report(error)
        for miss in result.nearMisses {
            output.explain(
                "came, but does not match: \(miss.id) to "
                    + "\(miss.envelope.rcptTo.joined(separator: ", ")), "
                    + VisibleText.quoted(miss.subject))
        }
        return code
    }

    private static let delete: CommandAction = { invocation, context in
        let request = DeleteSandboxMessages(
            inbox: try inbox(of: invocation), ids: invocation.values("ID"),
            all: invocation.flag("all"))
        let answer = try await context.answer(ofSandboxTo: request)
        try context.output.show(answer) { answer in
            try context.output.write("\(Wording.count(answer.deleted, "message")) deleted\n")
        }
        return 0
    }
}
