internal import Explained
internal import Locking
package import Sodium

/// Keeps access tokens in the slab and renews each in time, one renewal at a time for each key.
///
/// A key is the identity of a secret's version: a new version is a new key. A refused credential is
/// not tried again for `OAuthLimits.refusalMemory`, so that nobody locks an account by retrying.
package final class OAuthTokenCache: Sendable {
    /// When something is.
    package typealias Instant = ContinuousClock.Instant

    private let state = Locked(State())
    private let now: @Sendable () -> Instant

    /// Makes an empty cache that reads the time from `now`.
    package init(now: @escaping @Sendable () -> Instant = { .now }) { self.now = now }

    /// An access token that is good for a while, out of the cache or renewed.
    ///
    /// Who asks while a renewal is under way waits for it and shares its outcome. A renewal that
    /// fails does no harm while the token that is there still lives. Cancelling the task does not
    /// cut a renewal short: the server may have replaced the refresh token already.
    ///
    /// - Parameters:
    ///   - key: The identity of the secret's version.
    ///   - renew: Asks the token endpoint.
    ///   - store: Stores a rotated secret and returns the identity of the version that it became,
    ///     under which the token is kept as well. The token is handed out only after it returns; if
    ///     it throws, the next call stores first and renews nothing.
    /// - Throws: What `renew` throws; `.notStored`.
    package func token(
        for key: String,
        renew: @escaping @Sendable () async throws(OAuthFailure) -> OAuthGrant,
        store: @escaping @Sendable (borrowing SecretBytes) async throws -> String?
    ) async throws(OAuthFailure) -> SecretBytes {
        while true {
            switch look(key) {
            case .found(let token): return try token.copy()
            case .refused(let failure): throw failure
            case .wait:
                guard let failure = await outcome(key) else { continue }
                return try fallback(key, failure).copy()
            case .renew(let held):
                switch await lead(key, held, renew, store) {
                case .success(let token):
                    land(key, nil)
                    return try token.copy()
                case .failure(let failure):
                    land(key, failure)
                    return try fallback(key, failure).copy()
                }
            }
        }
    }

    /// Forgets what is kept under `key`, as after a mail server has refused the token.
    ///
    /// A rotated secret that could not be stored yet is kept.
    package func discard(_ key: String) {
        state.withLock { state in
            if case .held? = state.entries[key]?.content { return }
            state.entries[key] = nil
        }
    }

    /// How many tokens, refusals and unstored secrets are kept.
    package var count: Int { state.withLock { $0.entries.count } }

    /// Renews and stores in a task of its own, whose end it awaits: nothing cancels that one.
    private func lead(
        _ key: String, _ held: Token?,
        _ renew: @escaping @Sendable () async throws(OAuthFailure) -> OAuthGrant,
        _ store: @escaping @Sendable (borrowing SecretBytes) async throws -> String?
    ) async -> Result<Token, OAuthFailure> {
        await Task { () async -> Result<Token, OAuthFailure> in
            do throws(OAuthFailure) {
                return .success(try await renewed(key, held, renew, store))
            } catch {
                return .failure(error)
            }
        }.value
    }

    private func renewed(
        _ key: String, _ held: Token?,
        _ renew: () async throws(OAuthFailure) -> OAuthGrant,
        _ store: (borrowing SecretBytes) async throws -> String?
    ) async throws(OAuthFailure) -> Token {
        let token: Token
        if let held { token = held } else { token = Token(try await renew(), grantedAt: now()) }
        guard token.hasRotatedSecret else {
            keep(.token(token), [key], until: token.end)
            return token
        }
        // Kept before it is stored, so that a failure to store it does not lose it.
        keep(.held(token), [key], until: token.end)
        let successor: String?
        do {
            successor = try await token.store(by: store)
        } catch {
            throw .notStored((error as? any ExplainedError)?.explanation.cause ?? "no reason given")
        }
        let stored = try token.withoutRotatedSecret()
        keep(.token(stored), [key, successor ?? key], until: stored.end)
        guard now() < stored.end else { throw .endedUnstored }
        return stored
    }
}

// MARK: - What is kept

extension OAuthTokenCache {
    private struct State: Sendable {
        var entries: [String: Entry] = [:]
        /// Who waits for the renewal of a key; there is an entry as long as one is under way.
        var flights: [String: [CheckedContinuation<OAuthFailure?, Never>]] = [:]
    }

