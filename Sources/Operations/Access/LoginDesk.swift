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

    /// Counts a login as failed until it is known better; an error when account or source is
    /// blocked.
    func begin(account: String, source: String) throws(VaultError) {
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

    /// Takes a login's count back: of the account all, of the source its own.
    func succeed(account: String, source: String) {
        throttle.forget(account)
        throttle.withdraw(source)
    }
}
