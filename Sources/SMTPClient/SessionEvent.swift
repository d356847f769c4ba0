package import SMTPCore
package import TLS
package import Transport

/// What happens in a session, in order; no event holds a credential.
package enum SessionEvent: Sendable, Hashable {
    /// The connection is being opened.
    case transport(TransportEvent)
    /// The server's first reply.
    case greeting(SMTPReply)
    /// The answer to EHLO, or to HELO, which offers nothing.
    case hello(SMTPCapabilities, afterTLS: Bool)
    /// The handshake is over, also when the server's certificate was refused.
    case tls(TLSPeerFacts)
    /// What must come before the session is over.
    case pop(String, isPassed: Bool)
    /// The mechanisms that the server offers, when one is to be chosen.
    case authOffered([String])
    /// The mechanism that was chosen.
    case authenticating(String)
    /// The reply to the credential that was accepted.
    case authenticated(SMTPReply)
    /// The reply to MAIL.
    case mail(SMTPReply)
    /// A recipient and the reply to its RCPT.
    case recipient(String, SMTPReply)
    /// The content is being written.
    case content
    /// The server took the message.
    case accepted(SMTPReply)
    /// The reply to QUIT, if one came.
    case quit(SMTPReply?)
    /// A line of the dialogue without its line end.
    ///
    /// What proves who the client is, and what the server says of it, reads `[masked]`; content is
    /// one line with its size.
    case line(isSent: Bool, text: String)
}

/// Who is told what happens in a session.
package protocol SessionObserver: Sendable {
    /// Called on the session's loop, which waits for it.
    ///
    /// - Parameter elapsed: Time since the session began.
    func observe(_ event: SessionEvent, at elapsed: Duration)
}
