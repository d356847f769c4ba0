package import Access
package import Sandbox
package import VaultModel

/// A request about the sandbox: it works on the store alone, so that a capture server without a
/// vault answers it too.
package protocol SandboxRequest: OperationRequest {
    /// The inbox that is asked about, or `nil` for all of them.
    var inbox: ResourceName? { get }

    /// Does it in one tenant's inboxes.
    func perform(
        on store: SandboxStore, of space: SandboxSpace
    ) async throws -> OperationReply<Response>
}

extension SandboxRequest {
    package var object: AccessObject { inbox.map { .inbox($0) } ?? .vault }
    package var auditObject: String { inbox.map { "inbox/\($0)" } ?? "" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<Response> {
        try await context.commit { _ in }
        let store = try context.vault.sandbox.store()
        let space = context.vault.tenants.space(of: context.tenant)
        try await store.prepare(space)
        return try await perform(on: store, of: space)
    }
}

/// Which inbox a request leaves open: the one that takes unauthenticated mail.
package enum DefaultInbox {
    /// Its name.
    package static let name = "default"
}

/// `vault sandbox inbox create NAME`.
package struct CreateInbox: SandboxRequest {
    package typealias Response = SandboxInbox
    package static let operation = OperationName.sandboxInboxCreate

    /// The new inbox's name.
    package var name: ResourceName
    package var inbox: ResourceName? { name }

    /// Asks for an inbox.
    package init(name: ResourceName) { self.name = name }

    package func perform(
        on store: SandboxStore, of space: SandboxSpace
    ) async throws -> OperationReply<SandboxInbox> {
        try await store.createInbox(name, of: space)
        let made = try await store.inboxes(of: space).first { $0.name == name.text }
        guard let made else { throw VaultError.notFound("inbox", name.text) }
        return OperationReply(made)
    }
}

/// `vault sandbox inbox list`.
package struct ListInboxes: SandboxRequest {
    package typealias Response = [SandboxInbox]
    package static let operation = OperationName.sandboxInboxList

    package var inbox: ResourceName? { nil }

    package init() {}

    package func perform(
        on store: SandboxStore, of space: SandboxSpace
    ) async throws -> OperationReply<[SandboxInbox]> {
        OperationReply(try await store.inboxes(of: space))
    }
}

/// How many things were deleted.
package struct DeletedCount: Sendable, Codable {
    /// The number.
    package var deleted: Int
}

/// `vault sandbox inbox delete NAME`, with its messages.
package struct DeleteInbox: SandboxRequest {
    package typealias Response = DeletedCount
    package static let operation = OperationName.sandboxInboxDelete

    /// The inbox's name.
    package var name: ResourceName
    package var inbox: ResourceName? { name }

    /// Asks to delete an inbox.
    package init(name: ResourceName) { self.name = name }

    package func perform(
        on store: SandboxStore, of space: SandboxSpace
    ) async throws -> OperationReply<DeletedCount> {
        try await store.deleteInbox(name, of: space)
        return OperationReply(DeletedCount(deleted: 1))
    }
}

/// `vault sandbox list` and `vault sandbox search QUERY`, newest first.
package struct ListSandboxMessages: SandboxRequest {
    package typealias Response = [SandboxMessageSummary]
    package static let operation = OperationName.sandboxList

    /// The inbox.
    package var inboxName: ResourceName
    /// The most messages.
    package var limit: Int
    package var inbox: ResourceName? { inboxName }

    /// Asks for the newest messages.
    package init(inbox: ResourceName, limit: Int) {
        inboxName = inbox
        self.limit = limit
    }

    package func perform(
        on store: SandboxStore, of space: SandboxSpace
    ) async throws -> OperationReply<[SandboxMessageSummary]> {
        OperationReply(try await store.list(in: inboxName, of: space, limit: limit))
    }
}

/// `vault sandbox search QUERY`, newest first.
package struct SearchSandbox: SandboxRequest {
    package typealias Response = [SandboxMessageSummary]
    package static let operation = OperationName.sandboxSearch

    /// The inbox.
    package var inboxName: ResourceName
    /// Words, phrases and fields, as `docs/sandbox.md` describes.
    package var query: String
    /// The most messages.
    package var limit: Int
    package var inbox: ResourceName? { inboxName }

    /// Asks for the messages that match.
    package init(inbox: ResourceName, query: String, limit: Int) {
        inboxName = inbox
        self.query = query
        self.limit = limit
    }

    package func perform(
        on store: SandboxStore, of space: SandboxSpace
    ) async throws -> OperationReply<[SandboxMessageSummary]> {
        OperationReply(try await store.search(query, in: inboxName, of: space, limit: limit))
    }
}

/// `vault sandbox show ID|latest`.
package struct ShowSandboxMessage: SandboxRequest {
    package typealias Response = SandboxMessage
    package static let operation = OperationName.sandboxShow

    /// The inbox.
    package var inboxName: ResourceName
    /// The message's identity, or `latest`.
    package var id: String
    package var inbox: ResourceName? { inboxName }

    /// Asks for one message.
    package init(inbox: ResourceName, id: String) {
        inboxName = inbox
        self.id = id
    }

    package func perform(
        on store: SandboxStore, of space: SandboxSpace
    ) async throws -> OperationReply<SandboxMessage> {
        OperationReply(try await store.message(try selector(id), in: inboxName, of: space))
    }
}

/// The message as it came, in base64.
package struct RawSandboxMessage: Sendable, Codable {
    /// The message's identity.
    package var id: String
    /// Every byte, in base64.
    package var content: String
}

/// `vault sandbox raw ID|latest`.
package struct ReadRawSandboxMessage: SandboxRequest {
    package typealias Response = RawSandboxMessage
    package static let operation = OperationName.sandboxRaw

    /// The inbox.
    package var inboxName: ResourceName
    /// The message's identity, or `latest`.
    package var id: String
    package var inbox: ResourceName? { inboxName }

    /// Asks for one message's bytes.
    package init(inbox: ResourceName, id: String) {
        inboxName = inbox
        self.id = id
    }

    package func perform(
        on store: SandboxStore, of space: SandboxSpace
    ) async throws -> OperationReply<RawSandboxMessage> {
        let bytes = try await store.raw(try selector(id), in: inboxName, of: space)
        return OperationReply(
            RawSandboxMessage(id: id, content: Base64Text.encode(bytes)))
    }
}

/// `vault sandbox wait`.
package struct WaitForSandboxMessage: SandboxRequest {
    package typealias Response = SandboxWaitResult
    package static let operation = OperationName.sandboxWait

    /// The inbox.
    package var inboxName: ResourceName
    /// An address of To, Cc or RCPT.
    package var to: String?
    /// An address of From or MAIL.
    package var from: String?
    /// Part of the subject.
    package var subject: String?
    /// Part of the text or HTML.
    package var contains: String?
    /// How many messages must match.
    package var count: Int
    /// Only messages with a higher number.
    package var after: Int64
    /// How long to wait, in milliseconds.
    package var timeoutMs: Int64
    /// Succeed when none comes.
    package var absent: Bool
    package var inbox: ResourceName? { inboxName }

    /// Asks to be told when matching messages are there.
    package init(
        inbox: ResourceName, to: String?, from: String?, subject: String?, contains: String?,
        count: Int,
        after: Int64, timeoutMs: Int64, absent: Bool
    ) {
        inboxName = inbox
        self.to = to
        self.from = from
        self.subject = subject
        self.contains = contains
        self.count = count
        self.after = after
        self.timeoutMs = timeoutMs
        self.absent = absent
    }

    package func perform(
        on store: SandboxStore, of space: SandboxSpace
    ) async throws -> OperationReply<SandboxWaitResult> {
        let filter = SandboxFilter(to: to, from: from, subject: subject, contains: contains)
        return OperationReply(
            try await store.wait(
                in: inboxName, of: space, for: filter, count: count, after: after,
                timeout: .milliseconds(timeoutMs), absent: absent))
    }
}

/// `vault sandbox delete ID… | --all`.
package struct DeleteSandboxMessages: SandboxRequest {
    package typealias Response = DeletedCount
    package static let operation = OperationName.sandboxDelete

    /// The inbox.
    package var inboxName: ResourceName
    /// The messages' identities.
    package var ids: [String]
    /// Deletes every message of the inbox; then no identity is given.
    package var all: Bool
    package var inbox: ResourceName? { inboxName }

    /// Asks to delete messages.
    package init(inbox: ResourceName, ids: [String], all: Bool) {
        inboxName = inbox
        self.ids = ids
        self.all = all
    }

    package func perform(
        on store: SandboxStore, of space: SandboxSpace
    ) async throws -> OperationReply<DeletedCount> {
        guard all != !ids.isEmpty else {
            throw VaultError.invalid("it is not said which messages", "name them, or add --all")
        }
        if all {
            return OperationReply(
                DeletedCount(deleted: try await store.deleteAll(in: inboxName, of: space)))
        }
        var messages: [SandboxMessageID] = []
        for text in ids {
            guard case .id(let id) = try selector(text) else {
                messages.append(try await store.summary(of: .latest, in: inboxName, of: space).id)
                continue
            }
            messages.append(id)
        }
        return OperationReply(
            DeletedCount(deleted: try await store.delete(messages, in: inboxName, of: space)))
    }
}

private func selector(_ text: String) throws(VaultError) -> SandboxSelector {
    guard let selector = SandboxSelector(text) else {
        throw VaultError.notFound("message", text)
    }
    return selector
}
