package import POP3Core
package import TLS

/// What became of one login; it holds no credential.
package struct POP3Report: Sendable {
    /// How the session ended.
    package enum Outcome: Sendable, Hashable {
        /// The server accepted the credential.
        case done
        /// Why not; the class says what that means for the next attempt.
        case failed(POP3Failure)
    }

    /// How the session ended.
    package let outcome: Outcome
    /// The server's first line.
    package let greeting: POP3Reply?
    /// The reply that accepted the credential, or the one that decided a failure.
    package let finalReply: POP3Reply?
    /// What the server offered last: after TLS if there is any.
    package let capabilities: POP3Capabilities
    /// What is known of the server's TLS, also when its certificate was refused; `nil` in clear.
    package let tls: TLSPeerFacts?
    /// When the session began.
    package let startedAt: ContinuousClock.Instant
    /// When the login began: what a provider's interval is counted from; `nil` if it never did.
    package let authenticationStartedAt: ContinuousClock.Instant?
    /// How long the session took, connecting and QUIT included.
    package let elapsed: Duration

    /// The failure, if the outcome is one.
    package var failure: POP3Failure? {
        switch outcome {
        case .done: nil
        case .failed(let failure): failure
        }
    }
}
