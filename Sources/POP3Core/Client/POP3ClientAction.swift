/// What the driver of a `POP3ClientMachine` does next.
package enum POP3ClientAction: Sendable, Hashable {
    /// Write these bytes; they hold no secret.
    case send([UInt8])
    /// Read, then call `receive`, `closed` or `timedOut`.
    case receive(POP3Phase)
    /// Shake hands as TLS client, then call `tlsEstablished` or `tlsFailed`.
    ///
    /// Bytes read before belong to the clear session and must not reach the TLS session.
    case startTLS
    /// Write `prefix`, the proof and CRLF; then call `proofWritten`, or `abandonAuthentication` if
    /// the proof cannot be made.
    case authenticate(prefix: [UInt8], POP3Proof)
    /// The server accepted the credential; QUIT follows by itself.
    case authenticated(POP3Reply)
    /// The session failed; `close` follows.
    case failed(POP3Failure)
    /// Close the connection; nothing follows.
    case close
}

/// What an authentication line ends with.
package enum POP3Proof: Sendable, Hashable {
    /// The password as it is.
    case password
    /// MD5 of the timestamp and the password, as 32 lower-case hexadecimal digits.
    case digest(APOPTimestamp)
}
