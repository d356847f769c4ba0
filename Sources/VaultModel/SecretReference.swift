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
        if rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
        } else if rest.contains("://") {
            throw ModelError(
                "secret", "'\(text.prefix(while: { $0 != ":" }))' is no scheme of references",
                accepted: "secret://NAME, secret://NAME#VERSION or a bare name")
        }
        let parts = rest.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        name = try ResourceName(parts.first.map(String.init) ?? "", field: "secret")
        if parts.count == 2 {
            guard let number = Int(parts[1]), number > 0, String(number) == parts[1] else {
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
