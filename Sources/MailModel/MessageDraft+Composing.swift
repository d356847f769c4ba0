internal import SMTPCore

extension MessageDraft {
    /// Checks the draft and writes the message.
    ///
    /// Bcc is in the envelope and never in the message. Date and Message-ID are always written.
    ///
    /// - Parameters:
    ///   - now: The caller's clock: Date when the draft has none, and the Message-ID's timestamp.
    ///   - generator: The source of Message-IDs and boundaries; must not be guessable.
    /// - Throws: The first fault, naming its field.
    package func compose(
        at now: MailTime, using generator: inout some RandomNumberGenerator
    ) throws(ComposeError) -> ComposedMessage {
        try checkCounts()
        let recipients = envelopeRecipients
        guard !recipients.isEmpty else { throw .noRecipients }
        let identifier =
            if let messageID {
                try MessageID(parsing: messageID, field: "messageID")
            } else {
                MessageID(at: now, domain: from.address.domain, using: &generator)
            }
        var fields = try originFields(at: now, identifier)
        fields += try customFields()
        fields.append(try HeaderField(name: "MIME-Version", structured: "1.0", field: "headers"))
        let body = try BodyPart(of: self, using: &generator)
        let bytes = try Self.joined(fields, body)
        var eightBitBytes: [UInt8]?
        if hasEightBitForm {
            let plain = try BodyPart(of: self, isEightBit: true, using: &generator)
            if plain.is8Bit { eightBitBytes = try Self.joined(fields, plain) }
        }
        let sender = (sender ?? from).address
        return ComposedMessage(
            bytes: bytes, eightBitBytes: eightBitBytes, messageID: identifier.headerText,
            needs8Bit: body.is8Bit,
            needsSMTPUTF8: !sender.isASCII || !recipients.allSatisfy(\.isASCII)
                || fields.contains { !$0.wireForm.allSatisfy { $0 < 0x80 } },
            envelopeSender: sender, recipients: recipients)
    }

    private static func joined(
        _ fields: [HeaderField], _ body: BodyPart
    ) throws(ComposeError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.estimatedCount + 1_024)
        for field in fields { bytes += field.wireForm }
        body.append(to: &bytes)
        if !bytes.hasSuffix([0x0D, 0x0A]) { bytes += [0x0D, 0x0A] }
        guard bytes.count <= MailLimits.message else {
            throw .tooLong(field: "message", limit: MailLimits.message)
        }
        return bytes
    }

    private func checkCounts() throws(ComposeError) {
        let limits: [(String, Int, Int)] = [
            ("recipients", to.count + cc.count + bcc.count, MailLimits.addresses),
            ("replyTo", replyTo.count, MailLimits.replyTo),
            ("attachments", attachments.count, MailLimits.attachments),
            ("headers", headers.count, MailLimits.customHeaders),
        ]
        for (field, count, limit) in limits where count > limit {
            throw .tooMany(field: field, limit: limit)
        }
        let content =
            (text?.utf8.count ?? 0) + (html?.utf8.count ?? 0)
            + attachments.reduce(0) { $0 + $1.bytes.count }
        guard content <= MailLimits.message else {
            throw .tooLong(field: "message", limit: MailLimits.message)
        }
    }

    private var envelopeRecipients: [SMTPAddress] {
        var seen: Set<String> = []
        return (to + cc + bcc).map(\.address).filter { seen.insert($0.comparisonForm).inserted }
    }

    /// Date to Message-ID, in the order of RFC 5322 §3.6.
    private func originFields(
        at now: MailTime, _ identifier: MessageID
    ) throws(ComposeError) -> [HeaderField] {
        var fields = [
            try HeaderField(
                name: "Date", structured: (date ?? now).headerText, field: "date"),
            try HeaderField(name: "From", addresses: [from], charset: charset, field: "from"),
        ]
        if let sender, sender != from {
            fields.append(
                try HeaderField(
                    name: "Sender", addresses: [sender], charset: charset, field: "sender"))
        }
        for (name, list, field) in [
            ("Reply-To", replyTo, "replyTo"), ("To", to, "to"), ("Cc", cc, "cc"),
        ] where !list.isEmpty {
            fields.append(
                try HeaderField(name: name, addresses: list, charset: charset, field: field))
        }
        fields.append(
            try HeaderField(
                name: "Subject", text: subject, limit: MailLimits.subject, charset: charset,
                field: "subject"))
        fields.append(
            try HeaderField(
                name: "Message-ID", structured: identifier.headerText, field: "messageID"))
        return fields
    }

    private func customFields() throws(ComposeError) -> [HeaderField] {
        var fields: [HeaderField] = []
        var seen: Set<String> = []
        for (index, header) in headers.enumerated() {
            let place = "headers[\(index)]"
            try HeaderField.checkName(header.name, field: place + ".name")
            let name = header.name.asciiLowerCased
            guard !ReservedHeaders.contains(name) else { throw .reservedHeader(field: place) }
            if ReservedHeaders.isStructured(name) {
                guard seen.insert(name).inserted else { throw .repeatedHeader(field: place) }
                fields.append(
                    try HeaderField(
                        name: header.name, structured: header.value, field: place + ".value"))
            } else {
                fields.append(
                    try HeaderField(
                        name: header.name, text: header.value, charset: charset,
                        field: place + ".value"))
            }
        }
        return fields
    }
}

extension [UInt8] {
    /// Whether the array ends with `suffix`.
    func hasSuffix(_ suffix: [UInt8]) -> Bool {
        count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
    }
}
