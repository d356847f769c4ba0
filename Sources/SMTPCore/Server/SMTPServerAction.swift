/// What the driver of an `SMTPServerMachine` does next.
///
/// Ranges speak of the buffer given to the call that returned them. An action that asks for a
/// verdict is returned again until `accept`, `refuse` or the method that it names was called.
package enum SMTPServerAction: Sendable, Hashable {
    /// The buffer is used up and may be released: write the output, read, call `next` again.
    case needInput
    /// Much output has gathered: write it, then call `next` again with the same buffer.
    case flush
    /// Write the output, shake hands as TLS server, call `tlsEstablished`; the buffer was emptied.
    case startTLS
    /// A command that has no other verdict arrived: `accept` lets the machine answer it.
    case consult(SMTPVerb)
    /// Take the response with `withAuthResponse` if there is one, then call `authChallenge`,
    /// `authSucceeded` or `authFailed`.
    case authenticate(mechanism: String, hasInitialResponse: Bool)
    /// The client answered a challenge; as for `authenticate`.
    case authResponse
    /// The client cancelled; it has its reply, and the exchange is to be forgotten.
    case authCancelled
    /// MAIL FROM arrived: `accept` or `refuse`.
    case checkSender(SMTPReversePath, SMTPMailParameters)
    /// RCPT TO arrived: `accept` or `refuse`.
    case checkRecipient(SMTPRecipientPath, SMTPRecipientParameters)
    /// Content is about to come: `accept` when there is a place for it, or `refuse`.
    case beginMessage(SMTPEnvelope)
    /// These bytes of the buffer are the next of the message.
    case content(Range<Int>)
    /// One CR, which no buffer holds, is next in the message.
    case carriageReturn
    /// The message is whole: store it, then call `accept` (with its id as text) or `refuse`.
    case messageComplete(SMTPEnvelope)
    /// What came of the message is of no use; free it. The machine answers the client.
    case messageDiscarded
    /// Write the output, then close; what else the client sends is not to be read.
    case close
}
