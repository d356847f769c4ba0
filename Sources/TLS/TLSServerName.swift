private import Glibc

/// The identity that a client expects of a server: a host name or an IP address (RFC 9525 §6.1).
package struct TLSServerName: Sendable, Hashable, CustomStringConvertible {
    /// How the identity is matched.
    package enum Kind: Sendable, Hashable {
        /// A DNS-ID: lower-case A-labels without a final dot; also sent as SNI.
        case host(String)
        /// An IP-ID: 4 or 16 bytes; never sent as SNI (RFC 6066 §3).
        case address([UInt8])
    }

    /// How the identity is matched.
    package let kind: Kind
    /// The name in its canonical form; an address as it was written.
    package let description: String

    /// Reads a host name in A-label form, with or without its final dot, or an IP literal.
    ///
    /// An address has no brackets, zone or leading zeros. A name's labels hold letters, digits,
    /// hyphens and underscores, and its last one is not a number.
    ///
    /// - Throws: `TLSError.invalidServerName`.
    package init(_ text: String) throws(TLSError) {
        guard text.utf8.count <= TLSLimits.hostNameBytes + 1 else {
            throw .invalidServerName(PrintableText.bounded(text))
        }
        if let address = Self.addressBytes(text) {
            (kind, description) = (.address(address), text)
        } else if let host = Self.canonicalHost(text) {
            (kind, description) = (.host(host), host)
        } else {
            throw .invalidServerName(PrintableText.bounded(text))
        }
    }

    private static func addressBytes(_ text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            let parsed = unsafe bytes.withUnsafeMutableBytes {
                unsafe inet_pton(family, text, $0.baseAddress)
            }
            if parsed == 1 && !text.utf8.contains(0) { return bytes }
        }
        return nil
    }

    private static func canonicalHost(_ text: String) -> String? {
        var bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        guard !bytes.isEmpty, bytes.count <= TLSLimits.hostNameBytes else { return nil }
        for index in bytes.indices where (UInt8(ascii: "A")...UInt8(ascii: "Z")) ~= bytes[index] {
            bytes[index] += 32
        }
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy(isLabel), let last = labels.last, !last.allSatisfy(isDigit) else {
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return (1...TLSLimits.hostLabelBytes).contains(label.count)
            && label.first != hyphen && label.last != hyphen
            && label.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= byte || isDigit(byte)
                    || byte == hyphen || byte == UInt8(ascii: "_")
            }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= byte
    }
}
