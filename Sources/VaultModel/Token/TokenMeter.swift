/// What a token has used of its rate and its daily limit.
///
/// It is kept with the token, so that neither a new process nor a crash gives any of it back.
package struct TokenMeter: Hashable, Sendable, Codable {
    /// When all messages so far have been paid for at the token's rate, in microseconds since
    /// 1970: the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371 §A.1).
    package private(set) var paidUntil: Int64 = 0
    /// The day in UTC that `messages` counts, in days since 1970.
    package private(set) var day: Int64 = 0
    /// The messages of that day.
    package private(set) var messages = 0

    /// A meter that has counted nothing.
    package init() {}

    /// Counts a message at `now`, unless the conditions forbid one more; then it says why.
    ///
    /// The rate lets as many messages through at once as it names, and regains them evenly. A clock
    /// that was set back regains one message at most, and the rate goes on from there.
    package mutating func count(
        under conditions: TokenConditions, at now: Timestamp
    ) -> TokenRefusal? {
        var next = self
        if let daily = conditions.daily {
            let today = max(day, now.milliseconds / 86_400_000)
            if today > day { next.messages = 0 }
            next.day = today
            guard next.messages < daily else {
                return .daily(daily, until: Timestamp(milliseconds: (today + 1) * 86_400_000))
            }
            next.messages += 1
        }
        if let rate = conditions.rate {
            let capacity = rate.interval * Int64(rate.count)
            let present = now.milliseconds * 1000
            // More is never paid than all at once: the clock was set back.
            let isAhead = paidUntil > present + capacity
            let paid = isAhead ? present + capacity - rate.interval : max(paidUntil, present)
            guard paid + rate.interval <= present + capacity else {
                let wait = paid + rate.interval - present - capacity
                return .rate(
                    rate, until: Timestamp(milliseconds: now.milliseconds + (wait + 999) / 1000))
            }
            next.paidUntil = paid + rate.interval
        }
        self = next
        return nil
    }
}
