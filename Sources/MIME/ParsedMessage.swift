/// A message as a reader sees it: headers decoded, text found, attachments listed.
///
/// Whatever the message is, parsing ends with a value or with a `MIMEError` for a passed bound;
/// broken MIME, unknown charsets and cut-off parts give what can be read of them. Parsing holds no
/// state between calls and may run on any number of threads at once: each call has GMime objects
/// of its own, which are freed before it returns. It blocks, so it
/// belongs off the event loop.
package struct ParsedMessage: Sendable, Hashable {
    /// A header field.
    package struct Header: Sendable, Hashable {
        /// The name as written; empty when the line was no field.
        package let name: String
        /// The value, unfolded, its encoded words decoded.
        package let value: String
        /// The value, unfolded, as written.
        package let rawValue: String
    }

    /// A mailbox of an address field; groups are given as their members.
    package struct Address: Sendable, Hashable {
        /// The display name, decoded.
        package let name: String?
        /// The address, its domain in A-labels; whatever stood there, valid or not.
        package let address: String

        /// Joins the two.
        package init(name: String?, address: String) {
            self.name = name
            self.address = address
        }
    }

    /// A part that is neither the text nor the HTML body.
    package struct Attachment: Sendable, Hashable {
        /// What `content(ofPart:in:)` takes.
        package let part: Int
        /// The filename, decoded; not fit for a path.
        package let filename: String?
        /// `type/subtype` in lower case.
        package let contentType: String
        /// The Content-ID without angle brackets.
        package let contentID: String?
        /// Whether the part says that it is shown rather than offered.
        package let isInline: Bool
        /// Octets after decoding.
        package let size: Int
    }

    /// Every header field in its order.
    package internal(set) var headers: [Header] = []
    /// The subject, decoded.
    package internal(set) var subject: String?
    /// The authors.
    package internal(set) var from: [Address] = []
    /// The Sender field.
    package internal(set) var sender: [Address] = []
    /// The Reply-To field.
    package internal(set) var replyTo: [Address] = []
    /// The To field.
    package internal(set) var to: [Address] = []
    /// The Cc field.
    package internal(set) var cc: [Address] = []
    /// The Bcc field, which received mail should not have.
    package internal(set) var bcc: [Address] = []
    /// The Date field in seconds since 1970-01-01T00:00:00Z.
    package internal(set) var date: Int64?
    /// The Message-ID without angle brackets.
    package internal(set) var messageID: String?
    /// The plain text, its newlines LF.
    package internal(set) var text: String?
    /// The HTML, its newlines LF.
    package internal(set) var html: String?
    /// Everything else, in its order.
    package internal(set) var attachments: [Attachment] = []
    /// The first words of the text or of the HTML; at most 250 characters, one line.
    package internal(set) var snippet = ""

    /// Parses a message of at most 50 MiB; linear in its length.
    ///
    /// - Throws: A bound of `MIMELimits`, found before the parser runs.
    package init(_ message: Span<UInt8>) throws(MIMEError) {
        try StructureScan.check(message)
        try GMimeLibrary.start()
        readHeaders(RawHeaders(message))
        try MessageReader.withReader(of: message) { reader throws(MIMEError) in
            try reader.read(into: &self)
        }
        snippet = Snippet.make(text: text, html: html)
    }

    private mutating func readHeaders(_ raw: RawHeaders) {
        headers = raw.fields.map {
            Header(name: $0.name, value: GMimeText.decoded($0.value), rawValue: $0.value)
        }
        for header in headers {
            switch header.name.lowercased() {
            case "subject": if subject == nil { subject = header.value }
            case "from": from += MessageReader.addresses(header.rawValue)
            case "sender": sender += MessageReader.addresses(header.rawValue)
            case "reply-to": replyTo += MessageReader.addresses(header.rawValue)
            case "to": to += MessageReader.addresses(header.rawValue)
            case "cc": cc += MessageReader.addresses(header.rawValue)
            case "bcc": bcc += MessageReader.addresses(header.rawValue)
            default: break
            }
        }
    }

    /// Decodes one attachment.
    ///
    /// - Parameters:
    ///   - part: The number that `attachments` gives.
    ///   - message: The octets that were parsed.
    package static func content(
        ofPart part: Int, in message: Span<UInt8>
    ) throws(MIMEError) -> [UInt8] {
        try StructureScan.check(message)
        try GMimeLibrary.start()
        var content: [UInt8]?
        try MessageReader.withReader(of: message) { reader throws(MIMEError) in
            content = try reader.content(ofPart: part)
        }
        guard let content else { throw .noSuchPart(part) }
        return content
    }
}
