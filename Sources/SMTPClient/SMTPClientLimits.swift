/// Every bound that this target sets, in one table; Transport bounds connecting, SMTPCore, SASL
/// and TLS what a server says.
package enum SMTPClientLimits {
    /// Everything before the end of the message, however slowly the server drips.
    package static let attempt = Duration.seconds(3600)
    /// Octets of a message that are stuffed, encrypted and written at once.
    package static let contentPiece = 32_768
    /// Octets of an AUTH line with its initial response and CRLF (RFC 5321 §4.5.3.1.4); a longer
    /// response waits for the server's challenge (RFC 4954 §4).
    package static let initialResponseLine = 512
    /// Keys of SCRAM that are derived at a time, each on a thread.
    package static let derivations = 2
    /// Sessions that wait for one of these threads; the next one fails for now.
    package static let waitingDerivations = 256
}
