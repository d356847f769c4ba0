package import VaultModel

/// A message that is to be stored.
package struct SandboxCapture: Sendable {
    /// Whose inboxes it is for.
    package let space: SandboxSpace
    /// The inbox that the client asked for, if it did; one that does not exist means `default`.
    package let inbox: String?
    /// What MAIL and RCPT said.
    package let envelope: SandboxEnvelope
    /// The session in which it came.
    package let session: SandboxSessionFacts
    /// When all of it had arrived.
    package let received: Timestamp
    /// The message as sent, its dots unstuffed.
    package let bytes: [UInt8]

    /// Collects what is stored of a message.
    package init(
        space: SandboxSpace = .local, inbox: String? = nil, envelope: SandboxEnvelope,
        session: SandboxSessionFacts,
        received: Timestamp = .now, bytes: [UInt8]
    ) {
        self.space = space
        self.inbox = inbox
        self.envelope = envelope
        self.session = session
        self.received = received
        self.bytes = bytes
    }
}

/// Where a stored message is to be found.
package struct SandboxReceipt: Sendable, Hashable {
    /// Its identity.
    package let id: SandboxMessageID
    /// Its number in its inbox.
    package let seq: Int64
}

/// An inbox as a list shows it.
package struct SandboxInbox: Codable, Sendable, Hashable {
    /// Its name as it was created.
    package let name: String
    /// When it was created.
    package let created: Timestamp
    /// How many messages it holds.
    package let messages: Int
    /// The number of its newest message ever, 0 before the first.
    package let lastSeq: Int64
}
