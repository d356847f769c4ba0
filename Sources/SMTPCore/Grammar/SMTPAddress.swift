/// A mailbox of RFC 5321 §4.1.2, with UTF-8 as RFC 6531 adds it: `local-part@domain`.
///
/// The text is kept as it was written. Comments, groups, display names, source routes and general
/// address literals are no part of it. Parsing is linear in the length of the input.
package struct SMTPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address as it stands between `<` and `>` on the wire.
    package let wireForm: String
    private let atOffset: UInt16
    /// Whether every octet is ASCII; otherwise the transaction needs SMTPUTF8.
    package let isASCII: Bool

    /// Parses a whole string as one address.
    package init(parsing text: String) throws(SMTPSyntaxError) {
        let span = text.utf8Span.span
        let mailbox = try MailboxGrammar.mailbox(in: span, from: 0)
        guard mailbox.end == span.count else {
            throw .unexpectedByte(.address, offset: mailbox.end)
        }
        try self.init(span, mailbox)
    }

    /// Parses all of `bytes` as one address.
    package init(parsing bytes: Span<UInt8>) throws(SMTPSyntaxError) {
        let mailbox = try MailboxGrammar.mailbox(in: bytes, from: 0)
        guard mailbox.end == bytes.count else {
            throw .unexpectedByte(.address, offset: mailbox.end)
        }
        try self.init(bytes, mailbox)
    }

    /// Takes the mailbox that the grammar found in `bytes`.
    init(_ bytes: Span<UInt8>, _ mailbox: MailboxGrammar.Mailbox) throws(SMTPSyntaxError) {
        let range = mailbox.start..<mailbox.end
        if mailbox.isASCII {
            wireForm = Bytes.string(bytes, range)
        } else {
            guard let text = Bytes.utf8(bytes, range),
                MailboxGrammar.allowsScalars(of: text)
            else { throw .forbiddenCharacters(.address) }
            wireForm = text
        }
        atOffset = UInt16(mailbox.at - mailbox.start)
        isASCII = mailbox.isASCII
    }

    /// The local part as written, with its quotes if it has them.
    package var localPart: String {
        let utf8 = wireForm.utf8
        return String(wireForm[..<utf8.index(utf8.startIndex, offsetBy: Int(atOffset))])
    }

    /// The local part without quotes and backslashes: what the mailbox is called.
    package var unquotedLocalPart: String {
        let part = localPart
        guard part.utf8.first == UInt8(ascii: "\"") else { return part }
        var bytes: [UInt8] = []
        var isEscaped = false
        for byte in part.utf8.dropFirst().dropLast() {
            if !isEscaped, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                bytes.append(byte)
                isEscaped = false
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The domain or the address literal with its brackets, as written.
    package var domain: String {
        let utf8 = wireForm.utf8
        return String(wireForm[utf8.index(utf8.startIndex, offsetBy: Int(atOffset) + 1)...])
    }

    /// Whether the domain is an address literal such as `[192.0.2.1]`.
    package var hasAddressLiteral: Bool { wireForm.utf8.last == UInt8(ascii: "]") }

    /// Whether the local part alone is ASCII; a domain can be turned into A-labels, it cannot.
    package var hasASCIILocalPart: Bool {
        isASCII || wireForm.utf8.prefix(Int(atOffset)).allSatisfy { $0 < 0x80 }
    }

    /// The address with the ASCII letters of its domain in lower case, for comparing.
    package var comparisonForm: String { localPart + "@" + Self.lowerCased(domain) }

    package var description: String { wireForm }

    private static func lowerCased(_ text: String) -> String {
        let bytes = text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}