    private struct Entry: Sendable {
        let content: Content
        /// When it is worth nothing any more.
        let end: Instant
    }

    private enum Content: Sendable {
        case token(Token)
        /// A token whose rotated secret is not stored yet.
        case held(Token)
        case refused(OAuthFailure)
    }

    private enum Finding: Sendable {
        case found(Token)
        case refused(OAuthFailure)
        case wait
        case renew(held: Token?)
    }

    /// What there is for `key`; after `.renew`, the caller is the one who renews.
    private func look(_ key: String) -> Finding {
        let now = now()
        return state.withLock { state in
            if state.flights[key] != nil { return .wait }
            var held: Token?
            switch state.entries[key]?.content {
            case .token(let token) where now < token.renewal: return .found(token)
            case .refused(let failure) where now < (state.entries[key]?.end ?? now):
                return .refused(failure)
            case .held(let token): held = token
            case .token, .refused, nil: break
            }
            state.flights[key] = []
            return .renew(held: held)
        }
    }

    /// The failure of the renewal under way; `nil` to look again.
    private func outcome(_ key: String) async -> OAuthFailure? {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.flights[key] != nil else { return true }
                state.flights[key]?.append(continuation)
                return false
            }
            if isOver { continuation.resume(returning: nil) }
        }
    }

    /// Ends the renewal of `key` and wakes who waits for it.
    private func land(_ key: String, _ failure: OAuthFailure?) {
        if let failure, failure.isCredentialFailure {
            keep(.refused(failure), [key], until: now() + OAuthLimits.refusalMemory)
        }
        let waiters = state.withLock { $0.flights.removeValue(forKey: key) } ?? []
        for waiter in waiters { waiter.resume(returning: failure) }
    }

    /// The token that still lives although its renewal failed.
    private func fallback(_ key: String, _ failure: OAuthFailure) throws(OAuthFailure) -> Token {
        let now = now()
        let token = state.withLock { state -> Token? in
            guard case .token(let token)? = state.entries[key]?.content, now < token.end else {
                return nil
            }
            return token
        }
        guard let token else { throw failure }
        return token
    }

    private func keep(_ content: Content, _ keys: Set<String>, until end: Instant) {
        let now = now()
        state.withLock { state in
            for key in keys { state.entries[key] = Entry(content: content, end: end) }
            while state.entries.count > OAuthLimits.cachedTokens {
                let removable = state.entries.filter { key, entry in
                    if case .held = entry.content { false } else { !keys.contains(key) }
                }
                // What has ended goes first, then what ends first.
                guard
                    let oldest = removable.min(by: {
                        max($0.value.end, now) < max($1.value.end, now)
                    })
                else { break }
                state.entries[oldest.key] = nil
            }
        }
    }
}

/// An access token in the slab that several may hold, and the secret that came with it.
private final class Token: Sendable, Redacted {
    /// When it is to be renewed.
    let renewal: ContinuousClock.Instant
    /// When it ends.
    let end: ContinuousClock.Instant
    private let grant: OAuthGrant

    init(_ grant: consuming OAuthGrant, grantedAt start: ContinuousClock.Instant) {
        end = start + grant.expiresIn
        renewal = end - OAuthLimits.renewalLead
        self.grant = grant
    }

    private init(
        _ grant: consuming OAuthGrant, renewal: ContinuousClock.Instant,
        end: ContinuousClock.Instant
    ) {
        self.renewal = renewal
        self.end = end
        self.grant = grant
    }

    var hasRotatedSecret: Bool { grant.rotatedSecret != nil }

    func copy() throws(OAuthFailure) -> SecretBytes {
        do {
            return try grant.accessToken.copy()
        } catch {
            throw .secureMemory(error)
        }
    }

    /// Hands the rotated secret to whoever stores it.
    func store(
        by store: (borrowing SecretBytes) async throws -> String?
    ) async throws -> String? {
        switch grant.rotatedSecret {
        case .some(let secret): try await store(secret)
        case .none: nil
        }
    }

    func withoutRotatedSecret() throws(OAuthFailure) -> Token {
        Token(
            OAuthGrant(accessToken: try copy(), expiresIn: grant.expiresIn), renewal: renewal,
            end: end)
    }
}
