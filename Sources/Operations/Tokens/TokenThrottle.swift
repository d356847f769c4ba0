internal import Access

/// Counts wrong tokens by accessor and source, and by source alone.
final class TokenThrottle: Sendable {
    private let accessors = AttemptThrottle(rule(AccessLimits.tokenFailures))
    private let sources = AttemptThrottle(rule(AccessLimits.sourceTokenFailures))

    private static func rule(_ failures: Int) -> AttemptThrottle.Rule {
        AttemptThrottle.Rule(
            failures: failures, window: AccessLimits.failureWindow,
            keys: AccessLimits.throttledKeys)
    }

    /// Counts a wrong token; whether there were too many before it.
    ///
    /// Whether the accessor exists makes no difference. Failures elsewhere do not count here.
    func countFailure(of accessor: String, from source: RequestSource) -> Bool {
        let now = ContinuousClock.now
        let delays = [
            accessors.begin("\(source) \(accessor)", at: now),
            sources.begin("\(source)", at: now),
        ]
        return delays.contains { $0 != nil }
    }
}
