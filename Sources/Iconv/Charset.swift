internal import Glibc

/// A character set that the texts of a message can be written in: UTF-8, or one of an octet for each
/// character.
package struct Charset: Sendable, Hashable {
    /// The name as MIME writes it, in lower case.
    package let name: String
    /// The octets of the characters beyond ASCII; `nil` for UTF-8, which has every character.
    private let octets: [Unicode.Scalar: UInt8]?

    /// UTF-8.
    package static let utf8 = Charset(name: "utf-8", octets: nil)

    private init(name: String, octets: [Unicode.Scalar: UInt8]?) {
        self.name = name
        self.octets = octets
    }

    /// Takes the set of a name, whatever the case of its letters, from the C library.
    ///
    /// - Throws: `.unknown`; `.notInstalled` when the C library lacks the conversion.
    package init(named name: String) throws(CharsetError) {
        let name = name.asciiLowercased
        guard Self.isKnown(name) else { throw .unknown(name: String(name.prefix(40))) }
        switch name {
        case "utf-8": self = .utf8
        case "us-ascii": self.init(name: name, octets: [:])
        default: self.init(name: name, octets: try Self.table(of: name))
        }
    }

    /// Whether a name is one of UTF-8, US-ASCII, ISO-8859-1 to -16 (there is no -12) and
    /// windows-1250 to -1258.
    package static func isKnown(_ name: String) -> Bool {
        let name = name.asciiLowercased
        if name == "utf-8" || name == "us-ascii" { return true }
        if name.hasPrefix("iso-8859-") {
            return (1...16).contains { $0 != 12 && name.utf8.elementsEqual("iso-8859-\($0)".utf8) }
        }
        return (1250...1258).contains { name.utf8.elementsEqual("windows-\($0)".utf8) }
    }

    /// The text in this set; `nil` when the set lacks one of its characters.
    package func encode(_ text: String) -> [UInt8]? {
        guard let octets else { return Array(text.utf8) }
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                result.append(UInt8(scalar.value))
            } else if let octet = octets[scalar] {
                result.append(octet)
            } else {
                return nil
            }
        }
        return result
    }

    /// What the octets from 0xA0 on, and from 0x80 on where letters are there, stand for.
    private static func table(of name: String) throws(CharsetError) -> [Unicode.Scalar: UInt8] {
        guard let conversion = Conversion(from: name) else { throw .notInstalled(name: name) }
        var table: [Unicode.Scalar: UInt8] = [:]
        for octet in UInt8(0x80)...0xFF {
            // The controls of ISO 6429 are no text.
            guard let scalar = conversion.scalar(of: octet), scalar.value >= 0xA0 else { continue }
            table[scalar] = octet
        }
        return table
    }
}

extension String {
    fileprivate var asciiLowercased: String {
        String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
