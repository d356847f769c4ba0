package import SQLite
package import VaultModel

/// Where a send stands (`docs/sending.md`).
package enum MessageState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Accepted, a session is under way, the final dot not yet written.
    case sending
    /// The final dot may be on the wire: from here a crash leaves the outcome unknown.
    case dotSent = "dot_sent"
    /// Every recipient was accepted.
    case sent
    /// Some recipients were accepted.
    case partial
    /// No recipient was accepted.
    case failed
    /// The server's last word is unknown; nothing is sent again by itself.
    case ambiguous

    /// Whether nothing more happens by itself.
    package var isFinal: Bool { self != .sending && self != .dotSent }
}

/// What became of one recipient.
package struct RecipientResult: Sendable, Hashable, Codable {
    /// The recipient's address.
    package var address: String
    /// `accepted`, `rejected`, `deferred` or `unknown`.
    package var status: String
    /// The reply code, 0 when there was no reply.
    package var code: Int
    /// The enhanced status code (RFC 3463), if the reply had one.
    package var enhanced: String?
    /// The reply's text.
    package var text: String

    /// What a server said of `address`.
    package init(address: String, status: String, code: Int, enhanced: String?, text: String) {
        self.address = address
        self.status = status
        self.code = code
        self.enhanced = enhanced
        self.text = text
    }
}

/// One session that tried to deliver a message.
package struct DeliveryAttempt: Sendable, Hashable, Codable {
    /// 1 for the first.
    package var n: Int
    /// `primary`, or `sandbox` for a Test connection.
    package var target: String
    /// The step at which it ended.
    package var phase: String
    /// The class of a failure, or `ok`.
    package var `class`: String
    /// What happened, for people.
    package var explanation: String
    /// The deciding reply's code, 0 without one.
    package var code: Int
    /// When it began.
    package var startedAt: Timestamp
    /// How long it took, in milliseconds.
    package var ms: Int
    /// The TLS version, when there was TLS.
    package var tls: String?
    /// Why a failure probably happened (`docs/diagnosis.md`).
    package var cause: String?
    /// What to do about it.
    package var action: String?
    /// The dialogue with every credential masked, while the connection keeps it for debugging.
    package var dialogue: [String]?

    /// One attempt's facts.
    package init(
        n: Int, target: String, phase: String, class: String, explanation: String, code: Int,
        startedAt: Timestamp, ms: Int, tls: String?, cause: String? = nil,
        action: String? = nil, dialogue: [String]? = nil
    ) {
        self.n = n
        self.target = target
        self.phase = phase
        self.class = `class`
        self.explanation = explanation
        self.code = code
        self.startedAt = startedAt
        self.ms = ms
        self.tls = tls
        self.cause = cause
        self.action = action
        self.dialogue = dialogue
    }
}

/// One send that the vault was asked for, with its outcome; the message itself is not kept.
package struct MessageRecord: Record {
    package typealias Subject = MessageSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// The connection's name.
        package var connectionName: ResourceName
        /// The connection's environment.
        package var environment: DeploymentEnvironment
        /// The connection's revision that was used.
        package var connectionVersion: Int64
        /// `primary` or `sandbox`.
        package var target: String
        /// The Message-ID, with its angle brackets.
        package var messageId: String
        /// Who asked.
        package var actor: String
        /// The size of the message in bytes.
        package var size: Int
        /// One result for each recipient.
        package var recipients: [RecipientResult]
        /// What was tried.
        package var attempts: [DeliveryAttempt]

        /// The facts of a send.
        package init(
            connectionName: ResourceName, environment: DeploymentEnvironment,
            connectionVersion: Int64,
            target: String, messageId: String, actor: String, size: Int,
            recipients: [RecipientResult], attempts: [DeliveryAttempt]
        ) {
            self.connectionName = connectionName
            self.environment = environment
            self.connectionVersion = connectionVersion
            self.target = target
            self.messageId = messageId
            self.actor = actor
            self.size = size
            self.recipients = recipients
            self.attempts = attempts
        }
    }

    package static let table = RecordTable(
        "message", columns: ["connection", "state", "created", "updated"], role: .traffic)
    package static let noun = "message"

    package let id: MessageRecordID
    package let tenant: TenantID
    package var revision: Int64
    /// The connection that it goes through.
    package let connection: ConnectionID
    /// Where it stands.
    package var state: MessageState
    /// When it was accepted.
    package let created: Timestamp
    /// When its state last changed.
    package var updated: Timestamp
    package var content: Content

    /// A message that is about to be sent.
    package init(tenant: TenantID, connection: ConnectionID, content: Content) {
        id = MessageRecordID()
        self.tenant = tenant
        revision = 1
        self.connection = connection
        state = .sending
        created = .now
        updated = created
        self.content = content
    }

    package init(
        id: MessageRecordID, tenant: TenantID, revision: Int64, plain: PlainColumns,
        content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        guard let connection = ConnectionID(bytes: try plain.blob(0)) else {
            throw StoreError.tampered(what: "a message")
        }
        self.connection = connection
        state = try plain.name(1, of: MessageState.self)
        created = Timestamp(milliseconds: try plain.integer(2))
        updated = Timestamp(milliseconds: try plain.integer(3))
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [
            .blob(connection.bytes), .text(state.rawValue), .integer(created.milliseconds),
            .integer(updated.milliseconds),
        ]
    }
}
