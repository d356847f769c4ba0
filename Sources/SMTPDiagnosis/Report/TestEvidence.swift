package import SMTPCore
package import TLS
package import VaultModel

/// What a running test sees, in order; the names are those of a session's events.
package enum TestEvidence: Sendable, Hashable {
    /// The host's addresses, before the egress rules have judged them.
    case resolved([IPAddress])
    /// An address is being connected to.
    case trying(String)
    /// An address did not take the connection, and why.
    case failed(String, String)
    /// The connection stands.
    case connected(String)
    /// The proxy has connected to the address.
    case proxied(String)
    /// The server's first reply.
    case greeting(SMTPReply)
    /// The answer to EHLO or HELO.
    case hello(SMTPCapabilities, afterTLS: Bool)
    /// The handshake is over, also when the certificate was refused.
    case tls(TLSPeerFacts)
    /// The POP3 session is over.
    case pop(String, isPassed: Bool)
    /// The mechanisms that the server offers.
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
}
