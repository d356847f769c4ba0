/// Every bound that POP3Core puts on what a peer may send, in one table.
///
/// Counts are octets unless a line says otherwise; lines count their CRLF.
package enum POP3Limits {
    // MARK: What a server may send to us

    /// One line of a reply; RFC 2449 §4 asks for 512, real greetings exceed it.
    package static let replyLine = 2048
    /// Lines of one answer to CAPA, its status line and its end included.
    package static let replyLines = 100
    /// Bytes received but not yet parsed into replies.
    package static let unreadReplyBytes = 131_072
    /// A timestamp with its angle brackets: a local part, a domain and what stands between.
    package static let timestamp = 322
    /// Capabilities kept from one answer to CAPA.
    package static let capabilities = 64

    // MARK: What a client may send to us

    /// One command line; RFC 2449 §4 asks for 255, a token as a password needs more.
    package static let commandLine = 1024
    /// A mailbox name in USER and APOP.
    package static let userName = 255
    /// Digits of a message number or a count of lines.
    package static let numberDigits = 9
    /// Refused commands in one session before it is closed.
    package static let errors = 20
    /// Refused logins in one session before it is closed.
    package static let loginFailures = 3
    /// CAPA, USER, STAT, LIST, UIDL, NOOP and RSET between two commands that move mail before the
    /// session is closed.
    package static let idleCommands = 1000
    /// Reply bytes that may gather before they must be written.
    package static let pendingOutput = 32_768
    /// Octets of a message that are dot-stuffed at once.
    package static let contentPiece = 32_768
}
