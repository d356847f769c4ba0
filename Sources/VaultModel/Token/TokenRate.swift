/// So many messages in a second, a minute or an hour.
package struct TokenRate: Hashable, Sendable {
    /// How many; at least 1.
    package let count: Int
    /// In how many seconds: 1, 60 or 3600.
    package let seconds: Int64

    private static let units: [(name: String, seconds: Int64)] = [
        ("s", 1), ("m", 60), ("h", 3600),
    ]

    /// Reads `N/s`, `N/m` or `N/h`.
    package init(parsing text: String) throws(ModelError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let unit = Self.units.first(where: { $0.name == parts[1] }),
            parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(parts[0]),
            VaultLimits.tokenRate.contains(count)
        else {
            let most = VaultLimits.tokenRate.upperBound
            throw ModelError(
                "rate", "'\(text)' is none", accepted: "N/s, N/m or N/h with N from 1 to \(most)")
        }
        self.count = count
        seconds = unit.seconds
    }

    /// Whether nothing passes `other` that would not pass here: neither at once nor over time.
    package func contains(_ other: TokenRate) -> Bool {
        let own = Int64(count) * other.seconds
        let others = Int64(other.count) * seconds
        return other.count <= count && others <= own
    }

    /// The time that one message takes up, in microseconds.
    var interval: Int64 { (seconds * 1_000_000 + Int64(count) - 1) / Int64(count) }
}

// MARK: - CustomStringConvertible

extension TokenRate: CustomStringConvertible {
    package var description: String {
        let unit = Self.units.first { $0.seconds == seconds }
        return "\(count)/\(unit?.name ?? "s")"
    }
}

// MARK: - Codable

extension TokenRate: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
