/// One reply of a session and what it answers.
package struct SMTPObservation: Sendable, Hashable {
    /// The step that was running.
    package let phase: SMTPPhase
    /// What the server said.
    package let reply: SMTPReply
    /// Whom a reply to RCPT is about.
    package let recipient: SMTPAddress?
}
