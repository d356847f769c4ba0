package import SMTPCore

/// A message ready for DATA, with the envelope that belongs to it.
package struct ComposedMessage: Sendable, Hashable {
    /// The message with CRLF newlines, ending in one; no dot is stuffed.
    package let bytes: [UInt8]
    /// The same message with texts of 8 bits as they are, for servers with 8BITMIME; `nil` when it was
    /// not asked for, or no text has octets above 127.
    package let eightBitBytes: [UInt8]?
    /// The Message-ID with its angle brackets.
    package let messageID: String
    /// Whether an octet above 127 occurs in the body, so that 8BITMIME is needed.
    package let needs8Bit: Bool
    /// Whether a header field or an envelope address needs SMTPUTF8 (RFC 6531).
    package let needsSMTPUTF8: Bool
    /// The reverse path: the sender, or the author when no sender is named.
    package let envelopeSender: SMTPAddress
    /// Everyone of To, Cc and Bcc, each address once, in that order.
    package let recipients: [SMTPAddress]

    /// The same message under another envelope sender.
    package func replacingSender(_ sender: SMTPAddress) -> ComposedMessage {
        ComposedMessage(
            bytes: bytes, eightBitBytes: eightBitBytes, messageID: messageID, needs8Bit: needs8Bit,
            needsSMTPUTF8: needsSMTPUTF8 || !sender.isASCII, envelopeSender: sender,
            recipients: recipients)
    }
}
