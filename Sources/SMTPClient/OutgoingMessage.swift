package import SMTPCore

/// One message and its envelope.
package struct OutgoingMessage: Sendable {
    /// The envelope sender; `nil` for the null path of notices.
    package var sender: SMTPAddress?
    /// The envelope recipients, 1 to `SMTPLimits.transactionRecipients`.
    package var recipients: [SMTPAddress]
    /// The message of RFC 5322 with CRLF line ends, not dot-stuffed.
    package var content: [UInt8]
    /// The same message with octets above 127, which goes where the server offers 8BITMIME.
    package var eightBitContent: [UInt8]?
    /// Whether the content has octets above 127.
    package var is8Bit: Bool
    /// Whether the headers are UTF-8 (RFC 6532).
    package var needsSMTPUTF8: Bool

    package init(
        sender: SMTPAddress?, recipients: [SMTPAddress], content: [UInt8],
        eightBitContent: [UInt8]? = nil, is8Bit: Bool = false, needsSMTPUTF8: Bool = false
    ) {
        self.sender = sender
        self.recipients = recipients
        self.content = content
        self.eightBitContent = eightBitContent
        self.is8Bit = is8Bit
        self.needsSMTPUTF8 = needsSMTPUTF8
    }

    /// The message as a server gets it: of 8 bits where there is such a form and the server takes it.
    func form(for capabilities: SMTPCapabilities) -> OutgoingMessage {
        guard let eightBitContent, capabilities.eightBitMIME else { return self }
        var message = self
        message.content = eightBitContent
        message.eightBitContent = nil
        message.is8Bit = true
        return message
    }

    /// What the SMTP machine needs to know of it.
    func transaction(_ plan: SessionPlan) -> SMTPTransaction {
        var transaction = SMTPTransaction(
            sender: sender.map { .mailbox($0) } ?? .null,
            recipients: recipients.map {
                SMTPTransaction.Recipient($0, Self.parameters($0, plan.dsn))
            },
            size: UInt64(content.count))
        transaction.needsEightBit = is8Bit
        transaction.needsSMTPUTF8 = needsSMTPUTF8
        transaction.requireTLS = plan.requireTLSChain
        transaction.priority = plan.priority
        transaction.abortsOnRefusedRecipient = plan.abortsOnRefusedRecipient
        transaction.dsnReturn = plan.dsn?.returns
        transaction.envelopeID = plan.dsn?.envelopeID
        transaction.authSubmitter = plan.mailAuth
        return transaction
    }

    /// NOTIFY, and ORCPT for what a notice calls the recipient.
    private static func parameters(
        _ recipient: SMTPAddress, _ dsn: DSNRequest?
    ) -> SMTPRecipientParameters {
        var parameters = SMTPRecipientParameters()
        guard let notify = dsn?.notify else { return parameters }
        parameters.notify = notify
        if recipient.isASCII {
            parameters.originalRecipient = SMTPOriginalRecipient(address: recipient.wireForm)
        }
        return parameters
    }
}
