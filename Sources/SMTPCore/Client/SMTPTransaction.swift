/// One message to hand over: its envelope and what is known of its content.
package struct SMTPTransaction: Sendable, Hashable {
    /// A recipient with its parameters.
    package struct Recipient: Sendable, Hashable {
        package var address: SMTPAddress
        package var parameters: SMTPRecipientParameters

        package init(
            _ address: SMTPAddress, _ parameters: SMTPRecipientParameters = .init()
        ) {
            self.address = address
            self.parameters = parameters
        }
    }

    package var sender: SMTPReversePath
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
    /// RET=, left out where the server offers no DSN.
    package var dsnReturn: DSNReturn?
    /// ENVID=, left out where the server offers no DSN.
    package var envelopeID: String?
    /// AUTH=, left out where the server offers no AUTH.
    package var authSubmitter: SMTPReversePath?

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

    package let address: SMTPAddress
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
}

/// What became of a message, recipient by recipient, in the order given.
package struct SMTPTransactionResult: Sendable, Hashable {
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
