internal import Access

/// Where people prove who they are: what they fail at is counted here, and passwords wait here for
/// their turn.
///
/// Failures are remembered while the process lives, by account and by source.
final class LoginDesk: Sendable {
    /// Hashes passwords.
    let passwords = PasswordDesk()
    private let throttle: AttemptThrottle

    /// A desk at which nobody failed yet.
    init(rule: AttemptThrottle.Rule = .standard) { throttle = AttemptThrottle(rule) }

    /// Does what only a right credential may.
    ///
    /// It counts as failed from the start, so that attempts side by side cannot get past the rule, and
    /// in the end only if `body` throws ``WrongCredential``: what fails for another reason tells
    /// nothing about the credential.
    ///
    /// - Throws: A `VaultError` when account or source is blocked, and what `body` throws.
    func attempt<R: Sendable>(
        account: String, source: String, _ body: () async throws -> R
    ) async throws -> R {
        try begin(account: account, source: source)
        do {
            let result = try await body()
            throttle.forget(account)
            throttle.withdraw(source)
            return result
        } catch let wrong as WrongCredential {
            throw wrong
        } catch {
            throttle.withdraw(account)
            throttle.withdraw(source)
            throw error
        }
    }

    private func begin(account: String, source: String) throws(VaultError) {
        let now = ContinuousClock.now
        var delay = throttle.begin(account, at: now)
        if delay == nil {
            delay = throttle.begin(source, at: now)
            if delay != nil { throttle.withdraw(account) }
        }
        guard let delay else { return }
        throw VaultError(
            .denied, "throttled", "too many logins failed",
            "try again in \(delay.components.seconds / 60 + 1) minutes")
    }
}

/// What somebody gave to prove who they are does not.
struct WrongCredential: Error {
    /// What the audit log tells of it.
    let reason: String
}
