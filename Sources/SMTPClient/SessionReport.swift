package import SMTPCore
package import TLS

/// What became of one session; it holds no credential.
package struct SessionReport: Sendable {
    /// How the session ended.
    package enum Outcome: Sendable, Hashable {
        /// The login succeeded, or the server took the message for at least one recipient.
        case done
        /// Why not; the class says what that means for the next attempt.
        case failed(SMTPFailure)
    }

    package let outcome: Outcome
    /// What became of each recipient, in the order given; empty when the session ended before the
    /// transaction began, so that the outcome counts for all of them.
    package let recipients: [SMTPRecipientResult]
    /// The reply to the end of the message, or the one that decided a failure.
    package let finalReply: SMTPReply?
    /// What is known of the server's TLS, also when its certificate was refused; `nil` in clear.
    package let tls: TLSPeerFacts?
    /// The mechanism that AUTH was tried with.
    package let mechanism: String?
    /// Whether the server accepted the credential.
    package let isAuthenticated: Bool
    /// When the session began.
    package let startedAt: ContinuousClock.Instant
    /// How long it took, connecting and QUIT included.
    package let elapsed: Duration
    /// What the server offered last: after TLS if there is any.
    package let capabilities: SMTPCapabilities
    /// Whether the server offered STARTTLS, after which its absence is suspicious.
    package let hasOfferedStartTLS: Bool
    /// Whether notices were asked for and left out because the server offers no DSN.
    package let omittedDSN: Bool

    package init(
        outcome: Outcome, recipients: [SMTPRecipientResult] = [], finalReply: SMTPReply? = nil,
        tls: TLSPeerFacts? = nil, mechanism: String? = nil, isAuthenticated: Bool = false,
        startedAt: ContinuousClock.Instant, elapsed: Duration,
        capabilities: SMTPCapabilities = SMTPCapabilities(), hasOfferedStartTLS: Bool = false,
        omittedDSN: Bool = false
    ) {
        self.outcome = outcome
        self.recipients = recipients
        self.finalReply = finalReply
        self.tls = tls
        self.mechanism = mechanism
        self.isAuthenticated = isAuthenticated
        self.startedAt = startedAt
        self.elapsed = elapsed
        self.capabilities = capabilities
        self.hasOfferedStartTLS = hasOfferedStartTLS
        self.omittedDSN = omittedDSN
    }

    /// The failure, if the outcome is one.
    package var failure: SMTPFailure? {
        switch outcome {
        case .done: nil
        case .failed(let failure): failure
        }
    }
}
