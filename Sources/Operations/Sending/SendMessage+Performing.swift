package import Access
private import Delivery
private import MailModel
private import SMTPClient
private import SMTPCore
private import VaultModel
internal import VaultStore

extension SendMessage {
    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<MessageReport> {
        let tenant = context.tenant
        let reference = ConnectionReference(name: name, environment: environment)
        let overrides = overrides ?? []
        let (connection, stored, settings) = try await context.vault.store.glance { transaction in
            let connection = try transaction.requireConnection(reference, in: tenant)
            let settings = try transaction.effectiveSettings(of: connection)
            return (connection, settings, try DynamicFields.apply(overrides, to: settings))
        }
        let (message, authors) = try compose(with: settings)
        try requirePermitted(message, authors, through: stored, by: context.principal)
        if dryRun { return try await preview(message, connection, context) }

        // The intent is durable before any secret is opened.
        let started = MessageRecord(
            tenant: tenant, connection: connection.id,
            content: content(message, connection, context))
        let plan: @Sendable (StoreTransaction) throws -> ResolvedConnection = { transaction in
            let current = try transaction.requireConnection(reference, in: tenant)
            guard current.revision == connection.revision else {
                throw VaultError(
                    .conflict, "stale-revision", "connection '\(reference)' was just changed",
                    "send again")
            }
            return try transaction.resolve(
                current, overrides: overrides, policy: context.vault.delivery.settings.policy)
        }
        let resolved = try await context.commit(
            action: "message.intent", detail: ["message": "\(started.id)"], sendsMessage: true,
            planning: plan
        ) { transaction, resolved in
            try transaction.insert(started)
            return resolved
        }
        context.accounts.note(resolved.accounts)
        let record = try await deliver(message, through: resolved, started, in: context)
        return OperationReply(MessageReport(record))
    }

    // MARK: Composing

    /// The message, and everyone whom it names as its author or sender.
    private func compose(
        with settings: ConnectionSettings
    ) throws -> (message: ComposedMessage, authors: [SMTPAddress]) {
        let count = to.count + cc.count + bcc.count
        guard count <= VaultLimits.recipients else {
            throw VaultError.invalid(
                "the message has \(count) recipients",
                "send at most \(VaultLimits.recipients) at once")
        }
        var generator = SystemRandomNumberGenerator()
        let now = try MailTime(milliseconds: Timestamp.now.milliseconds)
        let envelope = try settings.from.envelope.map {
            try MailAddress(address: $0, field: "envelope")
        }
        do {
            if let raw {
                let bytes = try Base64Text.decode(raw, field: "raw")
                let message = try RawMessage(checking: bytes.span, at: now, using: &generator)
                for author in message.from { try settings.requirePermitted(author.address) }
                let recipients = try (to + cc + bcc).map { try MailAddress(parsing: $0).address }
                let addressed = try message.addressed(
                    from: envelope?.address
                        ?? MailAddress(address: settings.from.address, field: "from").address,
                    to: recipients)
                let authors = message.from + [message.sender].compactMap { $0 }
                return (addressed, authors.map(\.address))
            }
            let draft = try draft(settings)
            let composed = try draft.compose(at: now, using: &generator)
            return (
                envelope.map { composed.replacingSender($0.address) } ?? composed,
                [draft.from.address]
            )
        } catch let error as ComposeError {
            throw VaultError.invalid(error.explanation.cause, error.explanation.remedy)
        }
    }

    private func draft(_ settings: ConnectionSettings) throws -> MessageDraft {
        let author =
            try from.map { try MailAddress(parsing: $0, field: "from") }
            ?? MailAddress(name: settings.from.name, address: settings.from.address, field: "from")
        try settings.requirePermitted(author.address)
        func addresses(_ texts: [String], _ field: String) throws -> [MailAddress] {
            try texts.flatMap { try MailAddress.list(parsing: $0, field: field) }
        }
        var draft = MessageDraft(
            from: author, to: try addresses(to, "to"), cc: try addresses(cc, "cc"),
            bcc: try addresses(bcc, "bcc"),
            replyTo: try settings.from.replyTo.map {
                [try MailAddress(address: $0, field: "reply_to")]
            }
                ?? [],
            subject: subject, text: text ?? (html == nil ? "" : nil), html: html,
            attachments: try attachments.map { attachment in
                Attachment(
                    filename: attachment.filename,
                    contentType: try attachment.contentType.map { try ContentType(parsing: $0) }
                        ?? .octetStream,
                    bytes: try Base64Text.decode(attachment.content, field: "attachment"))
            },
            headers: try customHeaders(settings))
        try draft.takeForm(settings)
        return draft
    }

    /// The fields that the request names, and those of the connection that it does not.
    private func customHeaders(
        _ settings: ConnectionSettings
    ) throws -> [(name: String, value: String)] {
        let named = try headers.map(Self.header)
        let names = Set(named.map { $0.name.lowercased() })
        let others = settings.defaultHeaders.filter { !names.contains($0.key.lowercased()) }
        return named + others.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    private static func header(_ text: String) throws -> (name: String, value: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw VaultError.invalid("a header has no ':'", "write it as 'Name: value'")
        }
        return (String(parts[0]), String(parts[1].drop { $0 == " " }))
    }

    private func preview(
        _ message: ComposedMessage, _ connection: ConnectionRecord, _ context: OperationContext
    ) async throws -> OperationReply<MessageReport> {
        try await context.commit(action: "message.preview") { _ in }
        let record = MessageRecord(
            tenant: context.tenant, connection: connection.id,
            content: content(message, connection, context))
        var report = MessageReport(record)
        report.id = ""
        report.status = "dry_run"
        report.message = Base64Text.encode(message.bytes)
        report.recipients = message.recipients.map { address in
            RecipientResult(
                address: address.wireForm, status: "planned", code: 0, enhanced: nil, text: "")
        }
        return OperationReply(report)
    }

    private func content(
        _ message: ComposedMessage, _ connection: ConnectionRecord, _ context: OperationContext
    ) -> MessageRecord.Content {
        MessageRecord.Content(
            connectionName: connection.content.name, environment: connection.environment,
            connectionVersion: connection.version,
            target: connection.environment == .test || connection.content.settings.capture
                ? "sandbox" : "primary",
            messageId: message.messageID, actor: context.principal.name, size: message.bytes.count,
            recipients: message.recipients.map { address in
                RecipientResult(
                    address: address.wireForm, status: "unknown", code: 0, enhanced: nil, text: "")
            },
            attempts: [])
    }
}
