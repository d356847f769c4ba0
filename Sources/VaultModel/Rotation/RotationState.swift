/// Where one run of `vault rotate` stands (`docs/rotation.md`).
package enum RotationState: String, Sendable, Hashable, Codable, CaseIterable {
    /// The new value is sealed; the provider knows nothing of it.
    case created
    /// The hook was about to run, or has run: which value the provider has is not known.
    case setAttempted = "set_attempted"
    /// The provider should have the new value.
    case set
    /// Every connection has logged in with the new value.
    case tested
    /// Neither value could be shown to be the provider's; both are kept.
    case undecided
    /// The new value is current, the one before still a fallback.
    case grace
    /// The one before is destroyed; the rotation is over.
    case retired
    /// The provider refused the new value, which is destroyed; the old one stayed.
    case failed
    /// Somebody gave the rotation up.
    case aborted
    /// The new value was current, and the one before is again.
    case rolledBack = "rolled_back"

    /// Whether the new value is still pending; a secret has at most one such rotation.
    package var isUnfinished: Bool {
        switch self {
        case .created, .setAttempted, .set, .tested, .undecided: true
        case .grace, .retired, .failed, .aborted, .rolledBack: false
        }
    }

    /// Whether nothing can happen any more.
    package var isOver: Bool { !isUnfinished && self != .grace }

    /// The state after `event`, or `nil` where it cannot happen.
    package func after(_ event: RotationEvent) -> RotationState? {
        switch (self, event) {
        case (.created, .attemptSet), (.setAttempted, .attemptSet), (.undecided, .attemptSet):
            .setAttempted
        case (.created, .finishSet), (.setAttempted, .finishSet): .set
        case (.setAttempted, .setAgain): .created
        case (.setAttempted, .prove), (.set, .prove), (.undecided, .prove): .tested
        case (.setAttempted, .reject), (.set, .reject), (.undecided, .reject): .failed
        case (.setAttempted, .hold), (.set, .hold), (.undecided, .hold): .undecided
        case (.tested, .promote): .grace
        case (.grace, .retire): .retired
        case (.grace, .rollBack): .rolledBack
        case (_, .abort): isUnfinished ? .aborted : nil
        default: nil
        }
    }
}

/// What happens to a rotation; each is one transaction with its audit entry.
package enum RotationEvent: String, Sendable, Hashable, CaseIterable {
    /// The hook is about to run, perhaps again.
    case attemptSet = "attempt"
    /// The provider has taken the new value, or a person has given it to the provider.
    case finishSet = "set"
    /// An interrupted hook has left the old value in place, so it runs again.
    case setAgain = "set-again"
    /// Every connection logs in with the new value, or nothing can prove it and nothing speaks against
    /// it.
    case prove
    /// The new value is refused, and the old one is in place.
    case reject = "fail"
    /// It cannot be told which value is in place.
    case hold
    /// The new value becomes current.
    case promote
    /// The grace period is over.
    case retire
    /// The value before becomes current again.
    case rollBack = "rollback"
    /// The rotation is given up.
    case abort
}
