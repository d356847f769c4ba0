/// One message to hand over: its envelope and what is known of its content.
package struct SMTPTransaction: Sendable, Hashable {
    /// A recipient with its parameters.
    package struct Recipient: Sendable, Hashable {
        /// The mailbox.
        package var address: SMTPAddress
        /// The parameters of its RCPT.
        package var parameters: SMTPRecipientParameters

        /// Joins a mailbox with its parameters.
        package init(
            _ address: SMTPAddress, _ parameters: SMTPRecipientParameters = .init()
        ) {
            self.address = address
            self.parameters = parameters
        }
    }

    /// The argument of MAIL FROM.
    package var sender: SMTPReversePath
    /// The arguments of RCPT TO, in order.
    package var recipients: [Recipient]
    /// Octets of the message with CRLF line ends and before dot-stuffing.
    package var size: UInt64
    /// Whether the content has octets above 127.
    package var needsEightBit = false
    /// Whether the headers are UTF-8 (RFC 6532); an address that is not ASCII needs it anyway.
    package var needsSMTPUTF8 = false
    /// Whether each further hop must use TLS (RFC 8689).
    package var requireTLS = false
    /// Whether one refused recipient stops the message for all.
    package var abortsOnRefusedRecipient = false
    /// The value of MT-PRIORITY (RFC 6710), left out where the server does not offer it.
    package var priority: Int?
    /// The value of RET, left out where the server offers no DSN.
    package var dsnReturn: DSNReturn?
    /// The value of ENVID, left out where the server offers no DSN.
    package var envelopeID: String?
    /// The value of AUTH, left out where the server offers no AUTH.
    package var authSubmitter: SMTPReversePath?

    /// Takes what no transaction can do without.
    package init(sender: SMTPReversePath, recipients: [Recipient], size: UInt64) {
        self.sender = sender
        self.recipients = recipients
        self.size = size
    }

    /// Whether any part of the envelope or the headers needs SMTPUTF8.
    var usesUTF8: Bool {
        needsSMTPUTF8 || !sender.isASCII || recipients.contains { !$0.address.isASCII }
    }

    var wantsDSN: Bool {
        dsnReturn != nil || envelopeID != nil
            || recipients.contains {
                $0.parameters.notify != nil || $0.parameters.originalRecipient != nil
            }
    }
}

/// What became of one recipient.
package struct SMTPRecipientResult: Sendable, Hashable {
    /// The fate of a recipient.
    package enum Status: String, Sendable, Hashable {
        /// The server took the message for this recipient.
        case accepted
        /// Refused for good.
        case rejected
        /// Not taken, and a later attempt may succeed.
        case deferred
        /// The end of the message was sent and no answer came.
        case unknown
        /// Held back because another recipient was refused, or the message cannot be sent at all.
        case notSent = "not_sent"
    }

    /// The recipient.
    package let address: SMTPAddress
    /// Its fate.
    package let status: Status
    /// The reply that decided it.
    package let reply: SMTPReply?
    /// The class of the failure, unless accepted.
    package let failureClass: SMTPFailureClass?

    /// The reply code.
    package var code: SMTPReplyCode? { reply?.code }
    /// The enhanced status code.
    package var enhanced: EnhancedStatusCode? { reply?.enhanced }
    /// The reply's text.
    package var text: String { reply?.text ?? "" }

    /// The same fate with what `change` makes of its reply.
    package func mapReply(_ change: (SMTPReply) -> SMTPReply) -> SMTPRecipientResult {
        SMTPRecipientResult(
            address: address, status: status, reply: reply.map(change), failureClass: failureClass)
    }
}

/// What became of a message, recipient by recipient, in the order given.
package struct SMTPTransactionResult: Sendable, Hashable {
    /// One result for each recipient.
    package let recipients: [SMTPRecipientResult]
    /// The reply to the end of the message, if one came.
    package let reply: SMTPReply?
    /// Why the message was taken for no recipient; `nil` if it was taken for at least one.
    package let failure: SMTPFailure?
    /// Whether notices were asked for and left out because the server offers no DSN.
    package let omittedDSN: Bool

    /// Whether the server took the message for at least one recipient.
    package var isSent: Bool { failure == nil }
}
