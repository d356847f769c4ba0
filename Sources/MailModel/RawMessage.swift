package import SMTPCore

/// An `.eml` file that has been checked and made fit for DATA.
///
/// Newlines are CRLF, Bcc is gone, Date and Message-ID are there; every other octet is as it was.
package struct RawMessage: Sendable, Hashable {
    /// The message with CRLF newlines, ending in one.
    package let bytes: [UInt8]
    /// The authors.
    package let from: [MailAddress]
    /// The Sender field, if there is one; there is when From has several authors.
    package let sender: MailAddress?
    /// The Message-ID field, found or added.
    package let messageID: String
    /// Whether an octet above 127 occurs in the body.
    package let needs8Bit: Bool
    /// Whether a header field holds UTF-8 (RFC 6532).
    package let needsSMTPUTF8: Bool
    /// The longest line of the body without CRLF; servers may refuse more than 998.
    package let longestLine: Int
    private let recipientFields: [RecipientField]

    private struct RecipientField: Hashable {
        let name: String
        let text: String
    }

    /// Checks `source` and rewrites what must be.
    ///
    /// Refused are a message over 50 MiB, a header block over 64 KiB or 1,000 fields, lines in it
    /// that are no field, control characters, a CR alone, 8-bit text that is no UTF-8, fields that
    /// may stand once and stand twice, and a From that is not a list of addresses.
    package init(
        checking source: Span<UInt8>, at now: MailTime,
        using generator: inout some RandomNumberGenerator
    ) throws(ComposeError) {
        guard source.count <= MailLimits.message else {
            throw .tooLong(field: "message", limit: MailLimits.message)
        }
        let block = try RawHeaderBlock(source)
        guard let author = block["from"] else { throw .missingHeader(name: "From") }
        from = try MailAddress.list(parsing: author.text, field: "From")
        sender = try block["sender"].map { field throws(ComposeError) in
            try MailAddress(parsing: field.text, field: "Sender")
        }
        guard let first = from.first, from.count == 1 || sender != nil else {
            throw .missingHeader(name: "Sender")
        }
        recipientFields = block.fields.filter { ["to", "cc", "bcc"].contains($0.name) }
            .map { RecipientField(name: $0.name, text: $0.text) }

        var output: [UInt8] = []
        output.reserveCapacity(source.count + source.count / 32 + 256)
        for field in block.fields where field.name != "bcc" && field.name != "resent-bcc" {
            Newlines.append(source.extracting(field.range), to: &output)
            // The last field of a message without body may end without a newline.
            if !output.hasSuffix([0x0D, 0x0A]) { output += [0x0D, 0x0A] }
        }
        needsSMTPUTF8 = !output.allSatisfy { $0 < 0x80 }
        if block["date"] == nil {
            output += ("Date: " + now.headerText + "\r\n").utf8
        }
        if let identifier = block["message-id"] {
            messageID = identifier.text
        } else {
            let made = MessageID(at: now, domain: first.address.domain, using: &generator)
            messageID = made.headerText
            output += ("Message-ID: " + made.headerText + "\r\n").utf8
        }
        output += [0x0D, 0x0A]
        let bodyStart = output.count
        longestLine = Newlines.append(source, from: block.bodyStart, to: &output)
        needs8Bit = !output[bodyStart...].allSatisfy { $0 < 0x80 }
        if !output.hasSuffix([0x0D, 0x0A]) { output += [0x0D, 0x0A] }
        bytes = output
    }

    /// Everyone whom To, Cc and Bcc of the source name, each address once, in that order.
    ///
    /// - Throws: When one of these fields is not a plain list; then the caller names the
    ///   recipients.
    package func headerRecipients() throws(ComposeError) -> [SMTPAddress] {
        var seen: Set<String> = []
        var result: [SMTPAddress] = []
        for name in ["to", "cc", "bcc"] {
            for field in recipientFields where field.name == name && !field.text.isEmpty {
                let title = name.prefix(1).uppercased() + name.dropFirst()
                for mailbox in try MailAddress.list(parsing: field.text, field: title)
                where seen.insert(mailbox.address.comparisonForm).inserted {
                    result.append(mailbox.address)
                }
            }
        }
        guard result.count <= MailLimits.addresses else {
            throw .tooMany(field: "recipients", limit: MailLimits.addresses)
        }
        return result
    }

    /// The message with an envelope; recipients come from its fields when `recipients` is empty.
    package func addressed(
        from envelopeSender: SMTPAddress? = nil, to recipients: [SMTPAddress] = []
    ) throws(ComposeError) -> ComposedMessage {
        let everyone = recipients.isEmpty ? try headerRecipients() : recipients
        guard !everyone.isEmpty else { throw .noRecipients }
        guard let author = envelopeSender ?? (sender ?? from.first)?.address else {
            throw .missingHeader(name: "From")
        }
        return ComposedMessage(
            bytes: bytes, eightBitBytes: nil, messageID: messageID, needs8Bit: needs8Bit,
            needsSMTPUTF8: needsSMTPUTF8 || !author.isASCII || !everyone.allSatisfy(\.isASCII),
            envelopeSender: author, recipients: everyone)
    }
}
