/// What the driver of a `POP3ServerMachine` does next.
///
/// An action that asks for something is returned again until the method that it names was called.
package enum POP3ServerAction: Sendable, Hashable {
    /// The buffer is used up and may be released: write the output, read, call `next` again.
    case needInput
    /// Much output has gathered: write it, then call `next` again with the same buffer.
    case flush
    /// Write the output, shake hands as TLS server, call `tlsEstablished`; the buffer was emptied.
    case startTLS
    /// Take the password with `withPassword`, then call `loginAccepted` or `loginRefused`.
    case checkPassword(userName: String)
    /// Compare with MD5 of `timestamp` and the user's password, then as for `checkPassword`.
    case checkDigest(userName: String, timestamp: APOPTimestamp, digest: [UInt8])
    /// Get the message at this index of the mailbox, then call `retrieved` or `retrieveFailed`.
    case retrieve(Int)
    /// Delete the messages at these indices, then call `deleted`.
    case delete([Int])
    /// Write the output, then close; what else the client sends is not to be read.
    case close
}

/// One message as a maildrop lists it.
package struct POP3Message: Sendable, Hashable {
    /// Octets with CRLF line ends and before dot-stuffing.
    package let size: Int
    /// The unique identity: 1 to 70 octets of `!`…`~` (RFC 1939 §7).
    package let uniqueID: String

    /// Describes a message.
    package init(size: Int, uniqueID: String) {
        self.size = size
        self.uniqueID = uniqueID
    }
}

/// Why a login is refused, as its response code says (RFC 2449 §8.1, RFC 3206 §3).
package enum POP3LoginRefusal: Sendable, Hashable {
    /// Name and proof do not belong together.
    case credentials
    /// The maildrop cannot be opened now.
    case unavailable
}
