/// A name that people give to a secret, connection, certificate, tenant or inbox.
///
/// The grammar is `[A-Za-z0-9][A-Za-z0-9_.-]*`, at most ``VaultLimits/nameBytes`` bytes: no space,
/// no separator of any reference, nothing that a shell or a terminal would read as its own.
package struct ResourceName: Hashable, Sendable {
    /// The name as given.
    package let text: String

    /// Checks `text`; `field` is what the error calls it.
    package init(_ text: String, field: String = "name") throws(ModelError) {
        let accepted = "letters, digits, '_', '.' and '-', beginning with a letter or digit"
        guard !text.isEmpty else { throw ModelError(field, "is empty", accepted: accepted) }
        guard text.utf8.count <= VaultLimits.nameBytes else {
            throw ModelError(
                field, "has \(text.utf8.count) bytes",
                accepted: "at most \(VaultLimits.nameBytes) bytes")
        }
        for (index, byte) in text.utf8.enumerated() where !Self.allows(byte, at: index) {
            throw ModelError(field, "has a character that names cannot hold", accepted: accepted)
        }
        self.text = text
    }

    private static func allows(_ byte: UInt8, at index: Int) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): index > 0
        default: false
        }
    }

    /// The form under which names are compared: lower case, so that `Alerts` and `alerts` are one.
    package var folded: String { text.lowercased() }
}

// MARK: - CustomStringConvertible

extension ResourceName: CustomStringConvertible {
    package var description: String { text }
}

// MARK: - Codable

extension ResourceName: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
