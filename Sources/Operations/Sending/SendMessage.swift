package import Access
package import VaultModel
package import VaultStore

/// A file that goes along with a message.
package struct OutgoingAttachment: Sendable, Codable, Hashable {
    /// The name that the recipient sees.
    package var filename: String
    /// A media type; `nil` for one by the name's ending.
    package var contentType: String?
    /// The content in base64.
    package var content: String

    /// An attachment from its parts.
    package init(filename: String, contentType: String?, content: String) {
        self.filename = filename
        self.contentType = contentType
        self.content = content
    }
}

/// `vault send`: composes a message, or takes a finished one, and sends it through a connection.
///
/// The answer comes when the outcome is known; a refused delivery is an answer, not an error.
package struct SendMessage: OperationRequest {
    package typealias Response = MessageReport
    package static let operation = OperationName.messageSend

    /// The connection's name.
    package var name: ResourceName
    /// The connection's environment.
    package var environment: DeploymentEnvironment
    /// The author instead of the connection's, as `a@b` or `Name <a@b>`.
    package var from: String?
    /// Recipients named in To.
    package var to: [String] = []
    /// Recipients named in Cc.
    package var cc: [String] = []
    /// Recipients named nowhere in the message.
    package var bcc: [String] = []
    /// The subject.
    package var subject = ""
    /// The plain text.
    package var text: String?
    /// The HTML text.
    package var html: String?
    /// Files that go along.
    package var attachments: [OutgoingAttachment] = []
    /// Further header fields, as `Name: value`.
    package var headers: [String] = []
    /// A finished RFC 5322 message in base64; subject, texts, attachments and headers are then
    /// empty.
    package var raw: String?
    /// `FIELD=VALUE` of a dynamic connection, for this message alone.
    package var overrides: [String]?
    /// Composes and checks, opens no secret and no socket.
    package var dryRun = false

    /// A message through `name` in `environment`, still without recipients.
    package init(name: ResourceName, environment: DeploymentEnvironment) {
        self.name = name
        self.environment = environment
    }

    package var object: AccessObject { .connection(name, environment) }
    package var auditObject: String { "connection/\(name)@\(environment.rawValue)" }
}

/// Which connection a message went through.
package struct ReportedConnection: Sendable, Codable {
    /// The connection's name.
    package var name: ResourceName
    /// The connection's environment.
    package var environment: DeploymentEnvironment
    /// The connection's revision.
    package var version: Int64
    /// `primary`, or `sandbox` for a Test connection.
    package var target: String
}

/// What became of a message (`docs/sending.md`).
package struct MessageReport: Sendable, Codable {
    /// `msg_` and the record's identity; empty for a dry run.
    package var id: String
    /// The Message-ID.
    package var messageId: String
    /// `sent`, `partial`, `failed`, `ambiguous`, `sending`, `dot_sent` or `dry_run`.
    package var status: String
    /// Which connection it went through.
    package var connection: ReportedConnection
    /// One result for each recipient.
    package var recipients: [RecipientResult]
    /// What was tried.
    package var attempts: [DeliveryAttempt]
    /// The size of the message in bytes.
    package var size: Int
    /// When it was accepted.
    package var created: Timestamp
    /// The message in base64, for a dry run alone.
    package var message: String?

    init(_ record: MessageRecord) {
        let content = record.content
        id = "msg_\(record.id)"
        messageId = content.messageId
        status = record.state.rawValue
        connection = ReportedConnection(
            name: content.connectionName, environment: content.environment,
            version: content.connectionVersion, target: content.target)
        recipients = content.recipients
        attempts = content.attempts
        size = content.size
        created = record.created
    }
}

/// `vault outbox list`.
package struct ListOutbox: OperationRequest {
    package typealias Response = [MessageReport]
    package static let operation = OperationName.outboxList

    /// The most messages, newest first.
    package var limit: Int

    /// Asks for the newest messages.
    package init(limit: Int) { self.limit = limit }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[MessageReport]> {
        guard (1...VaultLimits.listRows).contains(limit) else {
            throw VaultError.invalid(
                "the limit is out of range", "give 1 to \(VaultLimits.listRows)")
        }
        let tenant = context.tenant
        return OperationReply(
            try await context.commit {
                try $0.messages(in: tenant, limit: limit).map(MessageReport.init)
            })
    }
}

/// `vault outbox show ID`.
package struct ShowMessage: OperationRequest {
    package typealias Response = MessageReport
    package static let operation = OperationName.outboxShow

    /// The message's identity, with or without `msg_`.
    package var id: String

    /// Asks for one message.
    package init(id: String) { self.id = id }

    package var auditObject: String { "message/\(id)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<MessageReport> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                let text = id.hasPrefix("msg_") ? String(id.dropFirst(4)) : id
                guard let id = MessageRecordID(text),
                    let record = try transaction.find(MessageRecord.self, id, in: tenant)
                else { throw VaultError.notFound("message", self.id) }
                return MessageReport(record)
            })
    }
}
