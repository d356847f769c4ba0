package import VaultModel

/// How a decision ended.
package enum AuditOutcome: String, Sendable, Hashable, Codable, CaseIterable {
    case allowed
    case denied
    case failed
}

/// One decision: who did what to what, whether it was allowed, why, and how it ended.
package struct AuditEntry: Sendable, Hashable, Codable {
    /// The entry's number, 1 or more, without gaps; 0 until it is appended.
    package var sequence: Int64
    /// When it was appended.
    package var time: Timestamp
    /// Whose vault it concerns.
    package var tenant: TenantID
    /// Who: `operator:UID`, `token:ACCESSOR` or `system`.
    package var actor: String
    /// What, such as `secret.set`.
    package var action: String
    /// On which object, such as `secret/smtp-pass`; empty for the vault itself.
    package var object: String
    /// How it ended.
    package var outcome: AuditOutcome
    /// Why, as a code, when it was denied or failed.
    package var reason: String
    /// Further facts; never a secret.
    package var detail: [String: String]
    /// The request that the entry belongs to.
    package var request: RequestID
    /// Which rows came and went with it (``RowEvent``); `nil` when none did.
    package var rows: [RowEvent]?

    /// An entry to append.
    package init(
        tenant: TenantID, actor: String, action: String, object: String = "",
        outcome: AuditOutcome, reason: String = "", detail: [String: String] = [:],
        request: RequestID
    ) {
        sequence = 0
        time = .now
        self.tenant = tenant
        self.actor = actor
        self.action = action
        self.object = object
        self.outcome = outcome
        self.reason = reason
        self.detail = detail
        self.request = request
    }
}

extension AuditEntry {
    /// The beginnings of actions that concern keys or the log itself: a checkpoint follows each.
    private static let keyEvents = [
        "vault.", "protector.", "tenant.", "rotate.", "audit.auditor", "audit.accept", "backup",
        "restore", "secret.rotate", "secret.rollback",
    ]

    /// Whether a checkpoint is to follow without delay; looking at the vault is no such event.
    var isKeyEvent: Bool {
        outcome == .allowed && action != "vault.status" && action != "vault.doctor"
            && !action.hasSuffix(".list") && !action.hasSuffix(".show")
            && Self.keyEvents.contains { action.hasPrefix($0) }
    }
}
