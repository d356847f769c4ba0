/// A reply that a service gives instead of the machine's own.
package struct SMTPServerReply: Sendable, Hashable {
    /// The code of the only line.
    package let code: SMTPReplyCode
    /// The enhanced status code, if one is sent.
    package let enhanced: EnhancedStatusCode?
    /// One line of printable ASCII; anything else in it becomes `?`, and what is too long is cut.
    package let text: String

    /// Takes a reply from settings or from another service.
    ///
    /// - Throws: When the code is outside 200…599.
    package init(
        _ code: Int, _ enhanced: EnhancedStatusCode? = nil, _ text: String
    ) throws(SMTPSyntaxError) {
        guard let code = SMTPReplyCode(code) else { throw .badReplyCode }
        self.code = code
        self.enhanced = enhanced
        self.text = text
    }

    private init(known code: UInt16, _ enhanced: (Int, Int, Int), _ text: String) {
        self.code = SMTPReplyCode(known: code)
        self.enhanced = EnhancedStatusCode(enhanced.0, enhanced.1, enhanced.2)
        self.text = text
    }

    /// The service is going down; ends the session.
    package static let shuttingDown = SMTPServerReply(known: 421, (4, 3, 2), "Shutting down")
    /// The client was silent for too long; ends the session.
    package static let timedOut = SMTPServerReply(known: 421, (4, 4, 2), "Timeout, closing")
    /// Too many sessions; ends this one.
    package static let tooBusy = SMTPServerReply(known: 421, (4, 3, 2), "Too busy, try later")
    /// Something failed here that may work later.
    package static let localError = SMTPServerReply(known: 451, (4, 3, 0), "Local error, try later")
    /// There is no room for the message now.
    package static let storageFull = SMTPServerReply(known: 452, (4, 3, 1), "Storage full")
    /// The client asks too often.
    package static let throttled = SMTPServerReply(known: 451, (4, 7, 1), "Slow down, try later")
    /// No such recipient.
    package static let unknownRecipient = SMTPServerReply(known: 550, (5, 1, 1), "No such mailbox")
    /// The sender or recipient is against the rules for this client.
    package static let denied = SMTPServerReply(known: 550, (5, 7, 1), "Not allowed")

    /// Whether the session ends after this reply.
    var closesSession: Bool { code.value == 421 }

    func append(to output: inout [UInt8]) {
        output.append(contentsOf: code.description.utf8)
        output.append(Bytes.space)
        if let enhanced {
            output.append(contentsOf: enhanced.description.utf8)
            output.append(Bytes.space)
        }
        for byte in text.utf8.prefix(SMTPLimits.replyText) {
            output.append(byte.isControl || byte >= 0x80 ? UInt8(ascii: "?") : byte)
        }
        Bytes.append("\r\n", to: &output)
    }
}
