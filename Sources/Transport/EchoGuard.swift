package import Sodium

/// Finds secrets that a server repeats in what it says, without keeping the secrets themselves.
///
/// It knows each by its length and a hash under a random key that lives as long as the session.
package struct EchoGuard: Sendable {
    private struct Mark: Sendable {
        let count: Int
        let hash: [UInt8]
    }

    /// What stands in place of a secret.
    package static let mask = "[masked]"

    private let key: SecretKey
    private var marks: [Mark] = []

    /// Knows no secret yet.
    package init() throws(SodiumError) { key = try SecretKey(random: ()) }

    /// Remembers what a secret hashes to; one shorter than `TransportLimits.searchedSecret` is not.
    package mutating func mark(_ secret: Span<UInt8>) {
        guard secret.count >= TransportLimits.searchedSecret else { return }
        marks.append(Mark(count: secret.count, hash: Blake2b.hash(secret, key: key, count: 16)))
    }

    /// The text with each secret replaced.
    package func cleaned(_ text: String) -> String { cleaned([text]).joined() }

    /// The lines of one reply with each secret replaced; more than `TransportLimits.searchedText`
    /// octets together are withheld.
    package func cleaned(_ lines: [String]) -> [String] {
        guard !marks.isEmpty else { return lines }
        let size = lines.reduce(0) { $0 + $1.utf8.count }
        guard size <= TransportLimits.searchedText else { return ["[long text withheld]"] }
        return lines.map(masked)
    }

    private func masked(_ line: String) -> String {
        let bytes = Array(line.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if let count = secret(in: bytes, at: index) {
                result += Array(Self.mask.utf8)
                index += count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private func secret(in bytes: [UInt8], at index: Int) -> Int? {
        marks.first { mark in
            guard index + mark.count <= bytes.count else { return false }
            let window = bytes.span.extracting(index..<index + mark.count)
            return Blake2b.hash(window, key: key, count: 16) == mark.hash
        }?.count
    }
}
