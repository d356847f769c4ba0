package import VaultModel

/// Which audit entries a query wants; `nil` accepts all.
package struct AuditFilter: Sendable, Hashable, Codable {
    /// Text in the actor.
    package var actor: String?
    /// The action, or its beginning before a dot.
    package var action: String?
    /// Text in the object.
    package var object: String?
    /// The outcome.
    package var outcome: AuditOutcome?
    /// Not before.
    package var since: Timestamp?
    /// Not after.
    package var until: Timestamp?
    /// Only entries with lower numbers: the next page of a list goes on before its first.
    package var before: Int64?
    /// The most entries; the newest are kept.
    package var limit: Int

    /// A filter that accepts everything, up to `limit` entries.
    package init(limit: Int = 1000) { self.limit = limit }

    func accepts(_ entry: AuditEntry) -> Bool {
        if let actor, !entry.actor.contains(actor) { return false }
        if let action, entry.action != action, !entry.action.hasPrefix(action + ".") {
            return false
        }
        if let object, !entry.object.lowercased().contains(object.lowercased()) { return false }
        if let outcome, entry.outcome != outcome { return false }
        if let since, entry.time < since { return false }
        if let until, entry.time > until { return false }
        return true
    }
}
