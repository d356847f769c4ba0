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

/// What a walk over the whole chain found.
package struct AuditVerdict: Sendable, Hashable, Codable {
    /// Whether every entry is there, unchanged and in its place.
    package var ok: Bool
    /// How many entries were sound, from the first.
    package var entries: Int64
    /// The number of the first entry that was changed, removed or put in.
    package var firstBad: Int64?
    /// What is wrong there.
    package var problem: String?

    package init(ok: Bool, entries: Int64, firstBad: Int64? = nil, problem: String? = nil) {
        self.ok = ok
        self.entries = entries
        self.firstBad = firstBad
        self.problem = problem
    }

    private enum CodingKeys: String, CodingKey { case ok, entries, firstBad, problem }

    /// Writes `first_bad` as null when there is none: scripts look for the key.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(ok, forKey: .ok)
        try container.encode(entries, forKey: .entries)
        try container.encode(firstBad, forKey: .firstBad)
        try container.encodeIfPresent(problem, forKey: .problem)
    }
}
