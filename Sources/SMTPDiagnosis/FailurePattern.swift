package import SMTPCore
package import VaultModel

/// Which failures an entry is about; an empty part says nothing.
package struct FailurePattern: Sendable {
    /// The steps that may have failed.
    package var phases: Set<SMTPPhase> = []
    /// What the failure may mean for the next attempt.
    package var classes: Set<SMTPFailureClass> = []
    /// The reasons.
    package var reasons: Set<SMTPFailureReason> = []
    /// The reply codes.
    package var codes: Set<UInt16> = []
    /// The enhanced status codes, `x` standing for any number: `5.7.8`, `4.7.x`.
    package var enhanced: [String] = []
    /// Groups of fragments in lower case: of each group, one must occur.
    package var texts: [[String]] = []
    /// What a lower layer found wrong.
    package var faults: Set<FaultKind> = []
    /// The provider whose server it is.
    package var provider: ProviderName?
    /// The ports connected to.
    package var ports: Set<Int> = []
    /// When TLS was to begin.
    package var protections: Set<TransportDecision.Protection> = []
    /// How the session was to prove who it is.
    package var authMode: ConnectionSettings.AuthMode?

    /// How much the pattern says: of two that match, the one that says more wins.
    ///
    /// Words outweigh numbers, since servers choose their words with more care than their codes,
    /// except for enhanced codes that have one meaning alone; the step and the class decide between
    /// equals.
    package var weight: Int {
        var weight = texts.count * 40 + (faults.isEmpty ? 0 : 30)
        weight += (provider == nil ? 0 : 16)
        weight += enhanced.isEmpty ? 0 : enhanced.allSatisfy(Self.hasOneMeaning) ? 60 : 12
        weight += (codes.isEmpty ? 0 : 8) + (reasons.isEmpty ? 0 : 6)
        weight += (ports.isEmpty ? 0 : 4) + (protections.isEmpty ? 0 : 4)
        weight += (authMode == nil ? 0 : 4) + (phases.isEmpty ? 0 : 2)
        // Nothing matters more than that the message may have been taken.
        if classes.contains(.ambiguous) { return weight + 1000 }
        return weight + (classes.isEmpty ? 0 : 1)
    }

    /// Whether everything that the pattern says holds.
    func matches(_ facts: FailureFacts) -> Bool {
        let failure = facts.failure
        guard phases.isEmpty || phases.contains(failure.phase),
            classes.isEmpty || classes.contains(failure.failureClass),
            reasons.isEmpty || reasons.contains(failure.reason),
            codes.isEmpty || failure.reply.map({ codes.contains($0.code.value) }) ?? false,
            faults.isEmpty || facts.fault.map(faults.contains) ?? false,
            provider == nil || provider == facts.provider,
            ports.isEmpty || facts.context.port.map(ports.contains) ?? false,
            protections.isEmpty || facts.context.protection.map(protections.contains) ?? false,
            authMode == nil || authMode == facts.context.authMode,
            enhanced.isEmpty || facts.hasEnhanced(oneOf: enhanced)
        else { return false }
        return texts.allSatisfy { group in group.contains(where: facts.text.contains) }
    }

    /// Whether an enhanced code's last number is 20 or more: those were given to one cause each,
    /// by a late standard (RFC 7372) or by one provider.
    private static func hasOneMeaning(_ enhanced: String) -> Bool {
        enhanced.split(separator: ".").last.flatMap { Int($0) }.map { $0 >= 20 } ?? false
    }
}
