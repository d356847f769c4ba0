internal import MIME

extension MessageDigest {
    /// Parses a message; one that cannot be parsed gives its raw headers and the reason.
    ///
    /// It blocks, about 50 µs for 2 KB, and belongs off the event loop.
    init(parsing message: Span<UInt8>) {
        do throws(MIMEError) {
            let parsed = try ParsedMessage(message)
            from = Self.addresses(parsed.from)
            to = Self.addresses(parsed.to)
            cc = Self.addresses(parsed.cc)
            subject = Self.prefix(of: parsed.subject ?? "", limit: SandboxLimits.subjectBytes)
            messageID = parsed.messageID
            snippet = parsed.snippet
            headers = parsed.headers.map { SandboxHeader(name: $0.name, value: $0.value) }
            text = parsed.text
            html = parsed.html
            attachments = parsed.attachments.map {
                SandboxAttachment(
                    filename: $0.filename, contentType: $0.contentType, contentID: $0.contentID,
                    size: $0.size)
            }
        } catch {
            parseError = error.explanation.cause
            for field in RawHeaders(message).fields.prefix(MIMELimits.headers) {
                headers.append(SandboxHeader(name: field.name, value: field.value))
                if subject.isEmpty, field.name.lowercased() == "subject" {
                    subject = Self.prefix(of: field.value, limit: SandboxLimits.subjectBytes)
                }
            }
        }
    }

    private static func addresses(_ addresses: [ParsedMessage.Address]) -> [SandboxAddress] {
        addresses.prefix(SandboxLimits.summaryAddresses).map {
            SandboxAddress(name: $0.name ?? "", address: $0.address)
        }
    }
}
