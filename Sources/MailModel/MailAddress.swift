package import SMTPCore

/// A mailbox as people write it: a display name and an address whose domain is ASCII.
///
/// A value of this type may stand in a header field: the name holds no control character, and
/// the domain has been mapped to A-labels. A local part outside ASCII stays, and makes the message
/// need SMTPUTF8.
package struct MailAddress: Sendable, Hashable, CustomStringConvertible {
    /// The display name, trimmed; `nil` when there is none.
    package let name: String?
    /// The address, its domain in lower-case ASCII or a literal.
    package let address: SMTPAddress

    /// Checks `name` and maps the domain of `address`; `field` is what errors call it.
    package init(
        name: String? = nil, address: SMTPAddress, field: String = "address"
    ) throws(ComposeError) {
        if let name {
            try FieldText.check(name, limit: MailLimits.displayName, field: field + ".name")
            let trimmed = Self.trimmed(name)
            self.name = trimmed.isEmpty ? nil : trimmed
        } else {
            self.name = nil
        }
        self.address =
            address.hasAddressLiteral
            ? address
            : try Self.mapped(
                localPart: address.localPart, domain: address.domain, field: field)
    }

    /// Takes a bare address, as API fields hold it.
    package init(
        name: String? = nil, address text: String, field: String = "address"
    ) throws(ComposeError) {
        try FieldText.check(text, limit: MailLimits.addressText, field: field)
        try self.init(name: name, address: Self.parse(text, field: field), field: field)
    }

    /// Parses `Name <a@b>`, `"Name" <a@b>`, `<a@b>` or `a@b`; linear in the length of `text`.
    package init(parsing text: String, field: String = "address") throws(ComposeError) {
        let list = try Self.list(parsing: text, field: field)
        guard list.count == 1, let only = list.first else { throw .malformedAddress(field: field) }
        self = only
    }

    /// The address alone, or `"Name" <address>`.
    package var description: String {
        guard let name else { return address.wireForm }
        return QuotedText.quoted(name) + " <" + address.wireForm + ">"
    }

    /// Parses one address and maps its domain.
    static func parse(_ text: String, field: String) throws(ComposeError) -> SMTPAddress {
        // The last @ is the separator: a domain has none, a quoted local part may.
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else {
            throw .malformedAddress(field: field)
        }
        let domain = String(text[text.utf8.index(after: at)...])
        if domain.utf8.first == UInt8(ascii: "[") || domain.isEmpty {
            return try syntax(text, field: field)
        }
        return try mapped(localPart: String(text[..<at]), domain: domain, field: field)
    }

    private static func mapped(
        localPart: String, domain: String, field: String
    ) throws(ComposeError) -> SMTPAddress {
        if domain.isASCIIText {
            return try syntax(localPart + "@" + domain.asciiLowerCased, field: field)
        }
        guard let name = DomainName(domain) else { throw .badDomain(field: field) }
        return try syntax(localPart + "@" + name.ascii, field: field)
    }

    private static func syntax(_ text: String, field: String) throws(ComposeError) -> SMTPAddress {
        do {
            return try SMTPAddress(parsing: text)
        } catch {
            throw .badAddress(field: field, reason: error)
        }
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text.unicodeScalars[...]
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
