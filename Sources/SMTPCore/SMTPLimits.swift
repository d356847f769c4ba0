/// Every bound that SMTPCore puts on what a peer may send, in one table.
///
/// Counts are octets unless a line says otherwise; lines count their CRLF.
package enum SMTPLimits {
    // MARK: What a server may send to us

    /// One reply line; RFC 5321 §4.5.3.1.5 asks for 512, real servers exceed it.
    package static let replyLine = 4096
    /// Lines of one reply.
    package static let replyLines = 100
    /// One reply line while AUTH runs, where the text is a challenge (RFC 4954 §4).
    package static let authReplyLine = authLine
    /// Challenges in one AUTH exchange.
    package static let authRounds = 10
    /// Bytes received but not yet parsed into replies.
    package static let unreadReplyBytes = 262_144
    /// Authentication mechanisms and other words kept from one EHLO answer.
    package static let capabilityWords = 64

    // MARK: What a client may send to us

    /// One command line: 512 of RFC 5321 §4.5.3.1.4 and the room that SIZE, DSN and AUTH= add.
    package static let commandLine = 2048
    /// One AUTH command or response line (RFC 4954 §4).
    package static let authLine = 12_288
    /// Recipients of one transaction unless the configuration says otherwise (RFC 5321: ≥ 100).
    package static let recipients = 1000
    /// Bytes of one message unless the configuration says otherwise.
    package static let messageBytes: UInt64 = 26_214_400
    /// Bytes that are read and thrown away after a message grew past its bound.
    package static let drainBytes: UInt64 = 268_435_456
    /// Refused commands in one session before it is closed.
    package static let errors = 20
    /// NOOP, RSET, VRFY, HELP and EHLO commands between two messages before the session is closed.
    package static let idleCommands = 200
    /// Reply bytes that may gather before they must be written.
    package static let pendingOutput = 16_384
    /// Text of one reply line that a service supplies.
    package static let replyText = 400

    // MARK: Grammar

    /// A path with its angle brackets (RFC 5321 §4.5.3.1.3).
    package static let path = 256
    /// A local part (RFC 5321 §4.5.3.1.1).
    package static let localPart = 64
    /// A domain (RFC 5321 §4.5.3.1.2).
    package static let domain = 255
    /// One label of a domain (RFC 1035 §2.3.4).
    package static let label = 63
    /// The argument of EHLO and HELO.
    package static let helloName = 255
    /// The name of an authentication mechanism (RFC 4422 §3.1).
    package static let mechanism = 20
    /// ENVID before its encoding (RFC 3461 §4.4).
    package static let envelopeID = 100
    /// ORCPT (RFC 3461 §4.2) after its encoding.
    package static let originalRecipient = 500
    /// Parameters of one MAIL or RCPT command.
    package static let parameters = 16
    /// Digits of a SIZE parameter (RFC 1870 §5).
    package static let sizeDigits = 20

    // MARK: What we send

    /// Commands in one pipelined batch (RFC 2920).
    package static let pipelinedCommands = 100
    /// Recipients of one client transaction.
    package static let transactionRecipients = 100_000
}
