/// What the driver of an `SMTPClientMachine` does next.
package enum SMTPClientAction: Sendable, Hashable {
    /// Write these bytes; they hold no secret.
    case send([UInt8])
    /// Read, then call `receive`, `closed` or `timedOut`.
    case receive(SMTPPhase)
    /// Shake hands as TLS client, then call `tlsEstablished` or `tlsFailed`.
    ///
    /// Bytes read before belong to the clear session and must not reach the TLS session.
    case startTLS
    /// Write `prefix`, a space and the initial response if the mechanism has one, CRLF; then call
    /// `authLineWritten`. Call `abandonAuthentication` instead if the response cannot be made.
    case authenticate(mechanism: String, prefix: [UInt8])
    /// Answer the challenge (base64) with one line and CRLF; then call `authLineWritten`, or
    /// `abandonAuthentication`.
    case authContinue(challengeBase64: [UInt8])
    /// The server accepted the credential.
    case authenticated(SMTPReply)
    /// The session is usable: call `send`, `ping` or `quit`.
    case ready(SMTPCapabilities)
    /// Write the content, record durably that its end is about to be sent, call `endWillBeSent`,
    /// write the end, call `bodySent`.
    ///
    /// The end is `DotStuffer.finish()` or, when counted, at least the last octet.
    case sendBody(SMTPBodyFraming)
    /// The transaction is over; the session may go on.
    case transactionDone(SMTPTransactionResult)
    /// The session failed outside a transaction; `close` follows.
    case failed(SMTPFailure)
    /// Close the connection; nothing follows.
    case close
}

/// How the driver frames the content of a message.
package enum SMTPBodyFraming: Sendable, Hashable {
    /// Through a `DotStuffer`.
    case dotStuffed
    /// Exactly this many octets with CRLF line ends, as they are.
    case counted(UInt64)
}
