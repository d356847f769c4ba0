package import SMTPCore

/// Who mail may come from: one address, or every address of a domain (`@example.org`).
///
/// Addresses are compared without regard to case, domains as A-labels.
package struct SenderPattern: Hashable, Sendable {
    /// The local part in lower case; `nil` for any.
    private let localPart: String?
    /// The domain, normalised.
    private let domain: String

    /// Reads an address or `@` and a domain.
    package init(parsing text: String) throws(ModelError) {
        let accepted = "an address, or @ and a domain"
        guard text.utf8.count <= VaultLimits.addressBytes else {
            throw ModelError("from", "is too long", accepted: accepted)
        }
        if text.hasPrefix("@") {
            localPart = nil
            domain = try RecipientDomain.normal(String(text.dropFirst()), field: "from")
            return
        }
        guard let address = try? SMTPAddress(parsing: text) else {
            throw ModelError("from", "'\(text)' is no address", accepted: accepted)
        }
        let local = address.localPart.lowercased()
        let name = HostText.normal(address.domain)
        // A name in A-labels is longer than what was given, and may be too long to read back; one that
        // has no A-labels is no name.
        guard name.utf8.allSatisfy({ $0 < 0x80 }),
            "\(local)@\(name)".utf8.count <= VaultLimits.addressBytes,
            let stored = try? SMTPAddress(parsing: "\(local)@\(name)"),
            stored.localPart.lowercased() == local, HostText.normal(stored.domain) == name
        else {
            throw ModelError(
                "from", "'\(text)' is no address once its domain is in A-labels",
                accepted: accepted)
        }
        localPart = local
        domain = name
    }

    /// Whether mail from `address` is permitted.
    package func covers(_ address: SMTPAddress) -> Bool {
        HostText.normal(address.domain) == domain
            && localPart.map { $0 == address.localPart.lowercased() } ?? true
    }

    /// Whether the pattern covers every address that `other` covers.
    package func contains(_ other: SenderPattern) -> Bool {
        domain == other.domain && (localPart == nil || localPart == other.localPart)
    }
}

// MARK: - CustomStringConvertible

extension SenderPattern: CustomStringConvertible {
    package var description: String { "\(localPart ?? "")@\(domain)" }
}

// MARK: - Codable

extension SenderPattern: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A domain that mail may go to; its subdomains are other domains.
package struct RecipientDomain: Hashable, Sendable {
    /// The domain in lower case, as A-labels.
    package let text: String

    /// Reads a domain, with or without `@` before it.
    package init(parsing text: String) throws(ModelError) {
        self.text = try Self.normal(
            String(text.hasPrefix("@") ? text.dropFirst() : text[...]), field: "recipient_domain")
    }

    /// The stored form of a domain; `field` is what errors call it.
    static func normal(_ text: String, field: String) throws(ModelError) -> String {
        let name = HostText.normal(text)
        guard HostText.problem(of: name) == nil, IPAddress(name) == nil else {
            throw ModelError(
                field, "'\(text)' is no domain", accepted: "a name such as example.org")
        }
        return name
    }

    /// Whether mail to `address` is permitted.
    package func covers(_ address: SMTPAddress) -> Bool {
        HostText.normal(address.domain) == text
    }
}

// MARK: - CustomStringConvertible

extension RecipientDomain: CustomStringConvertible {
    package var description: String { text }
}

// MARK: - Codable

extension RecipientDomain: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
