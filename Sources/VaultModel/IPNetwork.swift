/// A block of addresses, such as `10.0.0.0/8` or `::1/128`.
package struct IPNetwork: Hashable, Sendable {
    private let base: IPAddress
    /// How many leading bits are the block's.
    private let prefix: Int

    /// Reads `ADDRESS/BITS`, or an address alone.
    package init(parsing text: String) throws(ModelError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let base = IPAddress(String(parts[0])) else {
            throw ModelError("network", "'\(text)' is none", accepted: "ADDRESS/BITS")
        }
        let width = base.bytes.count * 8
        var prefix = width
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let bits = Int(parts[1]),
                (0...width).contains(bits)
            else {
                throw ModelError(
                    "network", "'\(text)' has a wrong length", accepted: "0 to \(width) bits")
            }
            prefix = bits
        }
        self.init(base, prefix)
    }

    /// The block of the addresses that share the first `prefix` bits of `base`.
    init(_ base: IPAddress, _ prefix: Int) {
        let bytes = base.bytes.enumerated().map { index, byte in
            let bits = min(8, max(0, prefix - index * 8))
            return byte & UInt8(truncatingIfNeeded: 0xff << (8 - bits))
        }
        self.base = IPAddress(bytes: bytes) ?? base
        self.prefix = prefix
    }

    /// Whether `address` lies in the block.
    package func contains(_ address: IPAddress) -> Bool {
        guard address.family == base.family else { return false }
        for index in 0..<address.bytes.count {
            let bits = min(8, prefix - index * 8)
            if bits <= 0 { return true }
            let mask = UInt8(truncatingIfNeeded: 0xff << (8 - bits))
            if address.bytes[index] & mask != base.bytes[index] & mask { return false }
        }
        return true
    }

    /// Whether every address of `other` lies in the block.
    package func contains(_ other: IPNetwork) -> Bool {
        prefix <= other.prefix && contains(other.base)
    }
}

// MARK: - CustomStringConvertible

extension IPNetwork: CustomStringConvertible {
    /// `ADDRESS/BITS`.
    package var description: String { "\(base)/\(prefix)" }
}

// MARK: - Codable

extension IPNetwork: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
