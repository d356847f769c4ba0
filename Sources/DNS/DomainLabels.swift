/// A name as its labels, in lower case; at least one, each valid, the root left out.
struct DomainLabels: Hashable {
    let labels: [[UInt8]]

    /// Reads a name of letters, digits, hyphens and underscores, with or without a dot at its end.
    init?(_ text: String) {
        var bytes = Array(text.utf8.prefix(DNSLimits.name + 2))
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        guard (1...DNSLimits.name).contains(bytes.count) else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        for part in parts {
            guard (1...DNSLimits.label).contains(part.count), part.allSatisfy(Self.isAllowed)
            else { return nil }
        }
        self.init(lowerCasing: parts.map(Array.init))
    }

    /// Takes labels that were read from a message.
    init(lowerCasing labels: [[UInt8]]) {
        self.labels = labels.map { $0.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } }
    }

    /// The form of the wire: each label behind its length, then the root (RFC 1035 §3.1).
    var encoded: [UInt8] { labels.flatMap { [UInt8($0.count)] + $0 } + [0] }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }
}
