package import Access
package import Sandbox
private import Sealing
private import Sodium
package import VaultModel
internal import VaultStore

/// What a token's text turned out to be.
enum TokenFinding: Sendable {
    /// A token that is valid here and now.
    case right(Principal)
    /// None, for whatever reason; from outside they are alike.
    case refused(TokenFailure)
}

/// A token that was refused, for the audit log.
struct TokenFailure: Sendable {
    /// The text's public part, or what there is instead.
    let accessor: String
    /// Why: `token` when it is unknown or wrong, another word when its text was right.
    let reason: String
    /// Whose token it is, when its text was right.
    let tenant: TenantID?
    /// Whether too many before it were wrong, so that the answer waits.
    let isThrottled: Bool

    fileprivate init(_ accessor: String, _ reason: String, of tenant: TenantID) {
        self.accessor = accessor
        self.reason = reason
        self.tenant = tenant
        isThrottled = false
    }

    fileprivate init(wrong accessor: String, isThrottled: Bool) {
        self.accessor = accessor
        reason = isThrottled ? "throttled" : "token"
        tenant = nil
        self.isThrottled = isThrottled
    }

    /// Waits, when too many before it were wrong.
    func hold() async {
        if isThrottled { try? await Task.sleep(for: AccessLimits.tokenHold) }
    }

    /// The refusal as the audit log has it.
    func entry(
        _ action: String, _ object: String, _ fallback: TenantID, _ request: RequestID
    ) -> AuditEntry {
        AuditEntry(
            tenant: tenant ?? fallback, actor: "token:\(accessor)", action: action, object: object,
            outcome: .denied, reason: reason, request: request)
    }
}

/// A token that opened a session, to be looked at again while the session lasts.
package struct TokenTicket: Sendable, Hashable {
    fileprivate let id: TokenID
    fileprivate let tenant: TenantID
    /// The inbox that it opened.
    fileprivate let inbox: ResourceName
    /// What the session may do there.
    fileprivate let permissions: [Permission]
}

