/// The envelope of a message as a server received it.
package struct SMTPEnvelope: Sendable, Hashable {
    /// One accepted RCPT.
    package struct Recipient: Sendable, Hashable {
        /// The argument of RCPT TO.
        package let path: SMTPRecipientPath
        /// Its parameters.
        package let parameters: SMTPRecipientParameters
    }

    /// The argument of MAIL FROM.
    package let sender: SMTPReversePath
    /// The parameters of MAIL FROM.
    package let parameters: SMTPMailParameters
    /// The recipients accepted so far, in order.
    package internal(set) var recipients: [Recipient] = []
    /// Octets of the message after the dots were removed.
    package internal(set) var size: UInt64 = 0
    /// Line ends in the content that were no CRLF; always empty for BDAT, which has no lines.
    package internal(set) var violations: DotUnstuffer.Violations = []
    /// Whether the content came by BDAT.
    package internal(set) var isChunked = false
}
