/// What the servers of all connections of a secret say to one of its values.
package enum LoginAnswer: String, Sendable, Hashable, Codable, CaseIterable {
    /// There is none to ask.
    case unasked
    /// Each that was asked took it.
    case accepted
    /// At least one refused it.
    case refused
    /// None refused it, and at least one could not be asked.
    case unknown

    /// The answer of two sets of connections together.
    package func and(_ other: LoginAnswer) -> LoginAnswer {
        switch (self, other) {
        case (.refused, _), (_, .refused): .refused
        case (.unknown, _), (_, .unknown): .unknown
        case (.accepted, _), (_, .accepted): .accepted
        case (.unasked, .unasked): .unasked
        }
    }
}

/// Decides by logins which of two values a provider has.
///
/// No value is tried twice, and none that the provider may hold is given up.
package struct RotationJudgement: Sendable, Hashable {
    /// What is to be done next.
    package enum Step: Sendable, Hashable {
        /// Log in with the new value.
        case askNew
        /// Log in with the old value.
        case askOld
        /// It is decided.
        case decided(RotationEvent)
    }

    /// Whether a hook may have changed the password at the provider.
    package var isProviderTouched: Bool
    /// Whether it said that the new value is in force.
    package var isSetKnown: Bool
    /// Whether it was cut off and has not run since: it may run again.
    package var isInterrupted: Bool
    /// Whether the new value takes the old one's place at once, and whether it did is not known.
    package var isOverwriteUncertain: Bool
    /// What the servers say to the new value, once they were asked.
    package var new: LoginAnswer?
    /// What they say to the old one, once they were asked.
    package var old: LoginAnswer?

    /// A judgement without any answer yet.
    package init(
        isProviderTouched: Bool, isSetKnown: Bool, isInterrupted: Bool, isOverwriteUncertain: Bool
    ) {
        self.isProviderTouched = isProviderTouched
        self.isSetKnown = isSetKnown
        self.isInterrupted = isInterrupted
        self.isOverwriteUncertain = isOverwriteUncertain
    }

    /// The next step by the answers so far.
    package var next: Step {
        // Where one value takes the other's place, the old one tells without a refusal.
        if isOverwriteUncertain, new == nil {
            guard let old else { return .askOld }
            if old == .accepted { return .decided(.setAgain) }
        }
        guard let new else { return .askNew }
        if new == .accepted { return .decided(.prove) }
        if new == .unasked {
            // With nobody to ask, there is only the word of who typed the value, or of the hook.
            guard isProviderTouched, !isSetKnown else { return .decided(.prove) }
            return .decided(isInterrupted ? .attemptSet : .hold)
        }
        // Who typed the value has it still: it is not needed here.
        guard isProviderTouched else { return .decided(.reject) }
        guard new == .refused else { return .decided(.hold) }
        guard let old else { return .askOld }
        return .decided(old == .accepted ? .reject : .hold)
    }
}
