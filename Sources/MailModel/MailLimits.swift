/// Every bound of composing, in one table; counts are octets of UTF-8 unless a line says otherwise.
package enum MailLimits {
    /// A whole message, composed or raw: 50 MiB.
    package static let message = 52_428_800
    /// The header block of a raw message.
    package static let headerBlock = 65_536
    /// Header fields of a raw message.
    package static let rawHeaders = 1_000
    /// Custom header fields of a draft.
    package static let customHeaders = 100
    /// The name of a header field.
    package static let headerName = 76
    /// The text of one header field before it is encoded.
    package static let headerText = 16_384
    /// A subject before it is encoded.
    package static let subject = 16_384
    /// A display name.
    package static let displayName = 512
    /// A list of addresses given as one text.
    package static let addressText = 65_536
    /// Addresses of `to`, `cc` and `bcc` together.
    package static let addresses = 1_000
    /// Addresses of `replyTo`.
    package static let replyTo = 10
    /// Attachments, inline ones included.
    package static let attachments = 100
    /// The filename of an attachment.
    package static let filename = 255
    /// A media type with its parameters.
    package static let contentType = 255
    /// A Content-ID or Message-ID without its angle brackets.
    package static let identifier = 250
    /// A folded line that can be broken, without CRLF (RFC 5322 §2.1.1).
    package static let foldedLine = 78
    /// A line with an encoded word, without CRLF (RFC 2047 §2).
    package static let encodedWordLine = 76
    /// One encoded word (RFC 2047 §2).
    package static let encodedWord = 75
    /// Any line, without CRLF (RFC 5322 §2.1.1).
    package static let line = 998
}
