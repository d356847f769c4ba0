/// Every bound of this target, in bytes unless the name says otherwise.
package enum SASLLimits {
    /// The longest line of Base64, either way, without its line end (RFC 4954 §4.4).
    package static let lineBytes = 12_288
    /// The longest user name or authorization identity (RFC 4616 §2 asks for 255), also with the
    /// escapes of SCRAM and OAUTHBEARER.
    package static let nameBytes = 1_024
    /// The longest password (RFC 4616 §2 asks for 255) or access token, which with two names still
    /// fits a line.
    package static let passwordBytes = 6_144
    /// The longest host name in a challenge (RFC 1035 §2.3.4).
    package static let hostNameBytes = 255
    /// The longest nonce of SCRAM, the parts of both sides together.
    package static let nonceBytes = 1_024
    /// The longest salt of SCRAM.
    package static let saltBytes = 1_024
    /// The iterations that a server may ask for: fewer protect no password that is overheard
    /// (RFC 7677 §4), more would keep a thread for longer than a second or two.
    package static let iterations = 4_096...1_000_000
    /// Attributes of one SCRAM message.
    package static let attributes = 16
    /// The longest status that is kept of the error of XOAUTH2 and OAUTHBEARER.
    package static let statusBytes = 64
}
