/// Every bound on a message that is parsed, in one table; counts are octets unless a line says
/// otherwise.
package enum MIMELimits {
    /// A whole message: 50 MiB.
    package static let message = 52_428_800
    /// One header block, of the message or of a part in it.
    package static let headerBlock = 65_536
    /// Header fields of one block.
    package static let headers = 1_000
    /// Parts: the message, each body part, each message inside it.
    package static let parts = 200
    /// Multiparts and messages inside each other.
    package static let depth = 20
    /// Characters of a snippet.
    package static let snippet = 250
    /// Addresses kept from one header field.
    package static let addresses = 2_000
    /// The name of a charset.
    package static let charsetName = 64
    /// A boundary; RFC 2046 §5.1.1 allows 70.
    package static let boundary = 256
    /// Lines in the whole message that could be delimiters, wherever they stand.
    package static let delimiterLines = 2_000
    /// Different boundaries declared anywhere in the message, in headers or in text.
    package static let boundaries = 500
}
