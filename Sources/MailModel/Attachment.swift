/// A file that travels with a message.
package struct Attachment: Sendable, Hashable {
    /// How a reader shows the file.
    package enum Disposition: String, Sendable, Hashable {
        /// Offered for saving.
        case attachment
        /// Shown where the HTML part names its Content-ID.
        case inline
    }

    /// The name to save it by; up to 255 octets of UTF-8.
    package var filename: String?
    /// The media type, such as `application/pdf`.
    package var contentType: ContentType
    /// The content, sent byte for byte (a `message/*` one with its newlines made CRLF).
    package var bytes: [UInt8]
    /// Whether it is offered or shown.
    package var disposition: Disposition
    /// The identifier that `cid:` URLs name, without angle brackets.
    package var contentID: String?

    /// Collects the values; composing checks them.
    package init(
        filename: String?, contentType: ContentType = .octetStream, bytes: [UInt8],
        disposition: Disposition = .attachment, contentID: String? = nil
    ) {
        self.filename = filename
        self.contentType = contentType
        self.bytes = bytes
        self.disposition = disposition
        self.contentID = contentID
    }
}
