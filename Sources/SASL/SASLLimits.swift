/// Every bound of this target, in bytes.
package enum SASLLimits {
    /// The longest line of Base64, either way, without its line end (RFC 4954 §4.4).
    package static let lineBytes = 12_288
    /// The longest user name or authorization identity (RFC 4616 §2 asks for 255).
    package static let nameBytes = 1_024
    /// The longest password (RFC 4616 §2 asks for 255), which with two names still fits a line.
    package static let passwordBytes = 6_144
    /// The longest host name in a challenge (RFC 1035 §2.3.4).
    package static let hostNameBytes = 255
}
