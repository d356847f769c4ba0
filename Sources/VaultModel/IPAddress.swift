/// An IPv4 or IPv6 address as a value; text forms are RFC 4291 §2.2 and strict dotted decimal.
package struct IPAddress: Hashable, Sendable {
    /// Which protocol the address belongs to.
    package enum Family: Sendable, Hashable {
        case v4
        case v6
    }

    /// Which protocol the address belongs to.
    package let family: Family
    /// 4 or 16 bytes, in network order.
    package let bytes: [UInt8]

    /// The address of 4 or 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        family = bytes.count == 4 ? .v4 : .v6
        self.bytes = bytes
    }

    init(v4 bytes: (UInt8, UInt8, UInt8, UInt8)) {
        family = .v4
        self.bytes = [bytes.0, bytes.1, bytes.2, bytes.3]
    }

    init(v6Start start: UInt64) {
        family = .v6
        bytes = (0..<16).map { $0 < 8 ? UInt8(truncatingIfNeeded: start >> (56 - 8 * $0)) : 0 }
    }

    /// Reads dotted decimal (four numbers, no leading zeros) or an IPv6 literal without brackets.
    package init?(_ text: String) {
        if let bytes = Self.parseV4(text[...]) {
            self.init(bytes: bytes)
        } else if let bytes = Self.parseV6(text) {
            self.init(bytes: bytes)
        } else {
            return nil
        }
    }

    /// The IPv4 address that a mapped, compatible, translated, NAT64 or 6to4 IPv6 address carries
    /// (RFC 4291 §2.5.5, RFC 2765 §2.1, RFC 6052, RFC 3056).
    package var embeddedV4: IPAddress? {
        guard family == .v6 else { return nil }
        if bytes.prefix(8).allSatisfy({ $0 == 0 }) {
            switch Array(bytes[8..<12]) {
            case [0, 0, 0xff, 0xff], [0xff, 0xff, 0, 0]:
                return IPAddress(bytes: Array(bytes[12...]))
            case [0, 0, 0, 0] where bytes[12] != 0:
                return IPAddress(bytes: Array(bytes[12...]))
            default: return nil
            }
        }
        if bytes.starts(with: [0x00, 0x64, 0xff, 0x9b]) {
            return IPAddress(bytes: Array(bytes[12...]))
        }
        if bytes.starts(with: [0x20, 0x02]) {
            return IPAddress(bytes: Array(bytes[2..<6]))
        }
        return nil
    }

    private static func parseV4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy(isDigit),
                part.utf8.count == 1 || part.utf8.first != UInt8(ascii: "0"),
                let value = UInt8(part)
            else { return nil }
            bytes.append(value)
        }
        return bytes
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func parseV6(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 45, text.contains(":") else { return nil }
        let halves = text.components(separatedBy: "::")
        guard halves.count <= 2 else { return nil }
        var groups: [[UInt8]] = []
        for (number, half) in halves.enumerated() {
            var bytes: [UInt8] = []
            let parts =
                half.isEmpty
                ? [] : half[...].split(separator: ":", omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                let isLast = number == halves.count - 1 && index == parts.count - 1
                if isLast, part.contains("."), let v4 = parseV4(part) {
                    bytes += v4
                } else if (1...4).contains(part.utf8.count), let value = UInt16(part, radix: 16),
                    part.utf8.allSatisfy(isHexDigit)
                {
                    bytes += [UInt8(value >> 8), UInt8(value & 255)]
                } else {
                    return nil
                }
            }
            groups.append(bytes)
        }
        if groups.count == 1 { return groups[0].count == 16 ? groups[0] : nil }
        let missing = 16 - groups[0].count - groups[1].count
        guard missing >= 2 else { return nil }
        return groups[0] + [UInt8](repeating: 0, count: missing) + groups[1]
    }
}

extension String {
    /// The pieces between occurrences of a two-character separator.
    fileprivate func components(separatedBy separator: String) -> [String] {
        var pieces: [String] = []
        var current: [UInt8] = []
        let bytes = Array(utf8)
        let mark = Array(separator.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: mark) {
                pieces.append(String(decoding: current, as: UTF8.self))
                current = []
                index += mark.count
            } else {
                current.append(bytes[index])
                index += 1
            }
        }
        pieces.append(String(decoding: current, as: UTF8.self))
        return pieces
    }
}

// MARK: - CustomStringConvertible

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or eight groups in hexadecimal.
    package var description: String {
        switch family {
        case .v4: bytes.map(String.init).joined(separator: ".")
        case .v6:
            stride(from: 0, to: 16, by: 2)
                .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
                .joined(separator: ":")
        }
    }
}
