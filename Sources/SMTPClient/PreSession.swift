package import EventLoop
package import SMTPCore

/// What must succeed before an SMTP server is connected to: a session with its POP3 server, which
/// then knows the client's address (POP before SMTP).
///
/// Both sessions must come from the same address, so `run` uses the plan's source address and
/// proxy.
package struct PreSession: Sendable {
    /// How it ended.
    package enum Outcome: Sendable, Hashable {
        /// The server accepted the credential; authentication began at that moment.
        case passed(authenticationBegan: ContinuousClock.Instant, text: String)
        /// It did not; the text says why, without secrets.
        case failed(SMTPFailureClass, String)
    }

    /// From the beginning of its authentication to the connection with the SMTP server.
    package var interval: Duration
    /// Runs it, on the loop, once for each SMTP session.
    package var run: @Sendable (EventLoop) async -> Outcome

    /// Runs `run` and waits.
    package init(
        interval: Duration, run: @escaping @Sendable (EventLoop) async -> Outcome
    ) {
        self.interval = interval
        self.run = run
    }
}
