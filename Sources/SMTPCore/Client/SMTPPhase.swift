/// The step of a client session that is running: what a failure names and a deadline depends on.
package enum SMTPPhase: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// A session with a POP3 server that the SMTP server demands first.
    case pop
    case connect
    case greeting
    case ehlo
    case startTLS = "starttls"
    case tls
    case auth
    case mail
    case rcpt
    case data
    /// The content of the message is being written.
    case content
    /// The end of the message was written: the server may have taken it.
    case dot
    case rset
    case noop
    case quit

    package var description: String { rawValue }
}

/// How long a client waits in each phase (RFC 5321 §4.5.3.2).
///
/// Before the final dot the waits are shorter than the RFC's, since a retry is safe there; after it
/// they are as long, since giving up early makes duplicates.
package struct SMTPTimeouts: Sendable, Hashable {
    /// Connecting, over all addresses.
    package var connect = Duration.seconds(30)
    /// The TLS handshake.
    package var tls = Duration.seconds(15)
    /// Each reply before the content.
    package var request = Duration.seconds(60)
    /// Progress while the content is written.
    package var write = Duration.seconds(60)
    /// The reply to the end of the message.
    package var dataDone = Duration.seconds(600)
    /// RSET, NOOP and QUIT, whose outcome changes no result.
    package var courtesy = Duration.seconds(2)

    /// The defaults.
    package init() {}

    /// The deadline of `phase`.
    package func limit(for phase: SMTPPhase) -> Duration {
        switch phase {
        case .pop, .connect: connect
        case .tls: tls
        case .greeting, .ehlo, .startTLS, .auth, .mail, .rcpt: request
        case .data: max(request, .seconds(120))
        case .content: write
        case .dot: dataDone
        case .rset, .noop, .quit: courtesy
        }
    }
}
