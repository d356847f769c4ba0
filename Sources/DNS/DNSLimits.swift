/// Every bound of a look-up in the name service, in one table.
package enum DNSLimits {
    /// A name in text form, without the dot at its end (RFC 1035 §2.3.4), in bytes.
    package static let name = 253
    /// One label (RFC 1035 §2.3.4), in bytes.
    package static let label = 63
    /// Labels of one name, the root left out.
    package static let labels = 127
    /// An answer over UDP that we say we take (RFC 6891 §6.2.5), in bytes.
    package static let datagram = 1232
    /// An answer over TCP, in bytes; its length field could say 65,535.
    package static let stream = 32_768
    /// Resource records that are read of one answer.
    package static let records = 128
    /// Steps from an alias to the next.
    package static let aliases = 8
    /// TXT records that are kept.
    package static let texts = 64
    /// One TXT record with its strings joined, in bytes; a longer one is left out.
    package static let text = 8192
    /// Name servers that are asked.
    package static let servers = 3
    /// How often each server is asked.
    package static let rounds = 2
    /// How long one server is waited for before the next is asked.
    package static let attempt = Duration.seconds(2)
    /// How long a look-up may take unless the caller says otherwise.
    package static let lookup = Duration.seconds(5)
    /// The longest that a caller may allow.
    package static let longestLookup = Duration.seconds(30)
    /// Look-ups that run at the same time.
    package static let concurrentLookups = 16
}
