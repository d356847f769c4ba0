private import Locking

/// Counts what fails for each key, such as an account or a source, and says how long to wait.
///
/// It has no clock: callers give the moment, from any clock that only goes forward. Its memory is
/// bounded: when there is no more room, the key whose last failure is the oldest is forgotten,
/// after those whose failures no longer count.
package final class AttemptThrottle: Sendable {
    /// How much may fail, how often, and for how many keys that is remembered.
    package struct Rule: Sendable, Hashable {
        /// How many failures within ``window`` block a key.
        package let failures: Int
        /// How long a failure counts.
        package let window: Duration
        /// The most keys that are remembered.
        package let keys: Int

        /// A rule from its parts, each of them more than zero.
        package init(failures: Int, window: Duration, keys: Int) {
            precondition(failures > 0 && window > .zero && keys > 0, "a rule permits something")
            self.failures = failures
            self.window = window
            self.keys = keys
        }

        /// Five failures in fifteen minutes.
        package static let standard = Rule(
            failures: AccessLimits.failures, window: AccessLimits.failureWindow,
            keys: AccessLimits.throttledKeys)
    }

    private let rule: Rule
    private let recent: Locked<[String: [ContinuousClock.Instant]]>

    /// A throttle to which nothing has failed yet.
    package init(_ rule: Rule = .standard) {
        self.rule = rule
        recent = Locked([:])
    }

    /// How long `key` is blocked from `now` on; `nil` when it may be tried.
    package func delay(for key: String, at now: ContinuousClock.Instant) -> Duration? {
        recent.withLock { Self.delay($0[key] ?? [], rule, now) }
    }

    /// Counts a failure of `key`.
    package func recordFailure(of key: String, at now: ContinuousClock.Instant) {
        recent.withLock { recent in
            Self.count(key, in: &recent, rule, now)
        }
    }

    /// Counts an attempt at `key` as a failure in advance, unless it is blocked; gives the delay if
    /// it is.
    ///
    /// Attempts that run side by side cannot get past the rule that way. What succeeds is taken
    /// back with ``withdraw(_:)`` or ``forget(_:)``.
    package func begin(_ key: String, at now: ContinuousClock.Instant) -> Duration? {
        recent.withLock { recent in
            if let delay = Self.delay(recent[key] ?? [], rule, now) { return delay }
            Self.count(key, in: &recent, rule, now)
            return nil
        }
    }

    /// Takes the last failure of `key` back.
    package func withdraw(_ key: String) {
        recent.withLock { recent in
            guard var failures = recent[key] else { return }
            failures.removeLast()
            recent[key] = failures.isEmpty ? nil : failures
        }
    }

    /// Forgets every failure of `key`.
    package func forget(_ key: String) { recent.withLock { $0[key] = nil } }

    /// How many keys are remembered.
    package var count: Int { recent.withLock { $0.count } }

    // MARK: Counting

    /// A key has at most ``Rule/failures`` moments, the oldest first.
    private static func delay(
        _ failures: [ContinuousClock.Instant], _ rule: Rule, _ now: ContinuousClock.Instant
    ) -> Duration? {
        guard failures.count >= rule.failures, let first = failures.first else { return nil }
        let left = rule.window - (now - first)
        return left > .zero ? left : nil
    }

    private static func count(
        _ key: String, in recent: inout [String: [ContinuousClock.Instant]], _ rule: Rule,
        _ now: ContinuousClock.Instant
    ) {
        if recent[key] == nil, recent.count >= rule.keys { makeRoom(in: &recent, rule, now) }
        var failures = recent[key, default: []]
        failures.append(now)
        failures.removeFirst(max(0, failures.count - rule.failures))
        recent[key] = failures
    }

    private static func makeRoom(
        in recent: inout [String: [ContinuousClock.Instant]], _ rule: Rule,
        _ now: ContinuousClock.Instant
    ) {
        recent = recent.filter { _, failures in
            failures.last.map { now - $0 < rule.window } ?? false
        }
        guard recent.count >= rule.keys else { return }
        // A tenth at once, so that a flood of names does not sort the whole for each of them.
        let oldest = recent.sorted { ($0.value.last ?? now) < ($1.value.last ?? now) }
        for (key, _) in oldest.prefix(max(1, rule.keys / 10)) { recent[key] = nil }
    }
}