// Who holds a token.
extension VaultService {
    /// The principal of a token; unknown, wrong, revoked, expired and misplaced ones are alike from
    /// outside, and take the same work.
    func lookUp(
        _ parcel: SecretParcel, from source: RequestSource
    ) async throws(VaultError) -> TokenFinding {
        do {
            guard let text = parcel.take(), let accessor = TokenText.accessor(of: text) else {
                return .refused(wrong("malformed", from: source))
            }
            let pepper = try store.keys.keys(for: .system).tokenPepper()
            let hash = try TokenText.hash(text, accessor: accessor, pepper: pepper)
            let (record, principal) = try await store.glance { transaction in
                let record = try transaction.tokenOrDecoy(accessor: accessor)
                return (record, try record.flatMap { try transaction.principal(of: $0) })
            }
            let stored = record?.hash ?? Random.bytes(32)
            let isRight = ConstantTime.equal(hash.span, stored.span)
            // A wrong token costs what a right one does: the row in its place is judged as well.
            let now = Timestamp.now
            let reason = record.flatMap { record in
                tenants.isActive(record.tenant)
                    ? record.invalidity(at: now, from: source) : "tenant-disabled"
            }
            guard let record, record.accessor == accessor, isRight else {
                return .refused(wrong(accessor, from: source))
            }
            if let reason {
                return .refused(TokenFailure(accessor, reason, of: record.tenant))
            }
            guard let principal else {
                return .refused(TokenFailure(accessor, "principal-disabled", of: record.tenant))
            }
            // Looked at once the text is known to be right: how long it takes tells nobody else.
            if record.parent != nil, try await !store.glance({ try $0.isActive(record) }) {
                return .refused(TokenFailure(accessor, "revoked", of: record.tenant))
            }
            tokenActivity.note(record, at: now)
            return .right(principal)
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    /// A wrong token; it counts against its accessor and its source.
    ///
    /// A right one is never held up by those: nobody guesses 256 bits, so that a lock would keep out
    /// its holder alone.
    private func wrong(_ accessor: String, from source: RequestSource) -> TokenFailure {
        TokenFailure(
            wrong: accessor, isThrottled: tokenThrottle.countFailure(of: accessor, from: source))
    }

    // MARK: Sessions of the sandbox

    /// Whether a token may deliver to an inbox of the sandbox, `nil` when what was named is no name of
    /// one; the decision is in the audit log.
    package func mayDeliver(
        to inbox: ResourceName?, with token: SecretParcel, from source: RequestSource
    ) async -> TokenTicket? {
        await permitted([.sandboxSend], on: inbox, with: token, from: source)
    }

    /// Whether a token may read an inbox of the sandbox, and delete from it; `nil` when what was named
    /// is no name of one; the decision is in the audit log.
    package func mayRead(
        _ inbox: ResourceName?, with token: SecretParcel, from source: RequestSource
    ) async -> (ticket: TokenTicket, mayDelete: Bool)? {
        await permitted([.sandboxRead, .sandboxWrite], on: inbox, with: token, from: source)
            .map { ($0, $0.permissions.contains(.sandboxWrite)) }
    }

    /// Whether the token of a session is still neither revoked nor expired, and may still do all that
    /// the session was let in for.
    package func isValid(_ ticket: TokenTicket) async -> Bool {
        guard tenants.isActive(ticket.tenant) else { return false }
        let isValid = try? await store.glance { transaction in
            guard
                let record = try transaction.find(TokenRecord.self, ticket.id, in: ticket.tenant),
                try transaction.isActive(record), !record.isExpired(at: .now)
            else { return false }
            guard let principal = try transaction.principal(of: record) else { return false }
            return ticket.permissions.allSatisfy {
                AccessControl.allows(principal, $0, on: .inbox(ticket.inbox))
            }
        }
        return isValid ?? false
    }

    /// The inbox that a session was opened for: one of its token's tenant.
    package func place(for ticket: TokenTicket) -> SandboxPlace {
        SandboxPlace(ticket.inbox, of: tenants.space(of: ticket.tenant))
    }

    /// A ticket for those of the permissions that a token has on an inbox; `nil` if it lacks the first.
    private func permitted(
        _ permissions: [Permission], on inbox: ResourceName?, with token: SecretParcel,
        from source: RequestSource
    ) async -> TokenTicket? {
        let request = RequestID()
        let (action, object) = ("sandbox.login", "inbox/\(inbox?.text ?? "malformed")")
        do {
            switch try await lookUp(token, from: source) {
            case .refused(let failure):
                try await record(failure.entry(action, object, .system, request))
                await failure.hold()
            case .right(let principal):
                let ticket = inbox.flatMap { principal.ticket(to: $0, for: permissions) }
                let entry = AuditEntry(
                    tenant: principal.tenant, actor: principal.name, action: action,
                    object: object, outcome: ticket == nil ? .denied : .allowed,
                    reason: inbox == nil ? "inbox" : ticket == nil ? "scope" : "",
                    request: request)
                guard let ticket else {
                    try await record(entry)
                    return nil
                }
                let use = TokenUse(of: principal, in: self)
                try await store.transaction { transaction in
                    try use.take(in: transaction, message: false)
                    try transaction.audit(entry)
                }
                use.isTaken()
                return ticket
            }
        } catch {
            // What cannot be recorded is not allowed.
        }
        return nil
    }

    // MARK: Last use

    /// Writes down when tokens were last used, as far as it is not written yet.
    func flushTokenActivity() async {
        let pending = tokenActivity.pending()
        guard !pending.isEmpty else { return }
        let written: Void? = try? await store.transaction { transaction in
            for (use, time) in pending {
                // A tenant that was shredded meanwhile has no rows that open.
                let found = try? transaction.find(TokenRecord.self, use.id, in: use.tenant)
                guard var record = found else { continue }
                record.lastUsed = time
                try transaction.update(record)
            }
        }
        if written != nil { for (use, time) in pending { tokenActivity.wrote(use.id, time) } }
    }
}

extension Principal {
    /// What opens a session for those of `permissions` that the principal has on an inbox; `nil` when it
    /// lacks the first, or acts without a token.
    fileprivate func ticket(
        to inbox: ResourceName, for permissions: [Permission]
    ) -> TokenTicket? {
        let permitted = permissions.filter { AccessControl.allows(self, $0, on: .inbox(inbox)) }
        guard let token, let first = permissions.first, permitted.contains(first) else {
            return nil
        }
        return TokenTicket(id: token, tenant: tenant, inbox: inbox, permissions: permitted)
    }
}

extension TokenRecord {
    /// Whether its time is over.
    func isExpired(at now: Timestamp) -> Bool { expires.map { $0 <= now } ?? false }

    /// Why a token whose text is right is not valid; `nil` when it is.
    fileprivate func invalidity(at now: Timestamp, from source: RequestSource) -> String? {
        if state == .revoked { return "revoked" }
        if isExpired(at: now) { return "expired" }
        if !content.conditions.permit(at: now) { return "not-yet-valid" }
        if !content.conditions.permit(bearerAt: source.addresses) { return "network" }
        if usesLeft == 0 { return "used-up" }
        return nil
    }
}
