/// The text that stands for a secret: `secret://NAME` or `secret://NAME#VERSION`.
package struct SecretReference: Hashable, Sendable {
    /// The secret's name.
    package let name: ResourceName
    /// A fixed version, or `nil` for whichever is current.
    package let version: Int?

    /// The current version of `name`.
    package init(name: ResourceName) {
        self.name = name
        version = nil
    }

    /// Reads a reference, or a bare name.
    package init(parsing text: String) throws(ModelError) {
        let scheme = "secret://"
        var rest = text[...]
        if text.utf8.starts(with: scheme.utf8) {
            rest = rest.dropFirst(scheme.count)
        } else if text.utf8.contains(UInt8(ascii: ":")), text.contains("://") {
            throw ModelError(
                "secret", "'\(text.prefix(while: { $0 != ":" }))' is no scheme of references",
                accepted: "secret://NAME, secret://NAME#VERSION or a bare name")
        }
        let mark = rest.utf8.firstIndex(of: UInt8(ascii: "#"))
        name = try ResourceName(String(rest[..<(mark ?? rest.endIndex)]), field: "secret")
        if let mark {
            let digits = rest[rest.utf8.index(after: mark)...]
            guard let number = Int(digits), number > 0, String(number) == digits else {
                throw ModelError(
                    "secret", "the version after '#' is no number", accepted: "1 or more")
            }
            version = number
        } else {
            version = nil
        }
    }
}

// MARK: - CustomStringConvertible

extension SecretReference: CustomStringConvertible {
    package var description: String {
        "secret://\(name)" + (version.map { "#\($0)" } ?? "")
    }
}

// MARK: - Codable

extension SecretReference: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
