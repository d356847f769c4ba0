internal import Access
private import Locking
internal import VaultModel
internal import VaultStore

/// What one request takes from the token that it is made with: a use, and what it sends.
///
/// It is taken in the request's own transaction. A request that is refused, or fails before its
/// first entry in the audit log, takes nothing. What a token has less than without bound is taken
/// from every token above it too, so that narrowing multiplies nothing.
final class TokenUse: Sendable {
    private let token: TokenAuthority?
    private let tenant: TenantID
    private let vault: VaultService
    private struct State: Sendable {
        var isTaken = false
        var writesTime = false
    }
    private let state = Locked(State())
    /// When the request was made.
    private let now = Timestamp.now

    /// What a request of `principal` takes; nothing when it is no token's.
    init(of principal: Principal, in vault: VaultService) {
        if case .token(let token) = principal.authority { self.token = token } else { token = nil }
        tenant = principal.tenant
        self.vault = vault
    }

    /// Counts the use, unless the request has before, and the message if it sends one.
    ///
    /// - Throws: `VaultError.unauthenticated` when the token has become invalid meanwhile,
    ///   `TokenRefusal` when it may not send one more message now.
    func take(in transaction: StoreTransaction, message: Bool) throws {
        guard let token else { return }
        let isFirst = !state.withLock { $0.isTaken }
        let takesUse = isFirst && token.conditions.uses != nil
        let takesMessage = message && token.conditions.countsMessages
        let writesTime = isFirst && vault.tokenActivity.isDue(token.id, at: now)
        guard takesUse || takesMessage || writesTime else { return }
        state.withLock { $0.writesTime = true }
        guard let record = try transaction.find(TokenRecord.self, token.id, in: tenant),
            record.state == .active
        else { throw VaultError.unauthenticated }
        let chain = takesUse || takesMessage ? try transaction.chain(of: record) : [record]
        for link in chain {
            var next = link
            if takesUse, let left = link.usesLeft {
                guard left > 0 else { throw VaultError.unauthenticated }
                next.usesLeft = left - 1
            }
            if takesMessage {
                let conditions = link.content.conditions
                let refusal = next.content.meter.count(under: conditions, at: now)
                if let refusal { throw refusal }
            }
            if link.id == token.id { next.lastUsed = now }
            try transaction.update(next)
        }
    }

    /// Remembers that the transaction which counted is on the disk.
    func isTaken() {
        guard let token else { return }
        let wroteTime = state.withLock { state in
            defer { state = State(isTaken: true) }
            return state.writesTime
        }
        if wroteTime { vault.tokenActivity.wrote(token.id, now) }
    }

    /// Counts the use of a request that was answered without a transaction of its own.
    func finish() async throws {
        guard let token, token.conditions.uses != nil, !state.withLock({ $0.isTaken }) else {
            return
        }
        try await vault.store.transaction { try self.take(in: $0, message: false) }
        isTaken()
    }
}
