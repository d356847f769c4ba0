/// The envelope of a message as a server received it.
package struct SMTPEnvelope: Sendable, Hashable {
    /// One accepted RCPT.
    package struct Recipient: Sendable, Hashable {
        package let path: SMTPRecipientPath
        package let parameters: SMTPRecipientParameters
    }

    package let sender: SMTPReversePath
    package let parameters: SMTPMailParameters
    package internal(set) var recipients: [Recipient] = []
    /// Octets of the message after the dots were removed.
    package internal(set) var size: UInt64 = 0
    /// Line ends in the content that were no CRLF; always empty for BDAT, which has no lines.
    package internal(set) var violations: DotUnstuffer.Violations = []
    /// Whether the content came by BDAT.
    package internal(set) var isChunked = false
}
